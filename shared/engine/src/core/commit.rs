//! Group commit: what is settled gathers while a transaction is under way, and goes into the next one.
//!
//! A batch's offsets count as finished from the moment it is formed, and nothing else is committed until its outcome
//! is known; so a position never passes a record whose outputs are not in the same or an earlier transaction.

use super::{Core, Effect, Epoch, Outcome, PartitionId, Pending};
use crate::failure::StageError;
use crate::record::{Now, Output};
use crate::settle::{Ended, Exit, output_refused};
use contract::{Cost, DeadLetter};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// An empty window's end is committed at most this often.
const END_COMMIT_INTERVAL_MS: u64 = 5_000;
/// Offsets of idle groups are committed again before brokers forget them (7 days by default).
const RECOMMIT_INTERVAL_MS: u64 = 24 * 3_600_000;

/// One transaction.
#[derive(Debug, Clone)]
pub struct Batch {
    pub id: u64,
    pub offsets: Vec<OffsetCommit>,
    pub(super) pending: Vec<Pending>,
}

impl Batch {
    /// The outputs with the number of the settlement that each belongs to.
    pub fn outputs(&self) -> impl Iterator<Item = (usize, &Output)> {
        self.pending
            .iter()
            .enumerate()
            .flat_map(|(index, one)| one.settlement.outputs.iter().map(move |out| (index, out)))
    }

    /// How many records it settles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}

/// An offset to commit, valid for one assignment of the partition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OffsetCommit {
    pub partition: PartitionId,
    pub epoch: Epoch,
    pub position: i64,
    pub metadata: String,
}

/// How a transaction ended.
#[derive(Debug, Clone)]
pub enum CommitOutcome {
    Committed,
    /// Nothing of it was written.
    Aborted,
    /// Nothing of it was written, because client or broker refuse an output of this settlement.
    Refused {
        settlement: usize,
        reason: String,
    },
    /// The outcome was in doubt; this is what is committed now.
    Resolved(HashMap<PartitionId, Committed>),
}

/// A committed position and the finished offsets above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    pub position: i64,
    pub finished: BTreeSet<i64>,
}

impl Core {
    pub(super) fn send_batch(&mut self, now: Now) {
        if self.in_flight.is_some() {
            return;
        }
        let lingering = now.steady_ms < self.unsent_since.saturating_add(self.linger_ms());
        let may_wait = self.unsent.len() < self.settings.commit_batch && self.drains.is_empty();
        let take = if lingering && may_wait { 0 } else { self.unsent.len().min(self.settings.commit_batch) };
        let pending: Vec<Pending> = self.unsent.drain(..take).collect();
        self.send(pending, now);
    }

    fn send(&mut self, pending: Vec<Pending>, now: Now) {
        for one in &pending {
            if let Some(state) = self.partitions.get_mut(&one.partition) {
                state.window.finish(one.record.offset);
            }
        }
        let settled: HashSet<PartitionId> = pending.iter().map(|one| one.partition).collect();
        let offsets: Vec<OffsetCommit> = self
            .partitions
            .iter()
            .filter(|(id, state)| settled.contains(id) || state.wants_commit(now.steady_ms))
            .map(|(id, state)| OffsetCommit {
                partition: *id,
                epoch: state.epoch,
                position: state.window.position(),
                metadata: state.window.metadata(),
            })
            .collect();
        if offsets.is_empty() {
            return;
        }
        let batch = Arc::new(Batch { id: self.next_batch, offsets, pending });
        self.next_batch += 1;
        self.in_flight = Some(Arc::clone(&batch));
        self.effects.push(Effect::Commit(batch));
    }

