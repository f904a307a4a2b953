//! Interrupts: without a handler one would leave files that are being written.

use std::io;

/// Ends the process where it is told to end, and removes what is unfinished.
#[cfg(unix)]
pub(crate) fn handle() -> io::Result<()> {
    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        iterator::Signals,
    };
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    // What `nohup` began is to outlive its terminal.
    if !ignores_hangups() {
        signals.add_signal(SIGHUP)?;
    }
    std::thread::Builder::new().spawn(move || {
        if signals.forever().next().is_some() {
            let _ended = lionml::remove_unfinished_files();
            std::process::exit(crate::exit_code::INTERRUPTED.into());
        }
    })?;
    Ok(())
}

/// Where there are no such signals, nothing is handled.
#[cfg(not(unix))]
pub(crate) fn handle() -> io::Result<()> {
    Ok(())
}

/// Whether the process was begun so that a hang-up does not end it. Linux alone tells.
#[cfg(unix)]
fn ignores_hangups() -> bool {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let bits = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    // Bit `n - 1` stands for signal `n`.
    bits.is_some_and(|bits| bits & 1 == 1)
}
