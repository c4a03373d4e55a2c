//! A stage of the pipeline as one state machine.
//!
//! The shell tells it what happened (records delivered, handlers finished, transactions ended, partitions coming and
//! going, time passing) and carries out the [`Effect`]s it answers with. It decides what runs, what is written, what
//! is committed and when, and it is the only place where those decisions meet.
//!
//! Architecture invariants, each with a test in `core/tests`:
//! - an offset is committed only in the transaction that carries the record's outputs;
//! - a handler is not run again because a transaction was aborted or its outcome was in doubt;
//! - nothing of a partition is committed after it was lost, and nothing new of it is started once it is revoked;
//! - while the stage is paused, nothing is started, and everything else goes on.

mod assignment;
mod commit;
mod dispatch;
mod intake;
mod load;
mod pause;
mod permits;
#[cfg(test)]
mod tests;
mod wait;
mod watch;

use crate::admission::Index;
use crate::breaker::Breaker;
use crate::concurrency::Concurrency;
use crate::delay::DelayQueue;
use crate::failure::StageError;
use crate::record::{Now, Record, Source, millis};
use crate::settings::Settings;
use crate::settle::{Passage, Product, Settlement, Settler};
use crate::window::Window;
use bytes::Bytes;
use contract::{Code, InvoiceId, Stage, Topics};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

pub use commit::{Batch, CommitOutcome, Committed, OffsetCommit};
pub use load::{Load, Parked, Standing};
pub use permits::Ask;
use permits::Permits;
pub use wait::WaitReason;
pub use watch::{Stuck, Watch};

/// A handler's run, from its start to its end.
pub type Token = u64;

/// A partition of one of the stage's two topics.
pub type PartitionId = (Source, i32);

/// Told apart from every earlier assignment of the same partition to this process.
pub type Epoch = u64;

/// What the shell must do.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Run the handler on this input.
    Dispatch(Dispatch),
    Pause(PartitionId),
    Resume(PartitionId),
    /// Read `invoices.status` of the partition to its end, passing on every record, then report it as restored, all of
    /// it with the epoch of this assignment.
    RestoreStatus(i32, Epoch),
    /// Read `invoices.status` of the partition to its end as of now, then report it as fresh.
    ReadStatus(i32),
    /// Write the batch and its offsets in one transaction, then report the outcome.
    Commit(Arc<Batch>),
    /// The handler that asked may call now, or its partition is leaving and it must end.
    Permit {
        ask: Ask,
        granted: bool,
    },
    /// The partitions are drained: give up these assignments of them, and no later ones. Without an epoch: whichever, as
    /// none was ever taken in.
    Unassign(Source, Vec<(i32, Option<Epoch>)>),
    /// The record has left the window for good. For logs and metrics.
    Settled(PartitionId, i64, Box<Settlement>),
}

/// A run of the handler.
#[derive(Debug, Clone)]
pub struct Dispatch {
    pub token: Token,
    pub partition: PartitionId,
    pub epoch: Epoch,
    pub invoice_id: InvoiceId,
    pub run: u32,
    pub attempt: u32,
    pub input: Bytes,
}

/// How a run of the handler ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    Done(Product),
    Failed(StageError),
    /// The input is not what the stage takes; the handler was not called.
    Undecodable(Code, String),
}

/// The state machine of one stage in one process.
#[derive(Debug, Clone)]
pub struct Core {
    stage: Stage,
    settings: Settings,
    /// How many partitions the stage's topics have.
    partition_count: i32,
    settler: Settler,
    rng: SmallRng,
    breaker: Breaker,
    concurrency: Concurrency,
    permits: Permits,
    /// Partitions came or went since the permits' shares were reckoned.
    shares_stale: bool,
    partitions: HashMap<PartitionId, Partition>,
    tasks: HashMap<Token, Task>,
    next_token: Token,
    /// Tasks that may start, in the order in which they became ready.
    ready: VecDeque<Token>,
    /// Tasks of the retry topic that are not due yet, by due time in milliseconds since 1970.
    delayed: DelayQueue<Token>,
    /// Failures that may turn out to be the beginning of an outage.
    suspects: VecDeque<Suspect>,
    /// Tasks that were refused for a rate limit, by when they may try again on the steady clock.
    held: DelayQueue<Token>,
    in_air: usize,
    held_bytes: usize,
    /// Everything is paused because of `held_bytes`.
    overfull: bool,
    /// Settled and not yet in a transaction.
    unsent: VecDeque<Pending>,
    /// When the first of `unsent` was settled.
    unsent_since: u64,
    /// In a transaction whose outcome is not known yet.
    in_flight: Option<Arc<Batch>>,
    next_batch: u64,
    /// Runs of handlers whose partition went away meanwhile.
    abandoned: HashMap<Token, (PartitionId, i64)>,
    orphans: Orphans,
    drains: Vec<Drain>,
    shutting_down: bool,
    /// Somebody wants nothing to be started.
    paused: bool,
    /// Until when the dependency asked to be left alone last, on the steady clock, and with which error.
    parked: Option<(u64, Code)>,
    /// The error with which the dependency failed last.
    unavailable_because: Option<Code>,
    /// Until when the last call that was refused for a rate limit waits, on the steady clock, and the error of the refusal.
    refused: Option<(u64, Code)>,
    effects: Vec<Effect>,
}

#[derive(Debug, Clone)]
struct Partition {
    epoch: Epoch,
    window: Window,
    draining: bool,
    paused: bool,
    /// What was committed last, and when.
    committed: i64,
    committed_at: u64,
    /// Runs of handlers in the air, and settlements whose transaction has not ended.
    busy: usize,
    /// Bytes of its record values in memory.
    held_bytes: usize,
    /// Settlements whose transaction has not ended, and since when there are any, on the steady clock.
    uncommitted: usize,
    uncommitted_since: u64,
    admission: Admission,
}

