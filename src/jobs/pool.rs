//! Threads for long work that a person should not feel.

use rayon::{ThreadPool, ThreadPoolBuilder};
use thread_priority::{ThreadPriority, set_current_thread_priority};

/// As many threads as the processor has, apart from those of everything else: nothing queues behind their work, and where the
/// system can, they and the threads that they start give way to the window's.
///
/// # Errors
/// A system that gives no threads, in a sentence.
pub fn background_pool(name: &'static str) -> Result<ThreadPool, String> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(rayon::current_num_threads())
        .thread_name(move |number| format!("{name} {number}"))
        // Where that is not possible, the system shares the processor as it thinks best.
        .start_handler(|_| drop(set_current_thread_priority(ThreadPriority::Min)));
    pool.build().map_err(|error| format!("cannot start the threads for {name} ({error})"))
}
