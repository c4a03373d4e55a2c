//! The committer, step by step, and what the coordinator makes of each step.

use super::broker::{At, Open, Who};
use super::replica::{Committer, index};
use super::setup::{Sabotage, Setup};
use super::world::{How, World};
use crate::core::{Batch, CommitOutcome, Committed};
use crate::offset_map;
use std::sync::Arc;

impl World {
    /// Begins the transaction, writes the outputs, and asks whether the assignments hold.
    pub(super) fn produce(&mut self, who: Who, setup: &Setup) {
        let Committer::Taken(batch) = self.replicas[who].committer.clone() else { return };
        if self.is_fenced(who) {
            return self.replace_after_abort(who);
        }
        let open = Open { batch: Arc::clone(&batch), with_offsets: false };
        self.broker().producers[who].open = Some(open);
        let replica = self.replica(who);
        if replica.holds_all(&batch) || setup.breaks(Sabotage::NoOwnershipGate) {
            replica.committer = Committer::Produced(batch, replica.generations);
        } else {
            self.abort(who);
        }
    }

    /// The broker refuses the record's first output.
    pub(super) fn refuse(&mut self, who: Who, at: At) {
        self.faults -= 1;
        let Committer::Taken(batch) = self.replicas[who].committer.clone() else { return };
        let of = |one: &crate::core::Pending| (one.partition, one.record.offset) == at;
        let settlement = batch.pending.iter().position(of).unwrap();
        self.replica(who).committer =
            Committer::Ended(CommitOutcome::Refused { settlement, reason: "too large".to_owned() });
    }

    /// The coordinators of both groups take the offsets of members of their generation, and of nobody else.
    pub(super) fn send_offsets(&mut self, who: Who) {
        let Committer::Produced(batch, generations) = self.replicas[who].committer.clone() else { return };
        if self.is_fenced(who) {
            return self.replace_after_abort(who);
        }
        let known = |one: &crate::core::OffsetCommit| {
            let group = index(one.partition.0);
            !self.replicas[who].expelled && generations[group] == Some(self.broker.generations[group])
        };
        if !batch.offsets.iter().all(known) {
            return self.abort(who);
        }
        // A late request to commit may have ended the transaction: this begins another one, without the outputs.
        let outputs_gone = self.broker.producers[who].open.is_none();
        let sent = if outputs_gone { without_outputs(&batch) } else { Arc::clone(&batch) };
        self.broker().producers[who].open = Some(Open { batch: sent, with_offsets: true });
        self.replica(who).committer = Committer::Prepared(batch);
    }

    pub(super) fn end(&mut self, who: Who, how: How, setup: &Setup) {
        let Committer::Prepared(batch) = self.replicas[who].committer.clone() else { return };
        self.faults -= u8::from(how != How::Clean);
        if self.is_fenced(who) {
            return self.replace_after_abort(who);
        }
        match how {
            How::Clean => {
                self.commit(who, setup);
                self.ended(who, CommitOutcome::Committed);
            }
            How::Aborted if setup.breaks(Sabotage::AbortsUnsaid) => {
                self.broker().producers[who].open = None;
                self.ended(who, CommitOutcome::Committed);
            }
            How::Aborted => self.abort(who),
            How::RequestLost => self.replica(who).committer = Committer::Doubtful(batch),
            How::AnswerLost => {
                self.commit(who, setup);
                self.replica(who).committer = Committer::Doubtful(batch);
            }
            How::RequestLate => {
                self.lose_request(who);
                self.replica(who).committer = Committer::Doubtful(batch);
            }
            How::RepeatedOverLate => {
                self.lose_request(who);
                self.commit(who, setup);
                self.replace_producer(who, setup);
                self.ended(who, CommitOutcome::Committed);
            }
        }
    }

    /// A new epoch of the same transactional id ends the doubt; then the committed offsets are read back.
    pub(super) fn resolve(&mut self, who: Who, setup: &Setup) {
        let Committer::Doubtful(batch) = self.replicas[who].committer.clone() else { return };
        self.replace_producer(who, setup);
        let found = if setup.breaks(Sabotage::NoReadBack) {
            CommitOutcome::Aborted
        } else {
            CommitOutcome::Resolved(
                batch.offsets.iter().map(|one| (one.partition, self.read_back(one.partition))).collect(),
            )
        };
        self.ended(who, found);
    }

    /// The late request commits whatever its transactional id has open, if its epoch still holds.
    pub(super) fn arrive(&mut self, setup: &Setup) {
        let Some((who, epoch)) = self.broker().wandering.take() else { return };
        if self.broker.producers[who].epoch == epoch {
            self.commit(who, setup);
        }
    }

    pub(super) fn hear_end(&mut self, who: Who, setup: &Setup) {
        let now = self.now();
        let replica = self.replica(who);
        let Committer::Ended(outcome) = std::mem::replace(&mut replica.committer, Committer::Idle) else { return };
        if !setup.breaks(Sabotage::EndUnsaid) {
            replica.core.commit_ended(outcome, now);
        }
    }

    fn commit(&mut self, who: Who, setup: &Setup) {
        let now_ms = self.broker_ms();
        let checked = self.broker().commit(who, setup, now_ms);
        self.hold_to(checked);
    }

    fn abort(&mut self, who: Who) {
        self.broker().producers[who].open = None;
        self.ended(who, CommitOutcome::Aborted);
    }

    fn ended(&mut self, who: Who, outcome: CommitOutcome) {
        self.replica(who).committer = Committer::Ended(outcome);
    }

    fn lose_request(&mut self, who: Who) {
        let epoch = self.replicas[who].producer_epoch;
        self.broker().wandering = Some((who, epoch));
    }

    /// Whether the coordinator has moved the transactional id on.
    fn is_fenced(&self, who: Who) -> bool {
        self.broker.producers[who].epoch != self.replicas[who].producer_epoch
    }

    fn replace_after_abort(&mut self, who: Who) {
        self.replica(who).producer_epoch = self.broker().initialise(who);
        self.ended(who, CommitOutcome::Aborted);
    }

    fn replace_producer(&mut self, who: Who, setup: &Setup) {
        if setup.breaks(Sabotage::SameProducerEpoch) {
            self.broker().producers[who].open = None;
        } else {
            self.replica(who).producer_epoch = self.broker().initialise(who);
        }
    }

    fn read_back(&self, id: crate::core::PartitionId) -> Committed {
        let (position, metadata) = &self.broker.committed[&id];
        Committed { position: *position, finished: offset_map::decode(*position, metadata).unwrap_or_default() }
    }
}

fn without_outputs(batch: &Batch) -> Arc<Batch> {
    Arc::new(Batch { pending: Vec::new(), ..batch.clone() })
}
