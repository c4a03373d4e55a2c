//! A limit that all replicas of a stage share without talking to each other.
//!
//! Each main partition of the stage carries an equal share of the limit, and a replica spends the shares of the
//! partitions that it owns. What is spent is paid for by the time before it (a GCRA without burst, turned round): a
//! partition's new owner begins with nothing saved, so that over a hand-over, a restart or a crash the spending of
//! a partition never comes closer together than its share allows, whoever does it.
//!
//! Architecture invariant: as long as each partition has one owner and no replica owns retry partitions only, all
//! replicas together start at most [`Limit::units`] single units in any window. Units that come in lumps (tokens) may
//! exceed it by one lump a replica.

use std::collections::BTreeMap;
use std::time::Duration;

/// What of a limit is used, in percent: the way of a call to the other side takes an unsteady time.
const USED_PERCENT: u64 = 95;
/// A replica that was woken late may catch up this much of its own pace. Its partitions' shares still hold.
const CATCH_UP_NS: u64 = 50_000_000;
/// Full speed; each step less is a sixteenth of it.
const FULL: u64 = 16;
/// How long it takes to regain one step.
const REGAIN_MS: u64 = 5_000;
/// Refusals in so short a time are one: their calls were under way together.
const ONE_REFUSAL_MS: u64 = 1_000;
/// Who owns retry partitions only draws on one share of this number.
const NO_MAIN_PARTITION: i32 = -1;
const MINUTE_NS: u64 = 60_000_000_000;

/// A limit for all replicas together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Calls, or tokens.
    pub units: u32,
    /// In any time of this length.
    pub window: Duration,
}

/// The limits of a stage's dependency, each for all replicas together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    pub calls: Option<Limit>,
    pub tokens: Option<Limit>,
}

/// What a call takes of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    pub calls: u32,
    pub tokens: u32,
}

impl Demand {
    /// A call that is limited by number only.
    pub const CALL: Self = Self { calls: 1, tokens: 0 };
}

impl Limits {
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.calls.is_some() || self.tokens.is_some()
    }
}

/// This replica's part of a [`Limit`].
#[derive(Debug, Clone)]
pub struct Share {
    /// What one unit costs a partition's share, in nanoseconds.
    unit_ns: u64,
    /// Of each owned partition: since when it saves, in nanoseconds on the steady clock.
    saving_since: BTreeMap<i32, u64>,
    /// The same for the replica as a whole, so that its shares are not spent all at once.
    pace: u64,
    /// Sixteenths of full speed.
    speed: u64,
    refused_at: Option<u64>,
    speed_since: u64,
}

impl Share {
    /// `partitions` of the stage's main topic carry the limit; it should have at least as many units as there are.
    #[must_use]
    pub fn new(limit: Limit, partitions: i32) -> Self {
        let partitions = u64::try_from(partitions).unwrap_or(1).max(1);
        let units = u64::from(limit.units.max(1));
        let window = u64::try_from(limit.window.as_nanos()).unwrap_or(u64::MAX / 1_000_000);
        let fluid = (window * partitions).saturating_mul(100) / (units * USED_PERCENT);
        // Of single units, a window never sees more than the whole number that its share allows.
        let whole = window.div_ceil((units / partitions).max(1));
        Self {
            unit_ns: if units < partitions { fluid } else { fluid.max(whole) },
            saving_since: BTreeMap::new(),
            pace: 0,
            speed: FULL,
            refused_at: None,
            speed_since: 0,
        }
    }

    /// These main partitions are owned now, or only others (`any`) if there are none.
    pub fn own(&mut self, partitions: impl IntoIterator<Item = i32>, any: bool, now_ms: u64) {
        let mut before = std::mem::take(&mut self.saving_since);
        let mut keep = |partition| (partition, before.remove(&partition).unwrap_or_else(|| nanos(now_ms)));
        self.saving_since = partitions.into_iter().map(&mut keep).collect();
        if self.saving_since.is_empty() && any {
            self.saving_since.extend([keep(NO_MAIN_PARTITION)]);
        }
    }

    /// When so many units may be spent, in milliseconds on the steady clock; `None` while nothing is owned.
    #[must_use]
    pub fn ready_at(&self, units: u32, now_ms: u64) -> Option<u64> {
        let earliest = self.saving_since.values().min()?;
        let saved = earliest.saturating_add(self.price(units, now_ms));
        Some(saved.max(self.pace_after(units, now_ms)).div_ceil(1_000_000))
    }

    /// Spends units that are [ready](Self::ready_at).
    pub fn take(&mut self, units: u32, now_ms: u64) {
        self.pace = self.pace_after(units, now_ms).max(nanos(now_ms).saturating_sub(CATCH_UP_NS));
        if let Some(since) = self.saving_since.values_mut().min() {
            *since = nanos(now_ms);
        }
    }

    /// The other side refused a call because of its limit: somebody else spends of it too, or it is lower than set.
    pub fn refused(&mut self, now_ms: u64) {
        if self.refused_at.is_some_and(|at| now_ms < at.saturating_add(ONE_REFUSAL_MS)) {
            return;
        }
        self.speed = (self.speed_now(now_ms) / 2).max(1);
        self.refused_at = Some(now_ms);
        self.speed_since = now_ms;
    }

    /// The share of full speed that refusals have left, 0 to 1.
    #[must_use]
    pub fn speed(&self, now_ms: u64) -> f64 {
        // At most 16.
        #[allow(clippy::cast_precision_loss)]
        let speed = self.speed_now(now_ms) as f64 / FULL as f64;
        speed
    }

