//! The watchdog: which record is open for longest, and what is settled and not committed.
//!
//! It only looks. Nothing is decided from what it finds but whether to tell a person.

use super::{Core, PartitionId, Phase};
use crate::record::{Now, millis};
use contract::InvoiceId;
use std::collections::HashMap;

/// A record that has been open for this many attempt timeouts is worth a line in the log.
const STUCK_AFTER_TIMEOUTS: u32 = 3;

/// What there is to see on one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    pub partition: PartitionId,
    /// How long the record that keeps the committed offset from moving could have been settled. Waiting for a due time
    /// or for the end of a pause does not count.
    pub oldest_open_ms: u64,
    /// How long something has been settled and not committed.
    pub uncommitted_ms: u64,
    pub stuck: Option<Stuck>,
}

/// A record that has been open for too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    pub offset: i64,
    /// Unknown while it waits at the gate.
    pub invoice_id: Option<InvoiceId>,
    /// What it waits for.
    pub waits_for: &'static str,
}

impl Core {
    /// Looks at every partition. To be called now and then, not for each record.
    #[must_use]
    pub fn watch(&self, now: Now) -> Vec<Watch> {
        let mut oldest: HashMap<PartitionId, u64> = HashMap::new();
        for (token, task) in &self.tasks {
            let known = oldest.entry(task.partition).or_insert(*token);
            if task.record.offset < self.tasks[known].record.offset {
                *known = *token;
            }
        }
        let timeout = self.settings.attempt_timeout.saturating_mul(STUCK_AFTER_TIMEOUTS);
        let stuck_after = millis(timeout);
        let of_partition = |(id, state): (&PartitionId, &super::Partition)| {
            let task = oldest.get(id).map(|token| &self.tasks[token]);
            let since = if state.uncommitted > 0 { state.uncommitted_since } else { now.steady_ms };
            let open = task.filter(|task| !self.waits_for_a_person(task)).map_or(0, |task| task.open_for(now));
            let is_stuck = open > stuck_after;
            Watch {
                partition: *id,
                oldest_open_ms: open,
                uncommitted_ms: now.steady_ms.saturating_sub(since),
                stuck: task.filter(|_| is_stuck).map(|task| Stuck {
                    offset: task.record.offset,
                    invoice_id: task.passage.as_ref().map(|passage| passage.invoice_id.clone()),
                    waits_for: self.waits_for(task),
                }),
            }
        };
        self.partitions.iter().map(of_partition).collect()
    }

    /// A pause holds back what would start; everything else must go on as ever.
    fn waits_for_a_person(&self, task: &super::Task) -> bool {
        self.paused && matches!(task.phase, Phase::Ready | Phase::Held)
    }

    fn waits_for(&self, task: &super::Task) -> &'static str {
        match task.phase {
            Phase::Admission => "the admission index",
            Phase::Delayed { .. } => "its due time",
            Phase::Ready if !self.breaker.is_closed() => "the dependency, which is taken to be down",
            Phase::Ready => "a free place",
            Phase::InAir { .. } if self.permits.waiting() > 0 => "its handler, or for a permit of the rate limit",
            Phase::InAir { .. } => "its handler",
            Phase::Suspect => "a verdict on its failure",
            Phase::Held => "the rate limit of the dependency",
        }
    }
}

impl super::Task {
    fn open_for(&self, now: Now) -> u64 {
        if matches!(self.phase, Phase::Delayed { .. }) { 0 } else { now.steady_ms.saturating_sub(self.open_since) }
    }
}
