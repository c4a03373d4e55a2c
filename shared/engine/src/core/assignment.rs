//! Partitions coming and going. A rebalance and a shutdown are the same drain.

use super::{Admission, Core, Drain, Effect, Epoch, Partition, PartitionId, Pending, Phase};
use crate::admission::{Index, Known};
use crate::offset_map;
use crate::record::{Now, Source, millis};
use crate::window::Window;
use contract::Stage;
use std::collections::{BTreeMap, HashSet, VecDeque};

impl Core {
    /// This process owns the partition from its committed position on. `metadata` is that of the commit.
    /// Returns whether the metadata was foreign, so that finished work may be repeated.
    pub fn assigned(&mut self, id: PartitionId, epoch: Epoch, position: i64, metadata: &str, now: Now) -> bool {
        // It goes to another member when this one leaves; taken in now, it would hold up the leaving.
        if self.shutting_down {
            return false;
        }
        // Nobody has to say that an assignment before this one has ended.
        self.lost(id.0, &[id.1]);
        let map = offset_map::decode(position, metadata);
        let foreign = map.is_err();
        let gated = self.stage == Stage::FetchExtract && id.0 == Source::Main;
        if gated {
            self.effects.push(Effect::RestoreStatus(id.1, epoch));
        }
        let partition = Partition {
            epoch,
            window: Window::new(position, map.unwrap_or_default()),
            draining: false,
            paused: false,
            committed: position,
            committed_at: now.steady_ms,
            busy: 0,
            held_bytes: 0,
            uncommitted: 0,
            uncommitted_since: now.steady_ms,
            admission: if gated {
                Admission::Restoring { index: Index::default(), waiting: Vec::new() }
            } else {
                Admission::None
            },
        };
        self.partitions.insert(id, partition);
        self.shares_stale = true;
        if self.overfull {
            self.pause(id);
        }
        foreign
    }

    /// The group wants the partitions back. They are given up by an [`Effect::Unassign`] once they are drained, at most
    /// one attempt timeout later.
    pub fn revoked(&mut self, source: Source, partitions: &[i32], now: Now) {
        let timeout = millis(self.settings.attempt_timeout);
        for partition in partitions {
            if let Some(state) = self.partitions.get_mut(&(source, *partition)) {
                state.draining = true;
                self.effects.push(Effect::Pause((source, *partition)));
            }
        }
        let leaving: HashSet<PartitionId> = partitions.iter().map(|partition| (source, *partition)).collect();
        self.drop_idle_tasks(&leaving);
        self.deny_permits(&leaving);
        self.drains.push(Drain {
            source,
            partitions: partitions.iter().copied().collect(),
            deadline: now.steady_ms.saturating_add(timeout),
        });
    }

    /// The partitions belong to somebody else already: nothing of them may be committed any more.
    pub fn lost(&mut self, source: Source, partitions: &[i32]) {
        let gone: HashSet<PartitionId> = partitions.iter().map(|partition| (source, *partition)).collect();
        self.forget(&gone);
        for drain in self.drains.iter_mut().filter(|drain| drain.source == source) {
            drain.partitions.retain(|partition| !gone.contains(&(source, *partition)));
        }
        self.drains.retain(|drain| !drain.partitions.is_empty());
    }

    /// Gives up everything, as in a rebalance that takes all partitions.
    pub fn shut_down(&mut self, now: Now) {
        self.shutting_down = true;
        for source in Source::ALL {
            let owned: Vec<i32> = self.partitions.keys().filter(|id| id.0 == source).map(|id| id.1).collect();
            let draining: HashSet<i32> = self
                .drains
                .iter()
                .filter(|drain| drain.source == source)
                .flat_map(|drain| drain.partitions.clone())
                .collect();
            let rest: Vec<i32> = owned.into_iter().filter(|partition| !draining.contains(partition)).collect();
            if !rest.is_empty() {
                self.revoked(source, &rest, now);
            }
        }
    }

    /// A record of `invoices.status` was read. What was read for an earlier assignment does not count: its beginning may
    /// have been told to an index that is gone.
    pub fn status_read(&mut self, partition: i32, epoch: Epoch, id: u128, status: impl Into<Known>) {
        if let Some(state) = self.gated(partition, epoch)
            && let Admission::Restoring { index, .. } | Admission::Open { index, .. } = &mut state.admission
        {
            index.read(id, status.into());
        }
    }