    /// How many units this replica may spend in a minute as things are.
    #[must_use]
    pub fn per_minute(&self, now_ms: u64) -> u32 {
        if self.saving_since.is_empty() {
            return 0;
        }
        u32::try_from(MINUTE_NS / self.interval(1, now_ms).max(1)).unwrap_or(u32::MAX)
    }

    fn speed_now(&self, now_ms: u64) -> u64 {
        (self.speed + now_ms.saturating_sub(self.speed_since) / REGAIN_MS).min(FULL)
    }

    /// What units cost one partition's share.
    fn price(&self, units: u32, now_ms: u64) -> u64 {
        self.unit_ns.saturating_mul(u64::from(units)).saturating_mul(FULL) / self.speed_now(now_ms)
    }

    /// What units cost the replica.
    fn interval(&self, units: u32, now_ms: u64) -> u64 {
        self.price(units, now_ms) / u64::try_from(self.saving_since.len()).unwrap_or(1).max(1)
    }

    fn pace_after(&self, units: u32, now_ms: u64) -> u64 {
        self.pace.saturating_add(self.interval(units, now_ms))
    }
}

fn nanos(ms: u64) -> u64 {
    ms.saturating_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: u64 = 60_000;
    const LIMIT: Limit = Limit { units: 100, window: Duration::from_secs(60) };
    const START: u64 = 1_000_000;

    /// Spends whatever is ready, one unit a time, from `now` to `until`.
    fn spend(share: &mut Share, mut now: u64, until: u64) -> Vec<u64> {
        let mut spent = Vec::new();
        while let Some(at) = share.ready_at(1, now).map(|at| at.max(now)).filter(|at| *at < until) {
            now = at;
            share.take(1, now);
            spent.push(now);
        }
        spent
    }

    fn most_in_a_window(spent: &[u64]) -> usize {
        spent
            .iter()
            .map(|from| spent.iter().filter(|at| (*from..*from + MINUTE).contains(*at)).count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn one_replica_uses_nearly_all_of_the_limit_and_never_more() {
        let mut share = Share::new(LIMIT, 12);
        share.own(0..12, true, START);
        let spent = spend(&mut share, START, START + 5 * MINUTE);
        assert!(most_in_a_window(&spent) <= 96);
        assert!(spent.len() > 4 * 94, "{}", spent.len());
    }

    #[test]
    fn twelve_replicas_with_a_partition_each_stay_below_the_limit_even_in_step() {
        let mut spent = Vec::new();
        for partition in 0..12 {
            let mut share = Share::new(LIMIT, 12);
            share.own([partition], true, START);
            spent.extend(spend(&mut share, START, START + 3 * MINUTE));
        }
        spent.sort_unstable();
        assert!(most_in_a_window(&spent) <= 100);
    }

    #[test]
    fn a_replica_spends_its_shares_one_after_another() {
        let mut share = Share::new(LIMIT, 12);
        share.own(0..12, true, START);
        let spent = spend(&mut share, START + MINUTE, START + 2 * MINUTE);
        assert!(spent.windows(2).all(|pair| pair[1] - pair[0] > 570), "{spent:?}");
    }

    #[test]
    fn who_owns_nothing_spends_nothing_and_who_owns_retries_only_a_single_share() {
        let mut share = Share::new(LIMIT, 12);
        assert_eq!(share.ready_at(1, START), None);
        share.own([], true, START);
        let spent = spend(&mut share, START, START + 2 * MINUTE);
        assert_eq!(most_in_a_window(&spent), 8);
    }

    #[test]
    fn lumps_of_units_are_paid_for_by_the_time_before_them() {
        let mut share = Share::new(Limit { units: 60_000, ..LIMIT }, 1);
        share.own([0], true, START);
        assert_eq!(share.ready_at(9_500, START), Some(START + 10_000));
        share.take(9_500, START + 10_000);
        assert_eq!(share.ready_at(950, START + 10_000), Some(START + 11_000));
    }

    #[test]
    fn refusals_halve_the_speed_once_a_second_and_time_gives_it_back() {
        let mut share = Share::new(LIMIT, 12);
        share.own(0..12, true, START);
        (0..10).for_each(|_| share.refused(START));
        assert!((share.speed(START) - 0.5).abs() < 1e-9);
        (0..60).for_each(|second| share.refused(START + 1000 * second));
        assert!(share.speed(START + MINUTE) < 0.2);
        assert!((share.speed(START + 3 * MINUTE) - 1.0).abs() < 1e-9);
    }

    proptest! {
        /// Partitions wander between replicas that spend all they can: no minute ever sees more than the limit.
        #[test]
        fn no_hand_over_ever_exceeds_the_limit(
            units in 12_u32..400,
            moves in prop::collection::vec((0_u64..20_000, 0_i32..12, 0_usize..4), 0..40),
        ) {
            let limit = Limit { units, window: Duration::from_millis(MINUTE) };
            let mut owners = [0_usize; 12];
            let mut shares: Vec<Share> = (0..4).map(|_| Share::new(limit, 12)).collect();
            let mut now = START;
            let mut spent = Vec::new();
            for (after, partition, to) in moves.into_iter().chain([(MINUTE, 0, 0)]) {
                for (replica, share) in shares.iter_mut().enumerate() {
                    let owned: Vec<i32> = (0_i32..).zip(owners).filter(|(_, owner)| *owner == replica).map(|(id, _)| id).collect();
                    share.own(owned, false, now);
                    spent.extend(spend(share, now, now + after));
                }
                now += after;
                owners[usize::try_from(partition).unwrap()] = to;
            }
            spent.sort_unstable();
            prop_assert!(most_in_a_window(&spent) <= usize::try_from(units).unwrap());
        }
    }
}
