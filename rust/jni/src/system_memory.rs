//! What the allocator of the process keeps.

/// Has it give to the system what was freed.
///
/// glibc keeps what a thread has freed for threads of the same arena. Each stage of a subtask is a thread, and their
/// bursts come one after the other: kept for all of them, they came to more than Flink takes a TaskManager to have.
/// Takes some milliseconds. Other allocators, as the one of Flink's images, give it back by themselves.
pub fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: no pointer is passed, and the function may be called by any thread at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}
