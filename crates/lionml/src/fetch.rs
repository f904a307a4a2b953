//! Powers of the ceremony beyond those in the program.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Error, Event, Events, RequestError};

/// Fetches the ceremony's powers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchSrs {
    /// Two to this many powers: what [`Sizes::srs_power`](crate::Sizes::srs_power) says.
    pub power: u32,
    /// Where to keep them.
    pub directory: PathBuf,
    /// The server; Aleo's where none is given.
    #[serde(default)]
    pub url: Option<String>,
}

/// What was fetched.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FetchReport {
    /// Two to this many powers are there.
    pub power: u32,
    /// The files.
    #[serde(serialize_with = "crate::json::paths")]
    pub files: Vec<PathBuf>,
    /// Their bytes.
    pub bytes: u64,
}

impl FetchSrs {
    /// Fetches what is missing and checks what is there.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<FetchReport, Error> {
        let field = || RequestError::Field {
            field: "power",
            value: self.power.to_string(),
            expected: "up to 25",
        };
        let powers = 1usize.checked_shl(self.power).ok_or_else(field)?;
        let wanted = lionml_varuna::parameter_files(powers - 1)?;
        let url = self.url.as_deref().unwrap_or(lionml_varuna::DEFAULT_BASE_URL);
        let mut report = FetchReport { power: self.power, files: Vec::new(), bytes: 0 };
        for file in &wanted {
            let progress = |done, total| events(Event::Bytes { name: &file.name, done, total });
            report.files.push(lionml_varuna::fetch(file, url, &self.directory, progress)?);
            report.bytes += file.size;
        }
        Ok(report)
    }
}
