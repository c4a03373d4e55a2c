//! What a world starts with, what may go wrong in it and how often, and which rule it breaks on purpose.

use crate::core::tests::rig::{done, permanent, settings, transient, unavailable};
use crate::core::{Outcome, PartitionId};
use crate::failure::StageError;
use crate::settings::Settings;
use contract::{Stage, State, code};

/// A bounded world.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) name: &'static str,
    pub(super) stage: Stage,
    pub(super) replicas: usize,
    /// The partitions of the stage's topics, each with what was published before the world began.
    pub(super) logs: Vec<(PartitionId, Vec<Entry>)>,
    /// What `invoices.status` holds at the beginning, of partition 0: run and state of [`INVOICE`].
    pub(super) statuses: Vec<(u32, State)>,
    pub(super) settings: Settings,
    /// What may go wrong outside of handlers, and how often in all.
    pub(super) faults: &'static [Fault],
    pub(super) fault_budget: u8,
    /// How handlers may end apart from `Done`, and how often in all.
    pub(super) endings: &'static [Ending],
    pub(super) ending_budget: u8,
    /// How the clocks may move, in milliseconds: the steady one forwards, the wall clock by both sums.
    pub(super) clocks: &'static [(u64, i64)],
    pub(super) clock_budget: u8,
    pub(super) sabotage: Option<Sabotage>,
    /// One state in so many is continued without faults to its end.
    pub(super) continue_one_in: u64,
}

/// The one invoice of a world with a gate.
pub(super) const INVOICE: &str = "invoice";

/// What stands at an offset at the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// An input of a stage behind the first one.
    Input(&'static str),
    /// A request for [`INVOICE`].
    Request,
    /// A replay of this run of [`INVOICE`].
    Replay(u32),
    /// A discard of this run of [`INVOICE`].
    Discard(u32),
    /// An erasure of this run of [`INVOICE`].
    Erase(u32),
    /// A transaction marker, or what compaction took.
    Gap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The process is killed. It may come back at any time.
    Crash,
    /// The group throws the replica out, which does not know it yet: its session ran out.
    Expel,
    /// The group wants a partition back.
    Revoke,
    /// The coordinator aborts the replica's transaction: it took too long.
    TimeOut,
    Abort,
    /// The request to commit is lost, or its answer is.
    Doubt,
    /// The request to commit arrives after the client has given up on it, or has repeated it.
    LateRequest,
    /// The broker refuses one of the outputs.
    Refuse,
    /// A record that was fetched before the partition was lost reaches the stage afterwards.
    LateFetch,
    /// Another stage ends the run in a dead letter.
    DiesDownstream,
    /// Somebody pauses the stage, and resumes it in the end.
    Pause,
}

/// How a handler ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Ending {
    Done,
    Transient,
    Permanent,
    Unavailable,
    /// Failed, and its effect may have taken place.
    InDoubt,
    /// It found its partition gone before it had an effect.
    LeaseLost,
}

/// A rule of the shell or of the broker, broken so that the checker must find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sabotage {
    /// The broker commits a transaction's outputs and not its offsets.
    OutputsWithoutOffsets,
    /// The broker commits a transaction's offsets and not its outputs.
    OffsetsWithoutOutputs,
    /// The broker drops the metadata of commits.
    NoMetadata,
    /// The committer does not ask whether the assignments hold.
    NoOwnershipGate,
    /// After an unclean commit the transactional id is not initialised again.
    SameProducerEpoch,
    /// Offsets are read although a transaction over them is open.
    UnstableReads,
    /// A doubt is resolved without reading what is committed.
    NoReadBack,
    /// The aborted transaction is reported as committed.
    AbortsUnsaid,
    /// What was fetched before an assignment is passed on as fetched during it.
    EpochlessFetch,
    /// A revoke is answered at once and kept from the engine.
    RevokeUnsaid,
    /// An answered handler is reported as one that lost its lease.
    AnswerDropped,
    /// The end of a transaction is never reported.
    EndUnsaid,
    /// A retry copy loses the mark that its effect is in doubt.
    DoubtForgotten,
    /// A retry copy is not written.
    RetryLost,
    /// The status is reported as read without being read.
    StatusUnread,
    /// The status is reported as fresh without being read again.
    FreshUnread,
    /// A process that starts does not look whether its stage is paused.
    PauseForgotten,
    /// The engine is not told that a pause is over.
    ResumeUnsaid,
}

impl Setup {
    /// One replica of `llm-structure` without any partition; nothing goes wrong.
    pub(super) fn of(name: &'static str) -> Self {
        let mut settings = settings();
        settings.retry.max_attempts = 2;
        settings.breaker_failures = 2;
        Self {
            name,
            stage: Stage::LlmStructure,
            replicas: 1,
            logs: Vec::new(),
            statuses: Vec::new(),
            settings,
            faults: &[],
            fault_budget: 0,
            endings: &[],
            ending_budget: 0,
            clocks: &[],
            clock_budget: 0,
            sabotage: None,
            continue_one_in: 16,
        }
    }

    /// The same world with one more fault, or if there are none with one more failing handler.
    pub(super) fn deeper(self) -> Self {
        let faulty = u8::from(self.fault_budget > 0);
        Self { fault_budget: self.fault_budget + faulty, ending_budget: self.ending_budget + 1 - faulty, ..self }
    }

    pub(super) fn breaks(&self, rule: Sabotage) -> bool {
        self.sabotage == Some(rule)
    }

    pub(super) fn partition_count(&self) -> i32 {
        self.logs.iter().map(|((_, partition), _)| partition + 1).max().unwrap_or(1)
    }
}

impl Ending {
    pub(super) fn outcome(self) -> Outcome {
        let failed = |error| Outcome::Failed(error);
        match self {
            Self::Done => done(),
            Self::Transient => transient(),
            Self::Permanent => permanent(),
            Self::Unavailable => unavailable(),
            Self::InDoubt => failed(StageError::transient(code::ZOHO_TIMEOUT, "no answer").with_effect_in_doubt()),
            Self::LeaseLost => failed(StageError::transient(code::ENGINE_LEASE_LOST, "gone")),
        }
    }

    /// Whether it is an answer that is paid for, and will be settled.
    pub(super) fn is_answer(self) -> bool {
        !matches!(self, Self::Unavailable | Self::LeaseLost)
    }
}
