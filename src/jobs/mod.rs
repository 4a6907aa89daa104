//! Work off the screen's thread: cancel tokens, and named workers where the newest request wins, jobs that tell how they go.

mod job;
mod pool;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use job::{Job, News};
pub use pool::background_pool;
pub use worker::{Panicked, Worker};

/// A flag shared between who asks for work and who does it; once cancelled it stays so.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
