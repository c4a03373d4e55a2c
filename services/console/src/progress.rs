//! How far the reading of the topics is, and whether it goes on: for metrics and probes.
//!
//! Kafka being away is no reason to be restarted: the reading tries again for as long as that takes, and turns meanwhile. A task
//! that has died, a runtime that is stuck and a call of the view that never returns are reasons.

use crate::view::Source;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::interval;

/// How often the reading turns.
const TURN: Duration = Duration::from_secs(1);

/// Without a turn for so long, the reading has died.
const DEAD: Duration = Duration::from_secs(30);

/// The longest that a call of the view takes, with room: putting the index of some million invoices in order.
const LONGEST_CALL: Duration = Duration::from_secs(600);

/// The progress of the reading. Cloning is cheap; all clones are one.
#[derive(Debug, Clone)]
pub struct Progress {
    known: Arc<Mutex<Known>>,
}

#[derive(Debug)]
struct Known {
    turned: Instant,
    /// Since when the view is at work on what was handed to it.
    calling: Option<Instant>,
    left: BTreeMap<Source, u64>,
}

/// The word that the view is at work, for as long as this lives.
#[derive(Debug)]
pub struct Call(Progress);

impl Progress {
    #[must_use]
    pub fn new() -> Self {
        let known = Known { turned: Instant::now(), calling: None, left: BTreeMap::new() };
        Self { known: Arc::new(Mutex::new(known)) }
    }

    /// Carries out the reading, and turns for as long as it is carried out, whatever it waits for.
    pub async fn turning<T>(self, reading: impl Future<Output = T>) -> T {
        let mut reading = pin!(reading);
        let mut turns = interval(TURN);
        loop {
            tokio::select! {
                ended = &mut reading => return ended,
                _ = turns.tick() => self.known().turned = Instant::now(),
            }
        }
    }

    /// The view begins to work on something.
    #[must_use]
    pub fn call(&self) -> Call {
        self.known().calling = Some(Instant::now());
        Call(self.clone())
    }

    /// So many records come after those of a topic that the view has taken in.
    pub fn left(&self, source: Source, records: u64) {
        self.known().left.insert(source, records);
    }

    /// Records of the topics that the view does not show yet, as far as is known.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.known().left.values().sum()
    }

    /// Whether a restart would help nobody.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.is_alive_at(Instant::now())
    }

    fn is_alive_at(&self, now: Instant) -> bool {
        let known = self.known();
        let is_stuck = known.calling.is_some_and(|since| now.duration_since(since) > LONGEST_CALL);
        !is_stuck && now.duration_since(known.turned) <= DEAD
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.known().calling = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_that_does_not_turn_any_more_is_dead() {
        let progress = Progress::new();
        assert!(progress.is_alive_at(Instant::now() + DEAD / 2));
        assert!(!progress.is_alive_at(Instant::now() + DEAD * 2));
    }

    #[test]
    fn a_view_that_never_returns_is_dead_however_the_reading_turns_and_one_that_takes_its_time_is_not() {
        let progress = Progress::new();
        let call = progress.call();
        let later = Instant::now() + LONGEST_CALL / 2;
        progress.known().turned = later;
        assert!(progress.is_alive_at(later));
        let much_later = Instant::now() + LONGEST_CALL * 2;
        progress.known().turned = much_later;
        assert!(!progress.is_alive_at(much_later));
        drop(call);
        assert!(progress.is_alive_at(much_later));
    }

    #[test]
    fn the_lag_is_that_of_all_topics_together() {
        let progress = Progress::new();
        progress.left(Source::Status, 7);
        progress.left(Source::History, 5);
        progress.left(Source::Status, 1);
        assert_eq!(progress.lag(), 6);
    }

    #[tokio::test]
    async fn a_reading_that_waits_for_kafka_turns() {
        let progress = Progress::new();
        let before = progress.known().turned;
        let away = std::future::pending::<std::convert::Infallible>();
        let turning = tokio::time::timeout(Duration::from_millis(10), progress.clone().turning(away));
        assert!(turning.await.is_err());
        assert!(progress.known().turned > before);
    }
}
