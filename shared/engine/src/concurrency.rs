//! How many attempts may be in the air at once: a fixed number by setting, less while the other side is in trouble.
//!
//! It shrinks when a call is refused for a rate limit and when the circuit breaker opens, and grows with successes:
//! by one for each after an outage (which doubles it every round), by one a round after a refusal.

/// Refusals in so short a time are one: their calls were under way together.
const ONE_REFUSAL_MS: u64 = 1_000;
/// What an outage leaves of the full number.
const AFTER_OUTAGE: usize = 4;

/// The number of attempts allowed at once.
#[derive(Debug, Clone)]
pub struct Concurrency {
    most: usize,
    allowed: usize,
    refused_at: Option<u64>,
    /// Successes since it last grew.
    successes: usize,
    growth: Growth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    Fast,
    Careful,
}

impl Concurrency {
    /// `most` attempts at once, at least one.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { most, allowed: most, refused_at: None, successes: 0, growth: Growth::Fast }
    }

    #[must_use]
    pub fn allowed(&self) -> usize {
        self.allowed
    }

    /// A call was refused for a rate limit at `now_ms` on the steady clock.
    pub fn refused(&mut self, now_ms: u64) {
        if self.refused_at.is_some_and(|at| now_ms < at.saturating_add(ONE_REFUSAL_MS)) {
            return;
        }
        self.refused_at = Some(now_ms);
        self.allowed = (self.allowed / 2).max(1);
        self.growth = Growth::Careful;
        self.successes = 0;
    }

    /// The circuit breaker opened.
    pub fn outage(&mut self) {
        self.allowed = self.allowed.min((self.most / AFTER_OUTAGE).max(1));
        self.growth = Growth::Fast;
    }

    /// An attempt succeeded.
    pub fn succeeded(&mut self) {
        self.successes += 1;
        let round = if self.growth == Growth::Fast { 1 } else { self.allowed };
        if self.successes >= round {
            self.successes = 0;
            self.allowed = (self.allowed + 1).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_halve_it_once_a_second_and_never_to_nothing() {
        let mut concurrency = Concurrency::new(64);
        (0..20).for_each(|_| concurrency.refused(5_000));
        assert_eq!(concurrency.allowed(), 32);
        (6..60).for_each(|second| concurrency.refused(1_000 * second));
        assert_eq!(concurrency.allowed(), 1);
    }

    #[test]
    fn after_a_refusal_it_grows_by_one_a_round() {
        let mut concurrency = Concurrency::new(64);
        concurrency.refused(0);
        (0..32).for_each(|_| concurrency.succeeded());
        assert_eq!(concurrency.allowed(), 33);
        (0..10_000).for_each(|_| concurrency.succeeded());
        assert_eq!(concurrency.allowed(), 64);
    }

    #[test]
    fn after_an_outage_two_rounds_bring_it_back() {
        let mut concurrency = Concurrency::new(64);
        concurrency.outage();
        assert_eq!(concurrency.allowed(), 16);
        for _ in 0..2 {
            (0..concurrency.allowed()).for_each(|_| concurrency.succeeded());
        }
        assert_eq!(concurrency.allowed(), 64);
    }
}
