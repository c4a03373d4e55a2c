//! How the stages are, as their replicas say in `invoices.stages`: the latest of each, in memory.
//!
//! Nothing is kept over a restart, as the topic holds little more than the latest of each. A replica that was killed leaves its
//! last heartbeat behind; by its age it is told from one that runs.

use contract::Stage;
use contract::Topics;
use contract::stages::{Breaker, Control, HEARTBEAT_INTERVAL, Heartbeat, Key};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stream::client::ClientSettings;
use stream::read::{self, Record};
use tokio::sync::watch;
use tokio::time::sleep;

/// Heartbeats that may be missing before a replica counts as silent.
const MISSED: u32 = 5;

/// A replica that was silent for so long is not shown.
const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

/// Between attempts to read.
const AGAIN: Duration = Duration::from_secs(2);

/// The latest of each replica. Cloning is cheap; all clones are one.
#[derive(Debug, Clone)]
pub struct Stages {
    known: Arc<Mutex<Known>>,
    changed: watch::Sender<u64>,
}

/// One stage and its replicas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StageReport {
    pub stage: Stage,
    /// Whether it was told to start nothing.
    pub paused: bool,
    /// Who said so last, or that it shall go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<Control>,
    /// By name.
    pub replicas: Vec<Replica>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Replica {
    #[serde(flatten)]
    pub heartbeat: Heartbeat,
    /// It says nothing any more: it was killed, or cannot reach the cluster.
    pub silent: bool,
    /// Since when it waits for what it depends on, as far as we have heard, in milliseconds since 1970; none if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_since_ms: Option<i64>,
}

#[derive(Debug, Default)]
struct Known {
    heartbeats: BTreeMap<(Stage, String), Heard>,
    controls: BTreeMap<Stage, Control>,
}

/// The latest heartbeat of a replica.
#[derive(Debug)]
struct Heard {
    heartbeat: Heartbeat,
    /// When the broker took it, in milliseconds since 1970.
    taken_ms: i64,
    waits_since_ms: Option<i64>,
}

impl Stages {
    #[must_use]
    pub fn new() -> Self {
        Self { known: Arc::default(), changed: watch::Sender::new(0) }
    }

    /// All three stages, in their order; `now_ms` is the time in milliseconds since 1970.
    #[must_use]
    pub fn report(&self, now_ms: i64) -> Vec<StageReport> {
        let known = self.known();
        Stage::ALL.map(|stage| known.report(stage, now_ms)).into()
    }

    /// Counts what has come; each change of it means that a new report says something else.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Takes in records of the topic, in their order. What cannot be read is passed over.
    pub fn apply(&self, records: &[Record]) {
        let mut known = self.known();
        records.iter().for_each(|record| known.take(record));
        drop(known);
        if !records.is_empty() {
            self.changed.send_modify(|count| *count += 1);
        }
    }

    /// Follows the topic until it is dropped.
    pub async fn follow(self, kafka: ClientSettings, topics: Topics) -> std::convert::Infallible {
        let mut is_new = true;
        loop {
            let Err(error) = self.read(&kafka, &topics.stages(), &mut is_new).await else { continue };
            if std::mem::replace(&mut is_new, false) {
                tracing::warn!(%error, "how the stages are is not known; trying again");
            }
            sleep(AGAIN).await;
        }
    }

    /// Ends when the topic cannot be read, or is to be opened again.
    async fn read(&self, kafka: &ClientSettings, topic: &str, is_new: &mut bool) -> Result<(), read::Error> {
        let mut tail = read::tail(kafka, topic, BTreeMap::new()).await?;
        while let Some(batch) = tail.next().await {
            self.apply(&batch?.records);
            *is_new = true;
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Stages {
    fn default() -> Self {
        Self::new()
    }
}

impl Known {
    fn take(&mut self, record: &Record) {
        let key = record.key.as_deref().and_then(|key| std::str::from_utf8(key).ok());
        let Some(Ok(key)) = key.map(str::parse::<Key>) else { return };
        match (key, record.value.as_deref()) {
            (Key::Heartbeat { stage, instance }, None) => drop(self.heartbeats.remove(&(stage, instance))),
            (Key::Control(stage), None) => drop(self.controls.remove(&stage)),
            (Key::Heartbeat { stage, instance }, Some(value)) => {
                if let Ok(heartbeat) = serde_json::from_slice(value) {
                    self.heard((stage, instance), heartbeat, record.timestamp_ms);
                }
            }
            (Key::Control(stage), Some(value)) => {
                if let Ok(control) = serde_json::from_slice(value) {
                    self.controls.insert(stage, control);
                }
            }
        }
    }

    fn heard(&mut self, key: (Stage, String), heartbeat: Heartbeat, taken_ms: i64) {
        let waits = heartbeat.breaker != Breaker::Closed || heartbeat.parked_until_ms.is_some();
        let before = self.heartbeats.get(&key).and_then(|heard| heard.waits_since_ms);
        let waits_since_ms = waits.then(|| before.unwrap_or(heartbeat.at_ms));
        self.heartbeats.insert(key, Heard { heartbeat, taken_ms, waits_since_ms });
    }

    fn report(&self, stage: Stage, now_ms: i64) -> StageReport {
        let limit = |limit: Duration| i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let replicas = self.heartbeats.iter().filter(|((of, _), _)| *of == stage);
        let replicas = replicas.map(|(_, heard)| (now_ms - heard.taken_ms, heard));
        let replicas = replicas.filter(|(age, _)| *age < limit(FORGOTTEN)).map(|(age, heard)| Replica {
            heartbeat: heard.heartbeat.clone(),
            silent: age > limit(HEARTBEAT_INTERVAL * MISSED),
            waits_since_ms: heard.waits_since_ms,
        });
        let control = self.controls.get(&stage).cloned();
        let paused = control.as_ref().is_some_and(|control| control.paused);
        StageReport { stage, paused, control, replicas: replicas.collect() }
    }
}

#[cfg(test)]
#[path = "stages_tests.rs"]
mod tests;
