//! Partitions coming and going, and what the loop hears of it.

use super::broker::Who;
use super::replica::{Fetching, Heard, Replica, index};
use super::setup::{Fault, Sabotage, Setup};
use super::world::World;
use crate::core::{Epoch, PartitionId};
use crate::record::Source;
use contract::{InvoiceId, Stage, State, Status};
use std::sync::Arc;

impl World {
    /// The group gives the partition to the replica, whose callback reads the committed position.
    pub(super) fn assign(&mut self, who: Who, id: PartitionId) {
        let (position, metadata) = self.broker.committed[&id].clone();
        let epoch = self.replica(who).own(id);
        self.broker().owners.insert(id, (who, epoch));
        self.next_generation(id.0, Some(who));
        self.replica(who).queue.push_back(Heard::Assigned { id, epoch, position, metadata });
    }

    pub(super) fn expel(&mut self, who: Who) {
        self.faults -= 1;
        self.replica(who).expelled = true;
        self.leave_groups(who);
    }

    /// The callback writes the ownership at once; the loop hears of it later.
    pub(super) fn notice(&mut self, who: Who) {
        let replica = self.replica(who);
        replica.expelled = false;
        replica.unanswered.clear();
        replica.generations = [None; 2];
        let owned: Vec<PartitionId> = std::mem::take(&mut replica.ownership).into_keys().collect();
        for source in Source::ALL {
            let partitions: Vec<i32> = owned.iter().filter(|id| id.0 == source).map(|id| id.1).collect();
            if !partitions.is_empty() {
                replica.queue.push_back(Heard::Lost(source, partitions));
            }
        }
    }

    pub(super) fn revoke(&mut self, who: Who, id: PartitionId) {
        self.faults -= 1;
        let replica = self.replica(who);
        replica.unanswered.insert(id);
        replica.queue.push_back(Heard::Revoked(id));
    }

    pub(super) fn crash(&mut self, who: Who, setup: &Setup) {
        self.faults -= 1;
        self.replicas[who] = Arc::new(Replica::dead(setup, self.replicas[who].producer_epoch));
        self.leave_groups(who);
    }

    /// The coordinator aborts what the transactional id has open, and shuts its producer out.
    pub(super) fn time_out(&mut self, who: Who) {
        self.faults -= u8::from(self.replicas[who].alive);
        self.broker().initialise(who);
    }

    pub(super) fn restart(&mut self, who: Who, setup: &Setup) {
        self.replicas[who] = Arc::new(Replica::start(setup, Arc::make_mut(&mut self.broker), who));
        // A stage looks whether it is paused before anything starts.
        let (now, paused) = (self.now(), self.broker.paused);
        let replica = self.replica(who);
        replica.paused = paused;
        if !setup.breaks(Sabotage::PauseForgotten) {
            replica.core.paused(paused, now);
        }
    }

    /// The engine has drained them: the group may hand them on.
    pub(super) fn give_up(&mut self, who: Who, source: Source, partitions: &[(i32, Option<Epoch>)], setup: &Setup) {
        for (partition, epoch) in partitions {
            let id = (source, *partition);
            let replica = self.replica(who);
            if epoch.is_none_or(|epoch| replica.ownership.get(&id) == Some(&epoch)) {
                replica.ownership.remove(&id);
            }
            replica.stop_fetching(id, setup);
            if !replica.ownership.contains_key(&id) {
                self.answer(who, id);
            }
        }
    }

    pub(super) fn hear(&mut self, who: Who, setup: &Setup) {
        let now = self.now();
        let broker = Arc::clone(&self.broker);
        let replica = self.replica(who);
        match replica.queue.pop_front() {
            Some(Heard::Assigned { id, epoch, position, metadata }) => {
                replica.core.assigned(id, epoch, position, &metadata, now);
                replica.revoked.remove(&id);
                replica.fetching.insert(id, Fetching { epoch, next: position, paused: false });
            }
            Some(Heard::Revoked(id)) => {
                replica.revoked.insert(id);
                if setup.breaks(Sabotage::RevokeUnsaid) {
                    self.answer(who, id);
                } else {
                    replica.core.revoked(id.0, &[id.1], now);
                }
            }
            Some(Heard::Lost(source, partitions)) => {
                replica.core.lost(source, &partitions);
                partitions.iter().for_each(|partition| replica.stop_fetching((source, *partition), setup));
            }
            Some(Heard::StatusRead(partition, epoch, at)) => {
                let id: InvoiceId = super::setup::INVOICE.parse().unwrap();
                let (run, state) = broker.statuses[at];
                replica.core.status_read(partition, epoch, id.fingerprint(), &status(run, state));
            }
            Some(Heard::StatusEnd { partition, epoch, first: true }) => {
                replica.core.status_restored(partition, epoch, now);
            }
            Some(Heard::StatusEnd { partition, epoch, first: false }) => {
                replica.core.status_fresh(partition, epoch, now);
            }
            None => {}
        }
    }

    /// The status reader's thread reads one record on, or reports an end.
    pub(super) fn read_status(&mut self, who: Who, partition: i32, setup: &Setup) {
        let end = self.broker.statuses.len();
        let replica = self.replica(who);
        let Some(reader) = replica.readers.get_mut(&partition) else { return };
        let early = if reader.restored { Sabotage::FreshUnread } else { Sabotage::StatusUnread };
        if reader.next < end && !setup.breaks(early) {
            replica.queue.push_back(Heard::StatusRead(partition, reader.epoch, reader.next));
            reader.next += 1;
        } else {
            let first = !std::mem::replace(&mut reader.restored, true);
            reader.asked &= first;
            replica.queue.push_back(Heard::StatusEnd { partition, epoch: reader.epoch, first });
        }
    }

    /// Answers the group's revoke, if it still waits for that.
    fn answer(&mut self, who: Who, id: PartitionId) {
        let waited_for = self.replica(who).unanswered.remove(&id);
        if waited_for && self.broker.is_owner(who, id) {
            self.broker().owners.remove(&id);
            self.next_generation(id.0, None);
        }
    }

    fn leave_groups(&mut self, who: Who) {
        self.broker().owners.retain(|_, owner| owner.0 != who);
        Source::ALL.into_iter().for_each(|source| self.next_generation(source, None));
    }

    /// Every member hears of a new generation in its callback, and so does one that joins.
    fn next_generation(&mut self, source: Source, joins: Option<Who>) {
        let group = index(source);
        self.broker().generations[group] += 1;
        let generation = self.broker.generations[group];
        for who in 0..self.replicas.len() {
            let replica = &self.replicas[who];
            let member = replica.alive && !replica.expelled && replica.generations[group].is_some();
            if member || joins == Some(who) {
                self.replica(who).generations[group] = Some(generation);
            }
        }
    }
}

impl Replica {
    fn stop_fetching(&mut self, id: PartitionId, setup: &Setup) {
        if let Some(fetching) = self.fetching.remove(&id).filter(|_| setup.faults.contains(&Fault::LateFetch)) {
            self.late.insert(id, fetching);
        }
        if id.0 == Source::Main {
            self.readers.remove(&id.1);
        }
    }
}

fn status(run: u32, state: State) -> Status {
    let url_hash = contract::url::CanonicalUrl::parse(super::broker::URL).unwrap().hash();
    Status {
        run,
        stage: Stage::LlmStructure,
        state,
        attempt: 1,
        at_ms: 0,
        due_ms: None,
        code: None,
        url_hash,
        bill: None,
        cost_usd: None,
        model: None,
    }
}
