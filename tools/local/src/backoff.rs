//! How long to wait before a service that died is started again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);
/// A service that ran this long was well: its next death counts as its first.
const WELL: Duration = Duration::from_secs(10);

/// 200 ms, doubling up to 5 s; from the start again after a run of 10 s.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Backoff {
    /// The wait after a process that ran for `ran`.
    pub(crate) fn next(&mut self, ran: Duration) -> Duration {
        let wait = if ran >= WELL { FIRST } else { self.next };
        self.next = (wait * 2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_seconds_and_start_anew_after_a_long_run() {
        let mut backoff = Backoff::default();
        let quick: Vec<_> = (0..7).map(|_| backoff.next(Duration::ZERO).as_millis()).collect();
        assert_eq!(quick, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(backoff.next(WELL).as_millis(), 200);
        assert_eq!(backoff.next(Duration::ZERO).as_millis(), 400);
    }
}
