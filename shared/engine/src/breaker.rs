//! The circuit breaker of a stage's dependency: an outage must not burn the attempts of the invoices that meet it.
//!
//! It opens when several distinct invoices fail as `Unavailable` shortly after one another and the failures are not
//! outnumbered by successes: an upstream that fails one call in ten is tiresome, not down. One invoice that always
//! provokes a 500 never opens it. Attempts are told apart by when they began: a long call that began before the outage
//! says nothing about it when it ends well.

use crate::record::millis;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// How long an attempt counts, from its beginning.
pub const WINDOW: Duration = Duration::from_secs(10);
/// Between two probes at first…
const PROBE_SOON: Duration = Duration::from_secs(2);
/// …and once the outage is older than [`LONG_OUTAGE`].
const PROBE_LATER: Duration = Duration::from_secs(30);
const LONG_OUTAGE: Duration = Duration::from_secs(600);

/// The circuit breaker.
#[derive(Debug, Clone)]
pub struct Breaker {
    threshold: usize,
    time_scale: f64,
    state: State,
    recent: Recent,
    /// When the attempt began that began last of those that succeeded.
    last_good: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        since: u64,
        next_probe: u64,
    },
    /// The dependency said when it will be back.
    Parked {
        until: u64,
    },
}

/// Whether an attempt may start now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    Free,
    /// One attempt, to find out whether the dependency is back.
    Probe,
    /// Not before this time.
    Wait {
        until: u64,
    },
}

impl Breaker {
    /// `threshold` distinct invoices open it. `time_scale` multiplies the waits between probes; how long an outcome counts
    /// is not a wait.
    #[must_use]
    pub fn new(threshold: usize, time_scale: f64) -> Self {
        Self { threshold, time_scale, state: State::Closed, recent: Recent::default(), last_good: None }
    }

    /// Asks for permission to start an attempt at `now` (milliseconds on any steady clock). A probe that is permitted
    /// is taken: the next one comes an interval later.
    pub fn permit(&mut self, now: u64) -> Permit {
        match self.state {
            State::Closed => Permit::Free,
            State::Parked { until } if now < until => Permit::Wait { until },
            State::Parked { .. } => {
                self.state = State::Open { since: now, next_probe: now };
                self.permit(now)
            }
            State::Open { next_probe, .. } if now < next_probe => Permit::Wait { until: next_probe },
            State::Open { since, .. } => {
                let long = now.saturating_sub(since) >= self.scaled(LONG_OUTAGE);
                let interval = self.scaled(if long { PROBE_LATER } else { PROBE_SOON });
                self.state = State::Open { since, next_probe: now + interval };
                Permit::Probe
            }
        }
    }

    /// An attempt that began at `began` succeeded. A successful probe closes the breaker.
    pub fn succeeded(&mut self, now: u64, began: u64, was_probe: bool) {
        if was_probe {
            self.state = State::Closed;
            self.recent = Recent::default();
        }
        self.last_good = self.last_good.max(Some(began));
        self.recent.add(now, began, None);
    }

    /// An attempt at an invoice that began at `began` failed because the dependency is not available.
    pub fn failed(&mut self, now: u64, began: u64, invoice: u128) {
        self.recent.add(now, began, Some(invoice));
        self.reconsider(now);
    }

    /// Opens it if time has made the failures outnumber the successes.
    pub fn reconsider(&mut self, now: u64) {
        self.recent.forget_before(now);
        let failures = self.recent.failures.len();
        if self.state == State::Closed && failures >= self.threshold && failures >= self.recent.successes {
            self.state = State::Open { since: now, next_probe: now + self.scaled(PROBE_SOON) };
        }
    }

    /// Whether an attempt that began after `began` has succeeded: the dependency was there.
    #[must_use]
    pub fn was_there_after(&self, began: u64) -> bool {
        self.last_good.is_some_and(|good| good > began)
    }

    /// The dependency asked to be left alone until then: a quota that resets, a spend limit.
    pub fn park(&mut self, until: u64) {
        self.state = State::Parked { until };
    }

    /// While it is open, nothing more is tried before `until`.
    pub fn rest(&mut self, until: u64) {
        match &mut self.state {
            State::Closed => {}
            State::Open { next_probe, .. } => *next_probe = until.max(*next_probe),
            State::Parked { until: parked } => *parked = until.max(*parked),
        }
    }

    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    fn scaled(&self, interval: Duration) -> u64 {
        millis(interval.mul_f64(self.time_scale)).max(1)
    }
}

