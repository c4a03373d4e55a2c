//! The circuit breaker of a stage's dependency: an outage must not burn the attempts of the invoices that meet it.
//!
//! It opens when several distinct invoices fail as `Unavailable` shortly after one another and the failures are not
//! outnumbered by successes: an upstream that fails one call in ten is tiresome, not down. One invoice that always
//! provokes a 500 never opens it.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

/// How long an outcome counts.
const WINDOW: Duration = Duration::from_secs(10);
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
    /// Outcomes of the last [`WINDOW`]: when, and which invoice failed (`None` for a success).
    recent: VecDeque<(u64, Option<u128>)>,
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
        Self { threshold, time_scale, state: State::Closed, recent: VecDeque::new() }
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

    /// An attempt succeeded. A successful probe closes the breaker.
    pub fn succeeded(&mut self, now: u64, was_probe: bool) {
        if was_probe {
            self.state = State::Closed;
            self.recent.clear();
        }
        self.remember(now, None);
    }

    /// An attempt at an invoice failed because the dependency is not available.
    pub fn failed(&mut self, now: u64, invoice: u128) {
        self.remember(now, Some(invoice));
        let failures: HashSet<u128> = self.recent.iter().filter_map(|(_, invoice)| *invoice).collect();
        let successes = self.recent.iter().filter(|(_, invoice)| invoice.is_none()).count();
        if self.state == State::Closed && failures.len() >= self.threshold && failures.len() >= successes {
            self.state = State::Open { since: now, next_probe: now + self.scaled(PROBE_SOON) };
        }
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

    fn remember(&mut self, now: u64, outcome: Option<u128>) {
        let oldest = now.saturating_sub(millis(WINDOW));
        while self.recent.front().is_some_and(|(at, _)| *at < oldest) {
            self.recent.pop_front();
        }
        self.recent.push_back((now, outcome));
    }

    fn scaled(&self, interval: Duration) -> u64 {
        millis(interval.mul_f64(self.time_scale)).max(1)
    }
}

fn millis(interval: Duration) -> u64 {
    u64::try_from(interval.as_millis()).unwrap_or(u64::MAX)
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
        (0..100).for_each(|at| lone.failed(at, 7));
        assert!(lone.is_closed());
        let mut outage = breaker();
        (0..5).for_each(|invoice| outage.failed(1000, invoice));
        assert_eq!(outage.permit(1000), Permit::Wait { until: 3000 });
    }

    #[test]
    fn random_failures_among_successes_do_not_open_it() {
        let mut breaker = breaker();
        for at in 0..1000 {
            if at % 10 == 0 { breaker.failed(at, u128::from(at)) } else { breaker.succeeded(at, false) }
        }
        assert!(breaker.is_closed());
    }

    #[test]
    fn failures_far_apart_do_not_open_it() {
        let mut breaker = breaker();
        (0..50).for_each(|n| breaker.failed(n * 4000, u128::from(n)));
        assert!(breaker.is_closed());
    }

    #[test]
    fn one_probe_at_a_time_every_two_seconds_and_every_thirty_in_a_long_outage() {
        let mut breaker = breaker();
        (0..5).for_each(|invoice| breaker.failed(0, invoice));
        assert_eq!(breaker.permit(2000), Permit::Probe);
        assert_eq!(breaker.permit(2001), Permit::Wait { until: 4000 });
        assert_eq!(breaker.permit(600_000), Permit::Probe);
        assert_eq!(breaker.permit(602_000), Permit::Wait { until: 630_000 });
    }

    #[test]
    fn only_a_successful_probe_closes_it() {
        let mut breaker = breaker();
        (0..5).for_each(|invoice| breaker.failed(0, invoice));
        breaker.succeeded(1, false);
        assert!(!breaker.is_closed());
        assert_eq!(breaker.permit(2000), Permit::Probe);
        breaker.succeeded(2100, true);
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