    /// The status of the partition was read to its end for the first time.
    pub fn status_restored(&mut self, partition: i32, epoch: Epoch, now: Now) {
        let Some(state) = self.gated(partition, epoch) else { return };
        let Admission::Restoring { index, waiting } = &mut state.admission else { return };
        let (index, waiting) = (std::mem::take(index), std::mem::take(waiting));
        state.admission = Admission::Open { index, reading: Vec::new(), waiting: Vec::new() };
        waiting.into_iter().for_each(|token| self.admit(token, false, now));
    }

    /// The status of the partition was read to its end as of the last [`Effect::ReadStatus`].
    pub fn status_fresh(&mut self, partition: i32, epoch: Epoch, now: Now) {
        let Some(state) = self.gated(partition, epoch) else { return };
        let Admission::Open { reading, waiting, .. } = &mut state.admission else { return };
        let decided = std::mem::replace(reading, std::mem::take(waiting));
        if !reading.is_empty() {
            self.effects.push(Effect::ReadStatus(partition));
        }
        decided.into_iter().for_each(|token| self.admit(token, true, now));
    }

    fn gated(&mut self, partition: i32, epoch: Epoch) -> Option<&mut Partition> {
        self.partitions.get_mut(&(Source::Main, partition)).filter(|state| state.epoch == epoch)
    }

    /// Reports drained partitions, once per drain, as the group waits for all of them together.
    pub(super) fn finish_drains(&mut self) {
        let (done, left): (Vec<Drain>, Vec<Drain>) = std::mem::take(&mut self.drains).into_iter().partition(|drain| {
            let mut ids = drain.partitions.iter().map(|partition| (drain.source, *partition));
            ids.all(|id| self.partitions.get(&id).is_none_or(|state| state.busy == 0))
        });
        self.drains = left;
        for drain in done {
            self.give_up(&drain);
        }
    }

    pub(super) fn give_up_late_drains(&mut self, now: Now) {
        let (late, left) = std::mem::take(&mut self.drains)
            .into_iter()
            .partition::<Vec<Drain>, _>(|drain| now.steady_ms >= drain.deadline && self.in_flight.is_none());
        self.drains = left;
        for drain in late {
            self.give_up(&drain);
        }
    }

    fn give_up(&mut self, drain: &Drain) {
        let epoch = |partition| self.partitions.get(&(drain.source, partition)).map(|state| state.epoch);
        let partitions: BTreeMap<i32, Option<Epoch>> =
            drain.partitions.iter().map(|partition| (*partition, epoch(*partition))).collect();
        self.forget(&partitions.keys().map(|partition| (drain.source, *partition)).collect());
        self.effects.push(Effect::Unassign(drain.source, partitions.into_iter().collect()));
    }

    /// Drops all that is known of the partitions; results are kept in case their records come back.
    fn forget(&mut self, gone: &HashSet<PartitionId>) {
        self.drop_idle_tasks(gone);
        self.deny_permits(gone);
        let in_air: Vec<u64> =
            self.tasks.iter().filter(|(_, task)| gone.contains(&task.partition)).map(|(token, _)| *token).collect();
        for token in in_air {
            if let Some(task) = self.remove_task(token) {
                self.in_air -= 1;
                self.abandoned.insert(token, (task.partition, task.record.offset));
            }
        }
        let (orphaned, kept): (VecDeque<Pending>, VecDeque<Pending>) =
            std::mem::take(&mut self.unsent).into_iter().partition(|one| gone.contains(&one.partition));
        self.unsent = kept;
        orphaned.into_iter().for_each(|one| self.keep_result(one));
        // The partition may be back before the outcome of their transaction is known.
        let in_flight: Vec<Pending> = self.in_flight.iter().flat_map(|batch| batch.pending.iter().cloned()).collect();
        in_flight.into_iter().filter(|one| gone.contains(&one.partition)).for_each(|one| self.keep_result(one));
        for id in gone {
            self.partitions.remove(id);
        }
        self.shares_stale = true;
    }

    /// Keeps a handler's result that could not be committed before the partition went away.
    pub(super) fn keep_result(&mut self, pending: Pending) {
        if let Some(outcome) = pending.outcome {
            self.orphans.keep((pending.partition, pending.record.offset), outcome);
        }
    }

    /// Drops what waits. It stays open in the window, so the next owner finds it.
    fn drop_idle_tasks(&mut self, of: &HashSet<PartitionId>) {
        let idle: Vec<u64> = self
            .tasks
            .iter()
            .filter(|(_, task)| of.contains(&task.partition) && !matches!(task.phase, Phase::InAir { .. }))
            .map(|(token, _)| *token)
            .collect();
        for token in idle {
            self.remove_task(token);
        }
        self.ready.retain(|token| self.tasks.contains_key(token));
        self.suspects.retain(|suspect| self.tasks.contains_key(&suspect.token));
    }
}
