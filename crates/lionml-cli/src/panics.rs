//! Panics. Those of snarkVM on bytes from outside are caught where it is called and become errors;
//! whatever reaches this place is a defect of LionML.

use std::{
    backtrace::Backtrace,
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook},
    sync::{Mutex, PoisonError},
};

/// A panic that nobody else caught.
#[derive(Debug)]
pub(crate) struct Defect {
    /// Where it happened, what it said and, where the environment asks for one, the backtrace.
    pub(crate) message: String,
}

/// What the last panic said.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps what a panic says, instead of printing it: most are caught.
pub(crate) fn keep_quiet() {
    set_hook(Box::new(|info| {
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(message(info));
    }));
}

/// Runs a command; a panic that comes out of it is an error like others.
pub(crate) fn caught<T>(command: impl FnOnce() -> T) -> Result<T, Defect> {
    catch_unwind(AssertUnwindSafe(command)).map_err(|_| {
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
        Defect { message: last.unwrap_or_else(|| "a panic".to_owned()) }
    })
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload_as_str().unwrap_or("a panic");
    let place = info.location().map_or(String::new(), |place| format!(" at `{place}`"));
    // Empty unless RUST_BACKTRACE is set.
    let backtrace = match Backtrace::capture() {
        trace if trace.status() == std::backtrace::BacktraceStatus::Captured => {
            format!("\n{trace}")
        }
        _ => String::new(),
    };
    format!("{payload}{place}{backtrace}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_what_a_panic_says() {
        keep_quiet();
        assert_eq!(caught(|| 7).unwrap(), 7);
        // One that somebody caught before is not reported in the place of another.
        assert!(catch_unwind(|| panic!("on malformed bytes")).is_err());
        let defect = caught(|| panic!("a defect of {}", 1)).unwrap_err();
        assert!(defect.message.starts_with("a defect of 1 at `"), "{}", defect.message);
        assert!(defect.message.contains("panics.rs"), "{}", defect.message);
    }
}