    /// The outcome of the batch in flight.
    pub fn commit_ended(&mut self, outcome: CommitOutcome, now: Now) {
        let Some(batch) = self.in_flight.take() else { return };
        let Batch { offsets, mut pending, .. } = Arc::unwrap_or_clone(batch);
        match outcome {
            CommitOutcome::Committed => self.committed(&offsets, pending, now),
            CommitOutcome::Aborted => self.resend(pending, now),
            CommitOutcome::Refused { settlement, reason } => {
                if let Some(refused) = pending.get_mut(settlement) {
                    self.replace_refused(refused, &reason, now);
                }
                self.resend(pending, now);
            }
            CommitOutcome::Resolved(found) => {
                let (done, open): (Vec<Pending>, Vec<Pending>) = pending
                    .into_iter()
                    .partition(|one| found.get(&one.partition).is_some_and(|at| at.has(one.record.offset)));
                let reached: Vec<OffsetCommit> = offsets
                    .into_iter()
                    .filter(|offset| found.get(&offset.partition).is_some_and(|at| at.position >= offset.position))
                    .collect();
                self.committed(&reached, done, now);
                self.resend(open, now);
            }
        }
    }

    fn committed(&mut self, offsets: &[OffsetCommit], pending: Vec<Pending>, now: Now) {
        for offset in offsets {
            if let Some(state) = self.partitions.get_mut(&offset.partition).filter(|state| state.epoch == offset.epoch)
            {
                state.committed = offset.position;
                state.committed_at = now.steady_ms;
            }
        }
        for one in pending {
            if let Some(state) = self.partitions.get_mut(&one.partition).filter(|state| state.epoch == one.epoch) {
                state.busy -= 1;
                state.uncommitted -= 1;
                state.uncommitted_since = now.steady_ms;
            }
            self.orphans.take((one.partition, one.record.offset));
            self.effects.push(Effect::Settled(one.partition, one.record.offset, Box::new(one.settlement)));
        }
    }

    /// Sends the same settlements again, minus those of partitions that are gone. Handlers are not run again.
    fn resend(&mut self, pending: Vec<Pending>, now: Now) {
        // Nothing else ends a drain whose member the group has forgotten: its commits are refused for ever.
        self.give_up_late_drains(now);
        let owned = |one: &Pending| self.partitions.get(&one.partition).is_some_and(|state| state.epoch == one.epoch);
        let (kept, gone): (Vec<Pending>, Vec<Pending>) = pending.into_iter().partition(owned);
        gone.into_iter().for_each(|one| self.keep_result(one));
        self.send(kept, now);
    }

    /// What was refused becomes a dead letter; a refused dead letter loses all but its coordinates, which lead to the
    /// record itself.
    fn replace_refused(&self, refused: &mut Pending, reason: &str, now: Now) {
        let Some(passage) = refused.passage.as_ref().filter(|_| refused.settlement.exit != Exit::DeadLettered) else {
            return shorten(refused);
        };
        let error = StageError { cost: refused.outcome.as_ref().and_then(paid).cloned(), ..output_refused(reason) };
        let took_ms = refused.settlement.took_ms.unwrap_or_default();
        let ended = Ended { record: &refused.record, passage, took_ms, now_ms: now.wall_ms };
        refused.settlement = self.settler.dead_lettered(ended, &error);
    }
}

/// What the handler's run has paid, whatever becomes of its output.
fn paid(outcome: &Outcome) -> Option<&Cost> {
    match outcome {
        Outcome::Done(product) => product.cost.as_ref(),
        Outcome::Failed(error) => error.cost.as_ref(),
        Outcome::Undecodable(..) => None,
    }
}

fn shorten(refused: &mut Pending) {
    if let Some(letter) = refused.settlement.outputs.first_mut() {
        let error = serde_json::from_slice::<DeadLetter>(&letter.value).ok().map(|letter| letter.error);
        letter.value = serde_json::json!({ "error": error, "input": null }).to_string().into();
    }
}

impl Committed {
    /// Whether the record at the offset is settled.
    #[must_use]
    pub fn has(&self, offset: i64) -> bool {
        offset < self.position || self.finished.contains(&offset)
    }
}

impl super::Partition {
    fn wants_commit(&self, now: u64) -> bool {
        let since = now.saturating_sub(self.committed_at);
        let moved = self.busy == 0 && self.window.is_empty() && self.window.position() > self.committed;
        (moved && since >= END_COMMIT_INTERVAL_MS) || since >= RECOMMIT_INTERVAL_MS
    }
}
