//! What people type who come from ezkl.

/// The page that maps each of ezkl's steps to ours.
const PAGE: &str = include_str!("../../../docs/reference/from-ezkl.md");

/// The answer to one of ezkl's subcommands that is none of ours.
pub(crate) fn answer(subcommand: &str) -> Option<String> {
    let row = PAGE.lines().filter_map(cells).find(|cells| cells[0] == format!("`{subcommand}`"))?;
    let [_, ours, remark] = row;
    Some(format!("ezkl's `{subcommand}`: {ours}. {remark}"))
}

fn cells(line: &str) -> Option<[&str; 3]> {
    let inner = line.strip_prefix("| `").and(line.strip_prefix("| "))?.strip_suffix(" |")?;
    let cells: Vec<&str> = inner.split(" | ").collect();
    cells.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_lines_of_the_page() {
        for subcommand in ["gen-settings", "calibrate-settings", "get-srs", "mock", "gen-witness"] {
            let answer = answer(subcommand).unwrap();
            assert!(answer.contains("`lionml "), "{answer}");
        }
        assert_eq!(answer("no-such-command"), None);
    }
}
