//! So many calls a minute and no more: a function of when the last ones began.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// The calls of the last minute.
#[derive(Debug)]
pub(super) struct Pace {
    /// 0: as fast as answers come.
    per_minute: u32,
    begun: VecDeque<Instant>,
}

impl Pace {
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute, begun: VecDeque::new() }
    }

    /// When the next call may begin; it counts as begun then.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        if self.per_minute == 0 {
            return now;
        }
        let full = self.begun.len() >= usize::try_from(self.per_minute).unwrap_or(usize::MAX);
        let oldest = if full { self.begun.pop_front() } else { None };
        let begins = oldest.map_or(now, |oldest| now.max(oldest + MINUTE));
        self.begun.push_back(begins);
        begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_has_more_calls_than_were_allowed() {
        let start = Instant::now();
        let mut pace = Pace::new(3);
        let mut now = start;
        let begun: Vec<u64> = (0..8)
            .map(|_| {
                now = pace.next(now) + Duration::from_secs(5);
                (now - start).as_secs() - 5
            })
            .collect();
        assert_eq!(begun, [0, 5, 10, 60, 65, 70, 120, 125]);
    }

    #[test]
    fn without_a_limit_nothing_waits() {
        let (now, mut pace) = (Instant::now(), Pace::new(0));
        assert!((0..1000).all(|_| pace.next(now) == now));
    }
}
