//! Topic and consumer-group names, and the coordinates of a record.

use crate::Stage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The topics of one pipeline; all share a prefix, so that several pipelines can share a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    prefix: String,
}

impl Topics {
    #[must_use]
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }

    /// What the names of all topics, groups and transactional ids begin with, and nobody else's.
    #[must_use]
    pub fn family(&self) -> String {
        format!("{}.", self.prefix)
    }

    /// What the stage consumes.
    #[must_use]
    pub fn main(&self, stage: Stage) -> String {
        format!("{}.{stage}", self.prefix)
    }

    /// Where the stage's records wait for their next attempt.
    #[must_use]
    pub fn retry(&self, stage: Stage) -> String {
        format!("{}.{stage}.retry", self.prefix)
    }

    /// Where the stage's failed records stay until somebody replays or discards them.
    #[must_use]
    pub fn dead_letter(&self, stage: Stage) -> String {
        format!("{}.{stage}.dlq", self.prefix)
    }

    /// What the pipeline has done: one record per bill.
    #[must_use]
    pub fn posted(&self) -> String {
        format!("{}.posted", self.prefix)
    }

    /// The latest state per invoice (compacted).
    #[must_use]
    pub fn status(&self) -> String {
        format!("{}.status", self.prefix)
    }

    /// One event per settled record or command (append-only).
    #[must_use]
    pub fn history(&self) -> String {
        format!("{}.history", self.prefix)
    }

    /// What the replicas of the stages say of themselves, and which stages are paused (compacted).
    #[must_use]
    pub fn stages(&self) -> String {
        format!("{}.stages", self.prefix)
    }

    /// Where the stage's output goes.
    #[must_use]
    pub fn output(&self, stage: Stage) -> String {
        stage.next().map_or_else(|| self.posted(), |next| self.main(next))
    }

    /// The consumer group of the stage's main topic.
    #[must_use]
    pub fn main_group(&self, stage: Stage) -> String {
        self.main(stage)
    }

    /// The consumer group of the stage's retry topic. It is a group of its own, because one group over both
    /// topics hands one replica all main partitions and the other all retry partitions.
    #[must_use]
    pub fn retry_group(&self, stage: Stage) -> String {
        self.retry(stage)
    }

    /// The prefix of the transactional ids of the stage's replicas.
    #[must_use]
    pub fn transactional_id(&self, stage: Stage, instance: &str) -> String {
        format!("{}.{stage}.{instance}", self.prefix)
    }
}

impl Default for Topics {
    fn default() -> Self {
        Self::new("invoices")
    }
}

/// Where a record stands in Kafka.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Coordinates {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.topic, self.partition, self.offset)
    }
}
