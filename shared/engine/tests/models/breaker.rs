//! The circuit breaker against the list of everything that has happened.

use engine::breaker::{Breaker, Permit};
use proptest::prelude::*;
use std::collections::BTreeSet;

const THRESHOLD: usize = 3;
const WINDOW: u64 = 10_000;
const SOON: u64 = 2_000;
const LATER: u64 = 30_000;
const LONG: u64 = 600_000;

#[derive(Debug, Clone)]
enum Step {
    Fail(u8),
    Succeed,
    /// The outcome of the last probe, if one is under way.
    Probed(bool),
    Ask,
    Park(u64),
    Rest(u64),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0_u8..5).prop_map(Step::Fail),
        2 => Just(Step::Succeed),
        2 => prop::bool::weighted(0.3).prop_map(Step::Probed),
        6 => Just(Step::Ask),
        1 => (1_u64..100_000).prop_map(Step::Park),
        1 => (1_u64..10_000).prop_map(Step::Rest),
        4 => prop_oneof![1_u64..3_000, 1_u64..700_000].prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 0..120)
}

/// Everything that has happened since the breaker closed last.
#[derive(Default)]
struct Model {
    outcomes: Vec<(u64, Option<u8>)>,
    /// Since when it is open, and when the next probe may start.
    open: Option<(u64, u64)>,
    parked: Option<u64>,
}

impl Model {
    fn is_closed(&self) -> bool {
        self.open.is_none() && self.parked.is_none()
    }

    fn fail(&mut self, now: u64, invoice: u8) {
        self.outcomes.push((now, Some(invoice)));
        let recent = || self.outcomes.iter().filter(|(at, _)| at + WINDOW >= now);
        let invoices: BTreeSet<u8> = recent().filter_map(|(_, invoice)| *invoice).collect();
        let successes = recent().filter(|(_, invoice)| invoice.is_none()).count();
        if self.is_closed() && invoices.len() >= THRESHOLD.max(successes) {
            self.open = Some((now, now + SOON));
        }
    }

    fn ask(&mut self, now: u64) -> Permit {
        if let Some(until) = self.parked.filter(|until| now < *until) {
            return Permit::Wait { until };
        }
        if self.parked.take().is_some() {
            self.open = Some((now, now));
        }
        match self.open {
            None => Permit::Free,
            Some((_, next)) if now < next => Permit::Wait { until: next },
            Some((since, _)) => {
                self.open = Some((since, now + if now - since >= LONG { LATER } else { SOON }));
                Permit::Probe
            }
        }
    }

    fn rest(&mut self, until: u64) {
        if let Some(parked) = &mut self.parked {
            *parked = until.max(*parked);
        } else if let Some((_, next)) = &mut self.open {
            *next = until.max(*next);
        }
    }
}

proptest! {
    #[test]
    fn it_lets_through_what_the_list_of_all_outcomes_allows(steps in steps()) {
        let mut breaker = Breaker::new(THRESHOLD, 1.0);
        let mut model = Model::default();
        let (mut now, mut probing) = (1_000_000_u64, false);
        for step in steps {
            match step {
                Step::Fail(invoice) => {
                    breaker.failed(now, now, u128::from(invoice));
                    model.fail(now, invoice);
                }
                Step::Succeed => {
                    breaker.succeeded(now, now, false);
                    model.outcomes.push((now, None));
                }
                Step::Probed(false) if probing => probing = false,
                Step::Probed(true) if probing => {
                    probing = false;
                    breaker.succeeded(now, now, true);
                    model = Model { outcomes: vec![(now, None)], ..Model::default() };
                }
                Step::Probed(_) => {}
                Step::Ask => {
                    let permit = breaker.permit(now);
                    prop_assert_eq!(permit, model.ask(now));
                    probing |= permit == Permit::Probe;
                }
                Step::Park(after) => {
                    breaker.park(now + after);
                    (model.parked, model.open) = (Some(now + after), None);
                }
                Step::Rest(after) => {
                    breaker.rest(now + after);
                    model.rest(now + after);
                }
                Step::Pass(ms) => now += ms,
            }
            prop_assert_eq!(breaker.is_closed(), model.is_closed());
        }
    }
}
