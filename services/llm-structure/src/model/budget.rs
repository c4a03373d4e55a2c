//! What may be spent: so much in a clock hour, so much in a day. When it is spent the stage rests until the next begins.
//!
//! Architecture invariant: pure. The clock and the share of this replica come in as arguments. A replica counts its own
//! spending against its share, so that all together keep the budget without talking to each other; what is under way when
//! the budget runs out is still paid, and a restart begins to count anew.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use std::time::Duration;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// The budget of a stage, and what this replica has spent of it.
#[derive(Debug)]
pub(super) struct Budget {
    periods: [Period; 2],
}

#[derive(Debug)]
struct Period {
    name: &'static str,
    length_ms: u64,
    /// US dollars; zero is no budget.
    limit: Decimal,
    /// Since 1970.
    number: u64,
    spent: Decimal,
}

impl Budget {
    /// US dollars per hour and day of UTC; zero is no budget.
    pub(super) fn new(per_hour: Decimal, per_day: Decimal) -> Self {
        let period = |name, length_ms, limit| Period { name, length_ms, limit, number: 0, spent: Decimal::ZERO };
        Self { periods: [period("hour", HOUR_MS, per_hour), period("day", DAY_MS, per_day)] }
    }

    /// How long to wait before anything more may be spent; `None` while there is something left of the share.
    pub(super) fn exhausted(&mut self, share: f64, unix_ms: u64) -> Option<Duration> {
        self.turn(unix_ms);
        let share = Decimal::from_f64(share).unwrap_or(Decimal::ONE);
        let spent =
            self.periods.iter().filter(|period| !period.limit.is_zero() && period.spent >= period.limit * share);
        let waits = spent.map(|period| Duration::from_millis(period.length_ms - unix_ms % period.length_ms));
        waits.max()
    }

    pub(super) fn spend(&mut self, usd: Decimal, unix_ms: u64) {
        self.turn(unix_ms);
        self.periods.iter_mut().for_each(|period| period.spent += usd);
    }

    /// For each period that has a budget, what this replica has spent of the whole of it, 0 to 1.
    pub(super) fn used(&mut self, unix_ms: u64) -> impl Iterator<Item = (&'static str, f64)> {
        self.turn(unix_ms);
        let limited = self.periods.iter().filter(|period| !period.limit.is_zero());
        limited.map(|period| (period.name, (period.spent / period.limit).to_f64().unwrap_or(0.0)))
    }

    fn turn(&mut self, unix_ms: u64) {
        for period in &mut self.periods {
            let number = unix_ms / period.length_ms;
            if number != period.number {
                (period.number, period.spent) = (number, Decimal::ZERO);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 20_000 * DAY_MS + 12 * HOUR_MS;
    const MINUTE_MS: u64 = 60_000;

    fn usd(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn minutes(wait: Option<Duration>) -> Option<u64> {
        wait.map(|wait| wait.as_secs() / 60)
    }

    #[test]
    fn what_is_spent_rests_until_the_next_hour_or_day() {
        let mut budget = Budget::new(usd("1"), usd("2"));
        budget.spend(usd("0.99"), NOON);
        assert_eq!(budget.exhausted(1.0, NOON), None);
        budget.spend(usd("0.02"), NOON);
        assert_eq!(minutes(budget.exhausted(1.0, NOON + 20 * MINUTE_MS)), Some(40));
        let one = NOON + HOUR_MS;
        assert_eq!(budget.exhausted(1.0, one), None, "a new hour");
        budget.spend(usd("1"), one);
        assert_eq!(minutes(budget.exhausted(1.0, one)), Some(11 * 60), "the day's budget is spent");
        assert_eq!(budget.exhausted(1.0, NOON + DAY_MS), None);
    }

    #[test]
    fn a_replica_spends_its_share() {
        let mut budget = Budget::new(usd("1"), Decimal::ZERO);
        budget.spend(usd("0.25"), NOON);
        assert_eq!(budget.exhausted(0.5, NOON), None);
        assert!(budget.exhausted(0.25, NOON).is_some());
    }

    #[test]
    fn what_is_used_is_told_of_the_whole_budget_and_begins_anew_with_the_hour() {
        let mut budget = Budget::new(usd("2"), Decimal::ZERO);
        budget.spend(usd("0.5"), NOON);
        assert_eq!(budget.used(NOON).collect::<Vec<_>>(), [("hour", 0.25)], "there is no budget for the day");
        assert_eq!(budget.used(NOON + HOUR_MS).collect::<Vec<_>>(), [("hour", 0.0)]);
    }

    #[test]
    fn without_a_budget_nothing_ever_rests() {
        let mut budget = Budget::new(Decimal::ZERO, Decimal::ZERO);
        budget.spend(usd("1000000"), NOON);
        assert_eq!(budget.exhausted(0.1, NOON), None);
    }
}
