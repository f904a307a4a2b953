//! Other programs, run to their end or to that of somebody's patience.

use std::{
    io::{self, Read, Seek},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::Error;

/// How much of what a program prints is read.
const MAX_PRINTED: u64 = 8 << 20;

/// Runs a program and reads what it prints. One that is not done after `limit` is ended: it may wait
/// for a node that never answers, or work through what somebody wrote to keep it busy.
pub(crate) fn output(
    command: &mut Command,
    action: &'static str,
    limit: Duration,
) -> Result<Output, Error> {
    let io = |source| Error::Process { action, source };
    // Files, since nobody reads while it runs.
    let [stdout, stderr] = [tempfile::tempfile().map_err(io)?, tempfile::tempfile().map_err(io)?];
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone().map_err(io)?)
        .stderr(stderr.try_clone().map_err(io)?)
        .spawn()
        .map_err(io)?;
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(io)? {
            break status;
        }
        if start.elapsed() > limit {
            // It may have ended meanwhile.
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::Slow { what: format!("cannot {action}"), limit });
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    Ok(Output { status, stdout: read(stdout).map_err(io)?, stderr: read(stderr).map_err(io)? })
}

fn read(mut file: impl Read + Seek) -> io::Result<Vec<u8>> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(MAX_PRINTED).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn accepts_programs_that_end() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let output = output(&mut command, "run it", Duration::from_secs(60)).unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));
    }

    #[test]
    fn rejects_programs_without_an_end() {
        let start = Instant::now();
        let limit = Duration::from_millis(100);
        let error = output(Command::new("sleep").arg("100"), "run it", limit).unwrap_err();
        assert!(matches!(error, Error::Slow { .. }), "{error:?}");
        assert!(start.elapsed() < Duration::from_secs(50));
    }
}
