//! What pages refer to exists: files that they link to and tests that they name.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{files, process};

/// How the names of tests begin.
const TESTS: [&str; 4] = ["accepts_", "rejects_", "matches_", "pins_"];

/// One message for each link to a file that does not exist, and for each test in backticks that
/// no file defines.
pub(super) fn check() -> Result<Vec<String>> {
    let root = process::root()?;
    let mut sources = String::new();
    for folder in ["crates", "leo/src", "leo/tests"] {
        for path in files::below(&root.join(folder), "rs")? {
            sources += &fs_err::read_to_string(path)?;
        }
    }
    let mut pages = files::below(&root.join("docs"), "md")?;
    for entry in fs_err::read_dir(&root)? {
        pages.push(entry?.path());
    }
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut wrong = Vec::new();
    for page in pages {
        let text = fs_err::read_to_string(&page)?;
        let folder = page.parent().context("a page has no folder")?;
        for target in links(&text).filter(|target| !folder.join(target).exists()) {
            let target = target.display();
            wrong.push(format!("{} links to `{target}`, which does not exist", page.display()));
        }
        for name in tests(&text).filter(|name| !sources.contains(&format!("fn {name}("))) {
            wrong.push(format!("{} names the test `{name}`, which does not exist", page.display()));
        }
    }
    Ok(wrong)
}

/// The files that a page links to, without the place inside them.
fn links(text: &str) -> impl Iterator<Item = &Path> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://")).map(Path::new)
}

/// The tests that a page names.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |code: &&str| code.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_test = |code: &&str| {
        TESTS.iter().any(|prefix| code.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()))
    };
    text.split('`').filter(is_name).filter(is_test)
}

#[cfg(test)]
mod tests {
    use super::{links, tests};

    #[test]
    fn matches_what_a_page_refers_to() {
        let page = "See [a](b.md#c), [d](#e), [f](https://g.example) and `rejects_lies`; `pins_`.";
        assert_eq!(links(page).collect::<Vec<_>>(), [std::path::Path::new("b.md")]);
        assert_eq!(tests(page).collect::<Vec<_>>(), ["rejects_lies"]);
    }
}