/// The gate of a partition; only the first stage's main topic has one.
#[derive(Debug, Clone)]
enum Admission {
    None,
    /// Records wait until the index is complete.
    Restoring {
        index: Index,
        waiting: Vec<Token>,
    },
    Open {
        index: Index,
        reading: Vec<Token>,
        waiting: Vec<Token>,
    },
}

#[derive(Debug, Clone)]
struct Task {
    partition: PartitionId,
    epoch: Epoch,
    record: Record,
    passage: Option<Passage>,
    phase: Phase,
    /// Since when it could be handled, on the steady clock; a wait for its due time does not count.
    open_since: u64,
    /// How often it was refused for a rate limit that others got past.
    refusals: u32,
    /// The handler's result, once there is one that will be settled.
    outcome: Option<Outcome>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Phase {
    /// Waits at the gate.
    Admission,
    /// Waits for its due time on the steady clock.
    Delayed {
        due_ms: i64,
    },
    Ready,
    InAir {
        probe: bool,
    },
    /// Failed; whether the attempt counts is not known yet.
    Suspect,
    /// Refused for a rate limit; waits for its next try.
    Held,
}

/// A failure of which it is not known yet whether it is the invoice's own.
#[derive(Debug, Clone)]
struct Suspect {
    token: Token,
    error: StageError,
    /// When the attempt began, on the steady clock.
    began: u64,
    took_ms: u64,
    /// When it failed.
    since: u64,
}

/// A settlement on its way to the broker.
#[derive(Debug, Clone)]
struct Pending {
    partition: PartitionId,
    epoch: Epoch,
    record: Record,
    passage: Option<Passage>,
    outcome: Option<Outcome>,
    settlement: Settlement,
}

#[derive(Debug, Clone)]
struct Drain {
    source: Source,
    partitions: HashSet<i32>,
    /// When it is given up on, on the steady clock.
    deadline: u64,
}

/// Results of handlers for records whose partition this process lost, in case it is handed them again.
#[derive(Debug, Clone, Default)]
struct Orphans {
    kept: HashMap<(PartitionId, i64), Outcome>,
    order: VecDeque<(PartitionId, i64)>,
}

impl Orphans {
    const MAX: usize = 1024;

    fn keep(&mut self, at: (PartitionId, i64), outcome: Outcome) {
        if self.kept.insert(at, outcome).is_none() {
            self.order.push_back(at);
        }
        if self.order.len() > Self::MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.kept.remove(&oldest);
        }
    }

    fn take(&mut self, at: (PartitionId, i64)) -> Option<Outcome> {
        let outcome = self.kept.remove(&at)?;
        self.order.retain(|kept| *kept != at);
        Some(outcome)
    }
}

impl Core {
    /// A stage whose topics have `partition_count` partitions. `rng` only spreads retries.
    #[must_use]
    pub fn new(stage: Stage, topics: Topics, partition_count: i32, settings: Settings, mut rng: impl Rng) -> Self {
        Self {
            stage,
            settler: Settler::new(stage, topics),
            breaker: Breaker::new(settings.breaker_failures, settings.time_scale),
            concurrency: Concurrency::new(settings.concurrency),
            permits: Permits::new(settings.limits, partition_count),
            shares_stale: false,
            settings,
            partition_count,
            rng: SmallRng::from_rng(&mut rng),
            partitions: HashMap::new(),
            tasks: HashMap::new(),
            next_token: 0,
            ready: VecDeque::new(),
            delayed: DelayQueue::new(),
            suspects: VecDeque::new(),
            held: DelayQueue::new(),
            in_air: 0,
            held_bytes: 0,
            overfull: false,
            unsent: VecDeque::new(),
            unsent_since: 0,
            in_flight: None,
            next_batch: 0,
            abandoned: HashMap::new(),
            orphans: Orphans::default(),
            drains: Vec::new(),
            shutting_down: false,
            paused: false,
            parked: None,
            unavailable_because: None,
            refused: None,
            effects: Vec::new(),
        }
    }

    /// What is to be done now. Call it after every event.
    pub fn effects(&mut self, now: Now) -> Vec<Effect> {
        self.release_due(now);
        self.judge_suspects(now);
        self.start_ready(now);
        self.grant_permits(now);
        self.defer_what_pins(now);
        self.give_up_late_drains(now);
        self.send_batch(now);
        self.finish_drains();
        self.balance_intake();
        std::mem::take(&mut self.effects)
    }

    /// In how many milliseconds [`Self::effects`] should be asked again even if nothing happens.
    #[must_use]
    pub fn wake_in(&mut self, now: Now) -> u64 {
        let until_steady = |at: u64| at.saturating_sub(now.steady_ms);
        let mut wake = 1000;
        if let Some(due) = self.delayed.next_due() {
            wake = wake.min(until_steady(u64::try_from(due).unwrap_or(0)));
        }
        if !self.unsent.is_empty() && self.in_flight.is_none() {
            wake = wake.min(until_steady(self.unsent_since + self.linger_ms()));
        }
        if !self.ready.is_empty() && !self.breaker.is_closed() && !self.paused {
            wake = wake.min(100);
        }
        if let Some(due) = self.held.next_due() {
            wake = wake.min(until_steady(u64::try_from(due).unwrap_or(0)));
        }
        if let Some(ready) = self.permits.next_ready(now) {
            wake = wake.min(until_steady(ready));
        }
        wake.max(1)
    }

    /// Whether everything was given up after [`Self::shut_down`].
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.shutting_down && self.partitions.is_empty() && self.in_flight.is_none()
    }

    fn linger_ms(&self) -> u64 {
        millis(self.settings.commit_linger)
    }
}