/// The attempts that began within the last [`WINDOW`] and have ended.
#[derive(Debug, Clone, Default)]
struct Recent {
    /// By when they began and a number of their own: which invoice failed, `None` for a success.
    outcomes: BTreeMap<(u64, u64), Option<u128>>,
    next: u64,
    successes: usize,
    /// How often each invoice failed.
    failures: HashMap<u128, u32>,
}

impl Recent {
    fn add(&mut self, now: u64, began: u64, failed: Option<u128>) {
        self.outcomes.insert((began, self.next), failed);
        self.next += 1;
        match failed {
            None => self.successes += 1,
            Some(invoice) => *self.failures.entry(invoice).or_default() += 1,
        }
        self.forget_before(now);
    }

    fn forget_before(&mut self, now: u64) {
        let oldest = now.saturating_sub(millis(WINDOW));
        while let Some(first) = self.outcomes.first_entry().filter(|first| first.key().0 < oldest) {
            match first.remove() {
                None => self.successes -= 1,
                Some(invoice) => self.forget_failure(invoice),
            }
        }
    }

    fn forget_failure(&mut self, invoice: u128) {
        if let Some(count) = self.failures.get_mut(&invoice) {
            *count -= 1;
            if *count == 0 {
                self.failures.remove(&invoice);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(5, 1.0)
    }

    #[test]
    fn five_distinct_invoices_open_it_and_one_invoice_never_does() {
        let mut lone = breaker();
        (0..100).for_each(|at| lone.failed(at, at, 7));
        assert!(lone.is_closed());
        let mut outage = breaker();
        (0..5).for_each(|invoice| outage.failed(1000, 1000, invoice));
        assert_eq!(outage.permit(1000), Permit::Wait { until: 3000 });
    }

    #[test]
    fn random_failures_among_successes_do_not_open_it() {
        let mut breaker = breaker();
        for at in 0..1000 {
            if at % 10 == 0 { breaker.failed(at, at, u128::from(at)) } else { breaker.succeeded(at, at, false) }
        }
        assert!(breaker.is_closed());
    }

    #[test]
    fn long_calls_that_began_before_the_outage_do_not_hide_it() {
        let mut breaker = breaker();
        (0..60).for_each(|_| breaker.succeeded(30_000, 5_000, false));
        (0..5).for_each(|invoice| breaker.failed(30_000, 30_000, invoice));
        assert!(!breaker.is_closed());
        assert!(!breaker.was_there_after(30_000));
    }

    #[test]
    fn an_outage_after_a_good_time_opens_it_when_the_good_time_is_over() {
        let mut breaker = breaker();
        (0..100).for_each(|at| breaker.succeeded(at, at, false));
        (0..10).for_each(|invoice| breaker.failed(1000, 1000, invoice));
        assert!(breaker.is_closed(), "they may be a tenth of all calls");
        breaker.reconsider(10_100);
        assert!(!breaker.is_closed());
    }

    #[test]
    fn failures_far_apart_do_not_open_it() {
        let mut breaker = breaker();
        (0..50).for_each(|n| breaker.failed(n * 4000, n * 4000, u128::from(n)));
        assert!(breaker.is_closed());
    }

    #[test]
    fn one_probe_at_a_time_every_two_seconds_and_every_thirty_in_a_long_outage() {
        let mut breaker = breaker();
        (0..5).for_each(|invoice| breaker.failed(0, 0, invoice));
        assert_eq!(breaker.permit(2000), Permit::Probe);
        assert_eq!(breaker.permit(2001), Permit::Wait { until: 4000 });
        assert_eq!(breaker.permit(600_000), Permit::Probe);
        assert_eq!(breaker.permit(602_000), Permit::Wait { until: 630_000 });
    }

    #[test]
    fn only_a_successful_probe_closes_it() {
        let mut breaker = breaker();
        (0..5).for_each(|invoice| breaker.failed(0, 0, invoice));
        breaker.succeeded(1, 1, false);
        assert!(!breaker.is_closed());
        assert_eq!(breaker.permit(2000), Permit::Probe);
        breaker.succeeded(2100, 2000, true);
        assert_eq!(breaker.permit(2100), Permit::Free);
    }

    #[test]
    fn a_parked_dependency_is_probed_when_its_time_has_come() {
        let mut breaker = breaker();
        breaker.park(5000);
        assert_eq!(breaker.permit(4999), Permit::Wait { until: 5000 });
        assert_eq!(breaker.permit(5000), Permit::Probe);
        assert_eq!(breaker.permit(5001), Permit::Wait { until: 7000 });
    }
}
