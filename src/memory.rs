//! What large runs took goes back to the system.

/// Blocks from this size on go back as soon as they are free: those of runs on large pictures, and not those of a training step,
/// which come again and again.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: i32 = 16 << 20;

/// Has the allocator give large blocks back, for programs that stay open. Runs differ in size by a hundredfold, and glibc raises
/// the size from which on it does so to that of the largest block that was ever freed; what lies between others is then kept for
/// good. Other systems' allocators give back by themselves.
#[cfg_attr(
    all(target_os = "linux", target_env = "gnu"),
    expect(unsafe_code, reason = "a call of C that takes two numbers and keeps no pointer")
)]
pub fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it only sets a number. That it may fail, and then changes nothing, does no harm.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}
