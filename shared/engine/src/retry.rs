//! What follows a failed attempt: a pure decision, one table.

use contract::Class;
use rand::{Rng, RngExt};
use std::time::Duration;

/// The longest a single retry may wait; a longer `Retry-After` parks the dependency instead.
pub const MAX_WAIT: Duration = Duration::from_secs(600);

/// An invoice with an effect in doubt has this many times the attempts: a dead letter beside a bill would be wrong, and
/// each further attempt looks before it does anything.
const IN_DOUBT_FACTOR: u32 = 5;

/// How a stage repeats transient failures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Attempts in all, the first one included.
    pub max_attempts: u32,
    /// The wait before the second attempt.
    pub initial: Duration,
    /// Each further wait is this many times the one before.
    pub coefficient: f64,
    /// No wait is longer, `Retry-After` aside.
    pub cap: Duration,
    /// The share of a wait that is drawn at random, 0 to 1: 0.2 spreads it over 80 % to 100 %.
    pub jitter: f64,
}

/// A failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    /// Which one it was, from 1.
    pub attempt: u32,
    pub class: Class,
    /// How long the dependency asked us to wait.
    pub retry_after: Option<Duration>,
    /// It, or an earlier one of this run, may have had its effect.
    pub in_doubt: bool,
}

/// What happens to the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another attempt after this wait.
    Retry(Duration),
    /// A dead letter.
    DeadLetter,
}

impl Policy {
    /// Decides what follows a failed attempt.
    pub fn decide(&self, failed: Failed, rng: &mut impl Rng) -> Next {
        let Failed { attempt, class, retry_after, in_doubt } = failed;
        let allowed = self.max_attempts.saturating_mul(if in_doubt { IN_DOUBT_FACTOR } else { 1 });
        match class {
            Class::Permanent | Class::Review => Next::DeadLetter,
            Class::Transient | Class::Unavailable if attempt >= allowed => Next::DeadLetter,
            Class::Transient | Class::Unavailable => {
                Next::Retry(retry_after.map_or_else(|| self.wait(attempt, rng), |wait| wait.min(MAX_WAIT)))
            }
        }
    }

    fn wait(&self, attempt: u32, rng: &mut impl Rng) -> Duration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let grown = self.initial.as_secs_f64() * self.coefficient.powi(exponent);
        let capped = grown.min(self.cap.as_secs_f64()).min(MAX_WAIT.as_secs_f64());
        Duration::from_secs_f64(capped * (1.0 - self.jitter * rng.random::<f64>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    const POLICY: Policy = Policy {
        max_attempts: 3,
        initial: Duration::from_secs(30),
        coefficient: 2.0,
        cap: Duration::from_secs(60),
        jitter: 0.0,
    };

    fn decide(attempt: u32, class: Class, retry_after: Option<u64>) -> Next {
        let mut rng = StdRng::seed_from_u64(1);
        let retry_after = retry_after.map(Duration::from_secs);
        POLICY.decide(Failed { attempt, class, retry_after, in_doubt: false }, &mut rng)
    }

    #[test]
    fn only_what_may_succeed_is_repeated_and_only_as_often_as_allowed() {
        let retry = |seconds| Next::Retry(Duration::from_secs(seconds));
        let table = [
            (1, Class::Transient, None, retry(30)),
            (2, Class::Transient, None, retry(60)),
            (3, Class::Transient, None, Next::DeadLetter),
            (1, Class::Unavailable, None, retry(30)),
            (3, Class::Unavailable, None, Next::DeadLetter),
            (1, Class::Permanent, None, Next::DeadLetter),
            (1, Class::Review, None, Next::DeadLetter),
            (1, Class::Transient, Some(2), retry(2)),
            (1, Class::Transient, Some(90), retry(90)),
            (1, Class::Transient, Some(3600), retry(600)),
            (3, Class::Transient, Some(2), Next::DeadLetter),
        ];
        for (attempt, class, retry_after, expected) in table {
            assert_eq!(decide(attempt, class, retry_after), expected, "attempt {attempt}, {class}, {retry_after:?}");
        }
    }

    #[test]
    fn an_attempt_whose_effect_is_in_doubt_is_not_the_last_but_there_is_a_last_one() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut decide =
            |attempt, class| POLICY.decide(Failed { attempt, class, retry_after: None, in_doubt: true }, &mut rng);
        for attempt in 1..15 {
            assert!(matches!(decide(attempt, Class::Transient), Next::Retry(_)), "attempt {attempt}");
        }
        assert_eq!(decide(15, Class::Unavailable), Next::DeadLetter);
        assert_eq!(decide(1, Class::Review), Next::DeadLetter);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_above_the_cap_nor_below_its_jitter(attempt in 1_u32..1000, jitter in 0.0..=1.0_f64, seed: u64) {
            let policy = Policy { max_attempts: u32::MAX, jitter, ..POLICY };
            let mut rng = StdRng::seed_from_u64(seed);
            let failed = Failed { attempt, class: Class::Transient, retry_after: None, in_doubt: false };
            let Next::Retry(wait) = policy.decide(failed, &mut rng) else {
                panic!("attempts are left");
            };
            let full = if attempt == 1 { 30.0 } else { 60.0 };
            prop_assert!(wait.as_secs_f64() <= full + 1e-6);
            prop_assert!(wait.as_secs_f64() >= full * (1.0 - jitter) - 1e-6);
        }
    }
}
