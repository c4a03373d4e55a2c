//! Permits: which call to a dependency with a rate limit may start now.
//!
//! Attempts in the air ask before each call and are served in the order in which they asked. Waiting is not part of
//! an attempt's time, but a partition that leaves does not wait: who would have to is turned away, and the next owner
//! repeats the attempt.

use super::{Core, Effect, PartitionId, Source, Token};
use crate::rate::{Demand, Limit, Limits, Share};
use crate::record::Now;
use std::collections::{HashSet, VecDeque};

/// In seconds.
const MINUTE: u64 = 60;

/// A request for a permit, told apart from every other one of the process.
pub type Ask = u64;

/// This replica's parts of the limits, and who waits for them.
#[derive(Debug, Clone)]
pub(super) struct Permits {
    calls: Option<Share>,
    tokens: Option<Share>,
    waiting: VecDeque<Waiting>,
    /// Calls that were permitted, by second on the steady clock; of the last minute, and only where calls are limited.
    spent: VecDeque<(u64, u32)>,
}

#[derive(Debug, Clone)]
struct Waiting {
    ask: Ask,
    token: Token,
    partition: PartitionId,
    demand: Demand,
}

impl Permits {
    pub(super) fn new(limits: Limits, partitions: i32) -> Self {
        let share = |limit: Option<Limit>| limit.map(|limit| Share::new(limit, partitions));
        Self {
            calls: share(limits.calls),
            tokens: share(limits.tokens),
            waiting: VecDeque::new(),
            spent: VecDeque::new(),
        }
    }

    /// The other side refused a call because of its limit.
    pub(super) fn refused(&mut self, now: Now) {
        self.shares_mut().for_each(|share| share.refused(now.steady_ms));
    }

    /// When the next in line can be served, on the steady clock.
    pub(super) fn next_ready(&self, now: Now) -> Option<u64> {
        self.waiting.front().and_then(|first| self.ready_at(first.demand, now))
    }

    /// How many ask and have to wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The share of full speed that refusals have left, 0 to 1.
    pub(super) fn speed(&self, now: Now) -> f64 {
        self.calls.iter().chain(&self.tokens).map(|share| share.speed(now.steady_ms)).fold(1.0, f64::min)
    }

    /// What of the limit of calls this replica may use now.
    pub(super) fn calls_per_minute(&self, now: Now) -> u32 {
        self.calls.as_ref().map_or(0, |share| share.per_minute(now.steady_ms))
    }

    /// How many calls were permitted in the last minute.
    pub(super) fn calls_in_last_minute(&self, now: Now) -> u32 {
        let since = (now.steady_ms / 1000).saturating_sub(MINUTE);
        self.spent.iter().filter(|(second, _)| *second > since).map(|(_, calls)| calls).sum()
    }

    fn note(&mut self, calls: u32, now: Now) {
        if self.calls.is_none() {
            return;
        }
        let second = now.steady_ms / 1000;
        match self.spent.back_mut().filter(|(last, _)| *last == second) {
            Some((_, spent)) => *spent += calls,
            None => self.spent.push_back((second, calls)),
        }
        while self.spent.front().is_some_and(|(first, _)| first + MINUTE < second) {
            self.spent.pop_front();
        }
    }

    fn turn_away(&mut self, who: impl Fn(&Waiting) -> bool) -> Vec<Effect> {
        let (leaving, staying): (VecDeque<Waiting>, VecDeque<Waiting>) =
            std::mem::take(&mut self.waiting).into_iter().partition(who);
        self.waiting = staying;
        leaving.into_iter().map(|one| Effect::Permit { ask: one.ask, granted: false }).collect()
    }

    fn ready_at(&self, demand: Demand, now: Now) -> Option<u64> {
        let ready = |share: &Option<Share>, units| match share {
            Some(share) if units > 0 => share.ready_at(units, now.steady_ms),
            _ => Some(0),
        };
        Some(ready(&self.calls, demand.calls)?.max(ready(&self.tokens, demand.tokens)?))
    }

    fn try_take(&mut self, demand: Demand, now: Now) -> bool {
        let is_ready = self.ready_at(demand, now).is_some_and(|at| at <= now.steady_ms);
        if is_ready {
            for (share, units) in [(&mut self.calls, demand.calls), (&mut self.tokens, demand.tokens)] {
                if let Some(share) = share.as_mut().filter(|_| units > 0) {
                    share.take(units, now.steady_ms);
                }
            }
            self.note(demand.calls, now);
        }
        is_ready
    }

    fn shares_mut(&mut self) -> impl Iterator<Item = &mut Share> {
        self.calls.iter_mut().chain(&mut self.tokens)
    }
}

impl Core {
    /// A handler in the air asks whether it may call. It is answered by an [`Effect::Permit`].
    pub fn permit_asked(&mut self, ask: Ask, token: Token, demand: Demand, now: Now) {
        let partition = self.tasks.get(&token).map(|task| task.partition);
        let Some((partition, state)) = partition.and_then(|id| Some((id, self.partitions.get(&id)?))) else {
            return self.effects.push(Effect::Permit { ask, granted: false });
        };
        if state.draining {
            let granted = self.permits.waiting.is_empty() && self.permits.try_take(demand, now);
            return self.effects.push(Effect::Permit { ask, granted });
        }
        self.permits.waiting.push_back(Waiting { ask, token, partition, demand });
    }

    pub(super) fn grant_permits(&mut self, now: Now) {
        if std::mem::take(&mut self.shares_stale) {
            self.own_shares(now);
        }
        while let Some(first) = self.permits.waiting.front().map(|first| first.demand) {
            if !self.permits.try_take(first, now) {
                return;
            }
            let ask = self.permits.waiting.pop_front().map(|first| first.ask);
            self.effects.extend(ask.map(|ask| Effect::Permit { ask, granted: true }));
        }
    }

    /// Nobody waits on these partitions any more.
    pub(super) fn deny_permits(&mut self, partitions: &HashSet<PartitionId>) {
        let denied = self.permits.turn_away(|one| partitions.contains(&one.partition));
        self.effects.extend(denied);
    }

    /// The handler has ended.
    pub(super) fn forget_asks(&mut self, token: Token) {
        let denied = self.permits.turn_away(|one| one.token == token);
        self.effects.extend(denied);
    }

    fn own_shares(&mut self, now: Now) {
        let main: Vec<i32> = self.partitions.keys().filter(|id| id.0 == Source::Main).map(|id| id.1).collect();
        let any = !self.partitions.is_empty();
        self.permits.shares_mut().for_each(|share| share.own(main.iter().copied(), any, now.steady_ms));
    }
}
