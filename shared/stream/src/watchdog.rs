//! The watchdog's voice: metrics for every partition, and a line in the log for a record that stays open.

use crate::metrics::Metrics;
use contract::{Stage, Topics};
use engine::core::{PartitionId, Watch};
use engine::record::Source;
use std::collections::HashMap;

/// How often it looks.
const LOOK_MS: u64 = 1_000;
/// How soon it says the same again.
const AGAIN_MS: u64 = 600_000;

/// Remembers what it has said.
#[derive(Debug)]
pub(crate) struct Watchdog {
    stage: Stage,
    topics: Topics,
    looks_at: u64,
    /// Of each partition, the offset that it named last and when it may name it again.
    named: HashMap<PartitionId, (i64, u64)>,
}

impl Watchdog {
    pub(crate) fn new(stage: Stage, topics: Topics) -> Self {
        Self { stage, topics, looks_at: 0, named: HashMap::new() }
    }

    /// Whether it is time to look again.
    pub(crate) fn is_due(&mut self, now_ms: u64) -> bool {
        let due = now_ms >= self.looks_at;
        if due {
            self.looks_at = now_ms + LOOK_MS;
        }
        due
    }

    pub(crate) fn report(&mut self, watches: &[Watch], metrics: &Metrics, now_ms: u64) {
        metrics.watched(watches);
        self.named.retain(|id, _| watches.iter().any(|watch| watch.partition == *id));
        for watch in watches {
            self.warn(watch, now_ms);
        }
    }

    fn warn(&mut self, watch: &Watch, now_ms: u64) {
        let Some(stuck) = &watch.stuck else { return };
        let named = self.named.get(&watch.partition);
        if named.is_some_and(|(offset, again)| *offset == stuck.offset && now_ms < *again) {
            return;
        }
        self.named.insert(watch.partition, (stuck.offset, now_ms + AGAIN_MS));
        let topic = match watch.partition.0 {
            Source::Main => self.topics.main(self.stage),
            Source::Retry => self.topics.retry(self.stage),
        };
        tracing::warn!(
            topic,
            partition = watch.partition.1,
            offset = stuck.offset,
            invoice = stuck.invoice_id.as_ref().map(ToString::to_string),
            open_s = watch.oldest_open_ms / 1000,
            waits_for = stuck.waits_for,
            "a record stays open"
        );
    }
}
