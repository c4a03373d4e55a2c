//! When two worlds are the same.

use super::broker::Broker;
use super::replica::{Committer, Replica};
use super::view;
use super::world::World;
use std::hash::{Hash, Hasher};

impl World {
    /// The same number for worlds that behave the same.
    pub(super) fn print(&self) -> u64 {
        view::print(self)
    }

    pub(super) fn print_where(&mut self, changed: impl Fn(usize) -> bool) {
        for at in (0..self.prints.len()).filter(|at| changed(*at)) {
            self.prints[at] = if at == 0 { view::print(&*self.broker) } else { view::print(&*self.replicas[at - 1]) };
        }
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { broker: _, replicas: _, passed_ms, skew_ms, faults, endings, clocks, breach, prints } = self;
        (passed_ms, skew_ms, faults, endings, clocks, breach, prints).hash(state);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.print() == other.print()
    }
}

impl Hash for Broker {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { logs, committed, statuses, owners, generations, producers, wandering, paused, books } = self;
        (logs, committed, statuses, owners, generations, wandering, paused, books).hash(state);
        for producer in producers {
            producer.epoch.hash(state);
            producer.open.as_ref().map(|open| (view::of_batch(&open.batch), open.with_offsets)).hash(state);
        }
    }
}

impl Hash for Replica {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.alive, &self.ownership, self.generations, self.expelled, &self.unanswered, &self.queue).hash(state);
        self.paused.hash(state);
        (&self.fetching, &self.late, self.producer_epoch, &self.answered, &self.revoked, &self.readers).hash(state);
        self.air.iter().for_each(|one| (one.id, one.offset, one.epoch).hash(state));
        view::of_core(&self.core).hash(state);
        self.committer.hash(state);
    }
}

impl Hash for Committer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Idle => {}
            Self::Taken(batch) | Self::Prepared(batch) | Self::Doubtful(batch) => view::of_batch(batch).hash(state),
            Self::Produced(batch, generations) => (view::of_batch(batch), generations).hash(state),
            Self::Ended(outcome) => view::of_commit(outcome).hash(state),
        }
    }
}
