//! Exit codes: `docs/reference/exit-codes.md` tells them to users.

use lionml::ErrorKind;

/// How the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// What was asked for was done.
    Ok,
    /// Something does not hold, or could not be done.
    Failure(ErrorKind),
}

/// The code after an interrupt: that of a shell for a process that the signal ends.
pub(crate) const INTERRUPTED: u8 = 130;

impl ExitCode {
    /// The number.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failure(ErrorKind::Rejected) => 1,
            Self::Failure(ErrorKind::Usage) => 2,
            Self::Failure(ErrorKind::Unsupported) => 3,
            Self::Failure(ErrorKind::Artifact) => 4,
            Self::Failure(ErrorKind::Input) => 5,
            Self::Failure(ErrorKind::File) => 6,
            Self::Failure(ErrorKind::Srs) => 7,
            Self::Failure(ErrorKind::Network) => 8,
            Self::Failure(ErrorKind::Leo) => 9,
            Self::Failure(ErrorKind::Internal) => 70,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        code.number().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_page() {
        let page = include_str!("../../../docs/reference/exit-codes.md");
        let codes: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
            .filter(|cell| cell.parse::<u8>().is_ok())
            .collect();
        let kinds = [
            ErrorKind::Rejected,
            ErrorKind::Usage,
            ErrorKind::Unsupported,
            ErrorKind::Artifact,
            ErrorKind::Input,
            ErrorKind::File,
            ErrorKind::Srs,
            ErrorKind::Network,
            ErrorKind::Leo,
            ErrorKind::Internal,
        ];
        let numbers = kinds.map(|kind| ExitCode::Failure(kind).number());
        let all = [&[ExitCode::Ok.number()], &numbers[..], &[INTERRUPTED]].concat();
        assert_eq!(codes, all.iter().map(u8::to_string).collect::<Vec<_>>());
    }
}
