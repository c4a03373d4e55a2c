//! One process of the stage: the real core, and what the shell around it knows.

use super::broker::{Broker, Who};
use super::setup::Setup;
use crate::core::{Batch, CommitOutcome, Core, Epoch, PartitionId, Token};
use crate::record::Source;
use contract::Topics;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

#[derive(Debug, Clone)]
pub(super) struct Replica {
    pub(super) alive: bool,
    pub(super) core: Core,
    /// As the rebalance callbacks write it: ahead of what the core has heard.
    pub(super) ownership: BTreeMap<PartitionId, Epoch>,
    next_epoch: Epoch,
    /// The generation of each group that it is a member of, as far as it knows.
    pub(super) generations: [Option<u32>; 2],
    /// Thrown out of its groups without knowing it.
    pub(super) expelled: bool,
    /// The revokes that the group waits for.
    pub(super) unanswered: BTreeSet<PartitionId>,
    /// The shell's one queue.
    pub(super) queue: VecDeque<Heard>,
    pub(super) fetching: BTreeMap<PartitionId, Fetching>,
    /// Records fetched during an assignment that has ended.
    pub(super) late: BTreeMap<PartitionId, Fetching>,
    pub(super) air: Vec<Flight>,
    pub(super) committer: Committer,
    pub(super) producer_epoch: u32,
    /// Of which records this process has had an answer.
    pub(super) answered: BTreeSet<(PartitionId, i64)>,
    /// Partitions whose revoke the core was told of.
    pub(super) revoked: BTreeSet<PartitionId>,
    /// What it has read of `invoices.stages`.
    pub(super) paused: bool,
    /// How the partitions of `invoices.status` are read.
    pub(super) readers: BTreeMap<i32, Reader>,
}

/// An event that waits in the shell's queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Heard {
    Assigned { id: PartitionId, epoch: Epoch, position: i64, metadata: String },
    Revoked(PartitionId),
    Lost(Source, Vec<i32>),
    StatusRead(i32, Epoch, usize),
    StatusEnd { partition: i32, epoch: Epoch, first: bool },
}

/// How far a partition was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fetching {
    pub(super) epoch: Epoch,
    pub(super) next: i64,
    pub(super) paused: bool,
}

/// A handler at work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    pub(super) token: Token,
    pub(super) id: PartitionId,
    pub(super) epoch: Epoch,
    pub(super) offset: i64,
}

/// How far the transaction under way is.
#[derive(Debug, Clone)]
pub(super) enum Committer {
    Idle,
    Taken(Arc<Batch>),
    /// The outputs are written; the assignments held, as member of these generations.
    Produced(Arc<Batch>, [Option<u32>; 2]),
    Prepared(Arc<Batch>),
    Doubtful(Arc<Batch>),
    /// The outcome waits in the queue.
    Ended(CommitOutcome),
}

/// How far the status was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Reader {
    pub(super) epoch: Epoch,
    pub(super) next: usize,
    pub(super) restored: bool,
    /// Somebody waits for the end as of now.
    pub(super) asked: bool,
}

impl Replica {
    /// A process that has just started; its transactional id is initialised.
    pub(super) fn start(setup: &Setup, broker: &mut Broker, who: Who) -> Self {
        Self { alive: true, ..Self::dead(setup, broker.initialise(who)) }
    }

    /// Nothing of a process is left.
    pub(super) fn dead(setup: &Setup, producer_epoch: u32) -> Self {
        let rng = StdRng::seed_from_u64(1);
        Self {
            alive: false,
            core: Core::new(setup.stage, Topics::default(), setup.partition_count(), setup.settings.clone(), rng),
            ownership: BTreeMap::new(),
            next_epoch: 0,
            generations: [None; 2],
            expelled: false,
            unanswered: BTreeSet::new(),
            queue: VecDeque::new(),
            fetching: BTreeMap::new(),
            late: BTreeMap::new(),
            air: Vec::new(),
            committer: Committer::Idle,
            producer_epoch,
            answered: BTreeSet::new(),
            revoked: BTreeSet::new(),
            paused: false,
            readers: BTreeMap::new(),
        }
    }

    pub(super) fn own(&mut self, id: PartitionId) -> Epoch {
        self.next_epoch += 1;
        self.ownership.insert(id, self.next_epoch);
        self.next_epoch
    }

    /// Whether the assignments that the batch was made under still hold, as the shell's gate sees it.
    pub(super) fn holds_all(&self, batch: &Batch) -> bool {
        let held = |id| self.ownership.get(&id).copied();
        batch.offsets.iter().all(|one| held(one.partition) == Some(one.epoch))
    }
}

/// The place of a source in an array of two.
pub(super) const fn index(source: Source) -> usize {
    match source {
        Source::Main => 0,
        Source::Retry => 1,
    }
}
