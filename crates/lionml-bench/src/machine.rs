//! What a measurement was made on.

use std::{fmt, thread};

use serde::{Deserialize, Serialize};

/// A machine, as far as Linux tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: Option<String>,
    /// How many threads run at a time.
    pub threads: usize,
    /// The memory.
    pub memory_bytes: Option<u64>,
    /// The system and the architecture.
    pub system: String,
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        let field = |path: &str, name: &str| {
            let text = fs_err::read_to_string(path).ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim_start_matches([':', ' ', '\t']).trim().to_owned())
        };
        Self {
            processor: field("/proc/cpuinfo", "model name"),
            threads: thread::available_parallelism().map_or(1, Into::into),
            memory_bytes: field("/proc/meminfo", "MemTotal").as_deref().and_then(kilobytes),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}

fn kilobytes(text: &str) -> Option<u64> {
    text.trim().strip_suffix("kB")?.trim().parse().ok().map(|kilobytes: u64| kilobytes * 1024)
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processor = self.processor.as_deref().unwrap_or("unknown processor");
        write!(f, "{processor}, {} threads", self.threads)?;
        if let Some(bytes) = self.memory_bytes {
            write!(f, ", {} GiB", bytes.div_ceil(1 << 30))?;
        }
        write!(f, ", {}", self.system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_lines_of_the_kernel() {
        assert_eq!(kilobytes("\t  1234 kB"), Some(1234 * 1024));
        assert_eq!(kilobytes("1234"), None);
    }
}
