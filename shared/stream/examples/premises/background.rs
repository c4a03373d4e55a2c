//! Work that goes on while a premise watches something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crate::lab::Result;

/// A step repeated by a thread until it is stopped.
pub(crate) struct Background {
    running: Arc<AtomicBool>,
    thread: JoinHandle<Result>,
}

impl Background {
    pub(crate) fn start(mut step: impl FnMut() -> Result + Send + 'static) -> Self {
        let running = Arc::new(AtomicBool::new(true));
        let observed = Arc::clone(&running);
        let thread = thread::spawn(move || {
            while observed.load(Ordering::Relaxed) {
                step()?;
            }
            Ok(())
        });
        Self { running, thread }
    }

    pub(crate) fn stop(self) -> Result {
        self.running.store(false, Ordering::Relaxed);
        self.thread.join().map_err(|_| "a background thread panicked")?
    }
}
