//! What people type who come from ezkl.

/// The page that maps each of ezkl's steps to ours.
const PAGE: &str = include_str!("../../../docs/reference/from-ezkl.md");

/// The answer to one of ezkl's subcommands that is none of ours.
pub(crate) fn answer(subcommand: &str) -> Option<String> {
    // In Python its steps are functions.
    let name = format!("`{}`", subcommand.replace('_', "-"));
    let row = PAGE.lines().filter_map(cells).find(|cells| cells[0] == name)?;
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
    use clap::CommandFactory;

    use super::*;
    use crate::args::Args;

    #[test]
    fn matches_lines_of_the_page() {
        let names = PAGE.lines().filter_map(cells).map(|[name, ..]| name.trim_matches('`'));
        let names: Vec<_> = names.collect();
        assert_eq!(names.len(), 27);
        for name in names {
            let answer = answer(name).unwrap();
            let step = answer.split_once("`lionml ").map(|(_, step)| step);
            let ours = step.and_then(|step| step.split([' ', '`']).next());
            let command = Args::command();
            let is_known = ours.is_some_and(|ours| command.find_subcommand(ours).is_some());
            assert!(is_known || name == "update", "{answer}");
        }
        assert!(answer("gen_settings").unwrap().contains("`lionml compile "));
        assert_eq!(answer("no-such-command"), None);
    }
}
