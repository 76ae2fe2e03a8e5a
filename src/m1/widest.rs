//! The widest vector instructions that the machine has.

/// Arithmetic that gains from wide vector instructions. Implementations are to be `#[inline(always)]`: only what is
/// inlined is compiled for them.
pub(super) trait Kernel {
    fn run(self);
}

/// Runs `kernel` compiled for the widest vector instructions of this machine. Results do not depend on them: compilers
/// neither reorder nor fuse float operations, so wider instructions do more of the same at once.
#[cfg(target_arch = "x86_64")]
pub(super) fn run_widest(kernel: impl Kernel) {
    #[target_feature(enable = "avx512f,avx512dq,avx512vl")]
    fn avx512(kernel: impl Kernel) {
        kernel.run();
    }
    #[target_feature(enable = "avx2")]
    fn avx2(kernel: impl Kernel) {
        kernel.run();
    }
    use std::arch::is_x86_feature_detected as has;
    if has!("avx512f") && has!("avx512dq") && has!("avx512vl") {
        // SAFETY: the machine has the instructions that the function is compiled for; it is otherwise safe code.
        unsafe { avx512(kernel) }
    } else if has!("avx2") {
        // SAFETY: as above.
        unsafe { avx2(kernel) }
    } else {
        kernel.run();
    }
}

/// Runs `kernel`: other processors' vector instructions are part of what everything is compiled for.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn run_widest(kernel: impl Kernel) {
    kernel.run();
}
