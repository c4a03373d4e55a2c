//! Pausing: a person wants nothing to be started for a while.
//!
//! A pause stops the beginning of attempts and nothing else. What is in the air ends and is settled, partitions come and go,
//! commands and repeated submissions are answered, offsets are committed. What is due waits like what has no free place.

use super::{Core, Phase};
use crate::record::Now;

impl Core {
    /// Whether attempts may start. Saying the same again changes nothing.
    pub fn paused(&mut self, paused: bool, now: Now) {
        if self.paused && !paused {
            // What waited for a person was not held up by anything that the watchdog looks for.
            let held_back = self.tasks.values_mut().filter(|task| matches!(task.phase, Phase::Ready | Phase::Held));
            held_back.for_each(|task| task.open_since = now.steady_ms);
        }
        self.paused = paused;
    }
}
