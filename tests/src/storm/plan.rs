//! What a seed stands for: the same submissions, faults and strikes at the same times, on every machine.
//!
//! Pure: what happens to the plan depends on the machine, the plan itself does not.

use super::strikes::{Strike, strikes};
use super::submissions::{Submission, submissions};
use super::weather::weather;
use contract::Stage;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use std::time::Duration;

/// How long submissions come.
pub(super) const SUBMITTING: Duration = Duration::from_secs(26);
/// When the last strike begins at the latest.
pub(super) const STRIKING: Duration = Duration::from_secs(30);

/// A seed, unfolded. Times count from the moment when all services are ready.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub seed: u64,
    pub(super) submissions: Vec<(Duration, Submission)>,
    /// Faults of the outside world that hold for the whole storm, as the sandbox takes them.
    pub(super) weather: Vec<Value>,
    pub(super) strikes: Vec<(Duration, Strike)>,
    /// Replicas at the beginning.
    pub(super) replicas: Vec<(Stage, usize)>,
}

impl Plan {
    /// Unfolds the seed for at least this many invoices.
    #[must_use]
    pub fn new(seed: u64, invoices: u32) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let scaled = Stage::ALL[rng.random_range(0..Stage::ALL.len())];
        let replicas = |stage| if stage == scaled { 1 } else { rng.random_range(1..=2) };
        let replicas = Stage::ALL.into_iter().zip(Stage::ALL.map(replicas)).collect();
        Self {
            seed,
            submissions: submissions(seed, invoices, &mut rng),
            weather: weather(&mut rng),
            strikes: strikes(scaled, &mut rng),
            replicas,
        }
    }
}

/// A moment in this span.
pub(super) fn moment(rng: &mut StdRng, from: f64, to: f64) -> Duration {
    Duration::from_secs_f64(rng.random_range(from..to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_stands_for_the_same_storm() {
        assert_eq!(Plan::new(7, 200), Plan::new(7, 200));
        assert_ne!(Plan::new(7, 200), Plan::new(8, 200));
    }

    #[test]
    fn every_seed_strikes_services_broker_and_network() {
        for seed in 0..50 {
            let plan = Plan::new(seed, 10);
            let has = |wanted: fn(&Strike) -> bool| plan.strikes.iter().any(|(_, strike)| wanted(strike));
            assert!(has(|strike| matches!(strike, Strike::Kill { .. })));
            assert!(has(|strike| matches!(strike, Strike::Freeze { .. })));
            assert!(has(|strike| matches!(strike, Strike::KillBroker { .. })));
            assert!(has(|strike| matches!(strike, Strike::FreezeBroker { .. })));
            assert!(has(|strike| matches!(strike, Strike::Cut { .. })));
            assert!(has(|strike| matches!(strike, Strike::Scale { to: 4, .. })));
            assert!(has(|strike| matches!(strike, Strike::Scale { to: 2, .. })));
        }
    }
}
