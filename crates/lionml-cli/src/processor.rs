//! What the processor must have: `.cargo/config.toml` asks the compiler for more than the oldest.

/// What this program was compiled for and this processor has not.
#[cfg(target_arch = "x86_64")]
pub(crate) fn missing() -> Option<&'static str> {
    // The standard library's macro answers for the compiler, not for the processor.
    let features = std::arch::x86_64::__cpuid_count(7, 0).ebx;
    (cfg!(target_feature = "bmi2") && features & (1 << 8) == 0).then_some("BMI2")
}

/// What this program was compiled for and this processor has not.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn missing() -> Option<&'static str> {
    None
}
