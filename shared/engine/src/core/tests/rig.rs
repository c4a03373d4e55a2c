//! A stage's state machine with a clock and shorthand for events.

use crate::core::{Ask, Batch, CommitOutcome, Core, Dispatch, Effect, Outcome, PartitionId};
use crate::failure::StageError;
use crate::rate::Limits;
use crate::record::{Now, Output, Record, Source};
use crate::retry::Policy;
use crate::settings::Settings;
use crate::settle::{Product, Settlement};
use bytes::Bytes;
use contract::{Code, Headers, Stage, Topics, header, partition};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::time::Duration;

pub(super) const PARTITIONS: i32 = 4;
pub(super) const MAIN: PartitionId = (Source::Main, 0);
pub(super) const RETRY: PartitionId = (Source::Retry, 0);

pub(super) fn settings() -> Settings {
    Settings {
        retry: Policy {
            max_attempts: 3,
            initial: Duration::from_secs(1),
            coefficient: 2.0,
            cap: Duration::from_secs(60),
            jitter: 0.0,
        },
        attempt_timeout: Duration::from_secs(30),
        concurrency: 100,
        limits: Limits::default(),
        max_held_bytes: 1_000_000,
        window_span: 1000,
        commit_linger: Duration::ZERO,
        commit_batch: 500,
        max_input_bytes: 10_000,
        breaker_failures: 5,
        time_scale: 1.0,
    }
}

/// A core under test. Effects are sorted into these lists until somebody takes them.
pub(super) struct Rig {
    pub(super) core: Core,
    pub(super) now: Now,
    pub(super) dispatched: Vec<Dispatch>,
    pub(super) batches: Vec<Arc<Batch>>,
    pub(super) settled: Vec<(PartitionId, i64, Settlement)>,
    pub(super) unassigned: Vec<(Source, Vec<i32>)>,
    pub(super) paused: Vec<PartitionId>,
    pub(super) resumed: Vec<PartitionId>,
    pub(super) status_reads: Vec<i32>,
    /// Answers to asks for a permit.
    pub(super) permits: Vec<(Ask, bool)>,
}

impl Rig {
    pub(super) fn new(stage: Stage) -> Self {
        Self::with(stage, settings())
    }

    pub(super) fn with(stage: Stage, settings: Settings) -> Self {
        Self {
            core: Core::new(stage, Topics::default(), PARTITIONS, settings, StdRng::seed_from_u64(1)),
            now: Now { steady_ms: 1_000_000, wall_ms: 1_000_000 },
            dispatched: Vec::new(),
            batches: Vec::new(),
            settled: Vec::new(),
            unassigned: Vec::new(),
            paused: Vec::new(),
            resumed: Vec::new(),
            status_reads: Vec::new(),
            permits: Vec::new(),
        }
    }

    /// A stage without a gate that owns both partitions 0 from offset 0, epoch 1.
    pub(super) fn assigned() -> Self {
        let mut rig = Self::new(Stage::LlmStructure);
        rig.assign(MAIN, 1, 0, "");
        rig.assign(RETRY, 1, 0, "");
        rig
    }

    pub(super) fn assign(&mut self, id: PartitionId, epoch: u64, position: i64, metadata: &str) {
        self.core.assigned(id, epoch, position, metadata, self.now);
        self.turn();
    }

    pub(super) fn deliver(&mut self, id: PartitionId, epoch: u64, record: Record) {
        self.core.delivered(Record { source: id.0, partition: id.1, ..record }, epoch, self.now);
        self.turn();
    }

    pub(super) fn finish(&mut self, token: u64, outcome: Outcome) {
        self.core.finished(token, outcome, 5, self.now);
        self.turn();
    }

    /// Ends the oldest batch that was not ended yet, and returns it.
    pub(super) fn end_commit(&mut self, outcome: CommitOutcome) -> Arc<Batch> {
        let batch = self.batches.remove(0);
        self.core.commit_ended(outcome, self.now);
        self.turn();
        batch
    }

    pub(super) fn pass(&mut self, ms: u64) {
        self.now.steady_ms += ms;
        self.now.wall_ms += i64::try_from(ms).unwrap();
        self.turn();
    }

    pub(super) fn turn(&mut self) {
        for effect in self.core.effects(self.now) {
            match effect {
                Effect::Dispatch(dispatch) => self.dispatched.push(dispatch),
                Effect::Commit(batch) => self.batches.push(batch),
                Effect::Settled(id, offset, settlement) => self.settled.push((id, offset, *settlement)),
                Effect::Unassign(source, partitions) => {
                    self.unassigned.push((source, partitions.into_iter().map(|(partition, _)| partition).collect()));
                }
                Effect::Pause(id) => self.paused.push(id),
                Effect::Resume(id) => self.resumed.push(id),
                Effect::Permit { ask, granted } => self.permits.push((ask, granted)),
                Effect::RestoreStatus(partition, _) | Effect::ReadStatus(partition) => {
                    self.status_reads.push(partition);
                }
            }
        }
    }

    pub(super) fn take_dispatched(&mut self) -> Vec<Dispatch> {
        std::mem::take(&mut self.dispatched)
    }
}

/// A record between stages, appended now.
pub(super) fn record(rig: &Rig, offset: i64) -> Record {
    Record {
        source: Source::Main,
        partition: 0,
        offset,
        timestamp_ms: rig.now.wall_ms,
        key: Some(Bytes::from(format!("invoice-{offset}"))),
        value: Bytes::from_static(b"{\"input\":1}"),
        headers: Headers { run: Some(1), attempt: Some(1), ..Headers::default() },
    }
}

pub(super) fn done() -> Outcome {
    Outcome::Done(Product { value: Bytes::from_static(b"{\"output\":1}"), bill: None, cost: None })
}

pub(super) fn failed(error: fn(Code, &'static str) -> StageError) -> Outcome {
    Outcome::Failed(error(contract::code::LLM_UNAVAILABLE, "no"))
}

pub(super) fn unavailable() -> Outcome {
    failed(StageError::unavailable)
}

pub(super) fn throttled() -> Outcome {
    failed(StageError::throttled)
}

/// A refusal that asks for so many seconds of rest.
pub(super) fn throttled_for(seconds: u64) -> Outcome {
    let error = StageError::throttled(contract::code::LLM_RATE_LIMITED, "no");
    Outcome::Failed(error.with_retry_after(Some(Duration::from_secs(seconds))))
}

pub(super) fn transient() -> Outcome {
    failed(StageError::transient)
}

pub(super) fn permanent() -> Outcome {
    failed(StageError::permanent)
}

/// The outputs of a settlement or batch that go to the topic.
pub(super) fn to<'a>(outputs: impl IntoIterator<Item = &'a Output>, topic: &str) -> Vec<&'a Output> {
    outputs.into_iter().filter(|output| &*output.topic == topic).collect()
}

pub(super) fn batch_to<'a>(batch: &'a Batch, topic: &str) -> Vec<&'a Output> {
    to(batch.outputs().map(|(_, output)| output), topic)
}

/// An id whose records belong on partition 0.
pub(super) fn id_on_partition_zero(salt: u32) -> String {
    (0..1000).map(|n| format!("i{salt}-{n}")).find(|id| partition::of_key(id.as_bytes(), PARTITIONS) == 0).unwrap()
}

pub(super) fn is_raw(output: &Output) -> bool {
    output.headers.content_type.as_deref() == Some(header::OCTET_STREAM)
}
