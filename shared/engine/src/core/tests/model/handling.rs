//! Records that are fetched, and handlers that start and end.

use super::books::Law;
use super::broker::{At, Broker, Copy, Place, Who};
use super::replica::{Flight, Replica};
use super::setup::{Ending, Sabotage, Setup};
use super::world::World;
use crate::core::{Dispatch, Epoch, PartitionId};
use std::sync::Arc;

impl World {
    pub(super) fn deliver(&mut self, who: Who, id: PartitionId) {
        let now = self.now();
        let broker = Arc::clone(&self.broker);
        let replica = self.replica(who);
        let Some(fetching) = replica.fetching.get_mut(&id) else { return };
        let Some((offset, place)) = next_record(&broker, id, fetching.next) else { return };
        fetching.next = offset + 1;
        let epoch = fetching.epoch;
        replica.core.delivered(place.record(id, offset), epoch, now);
    }

    pub(super) fn deliver_late(&mut self, who: Who, id: PartitionId, setup: &Setup) {
        let now = self.now();
        let broker = Arc::clone(&self.broker);
        let replica = self.replica(who);
        let Some(late) = replica.late.remove(&id) else { return };
        let Some((offset, place)) = next_record(&broker, id, late.next) else { return };
        let current = replica.fetching.get(&id).map(|fetching| fetching.epoch);
        let epoch = current.filter(|_| setup.breaks(Sabotage::EpochlessFetch)).unwrap_or(late.epoch);
        replica.core.delivered(place.record(id, offset), epoch, now);
    }

    pub(super) fn reach_end(&mut self, who: Who, id: PartitionId) {
        let end = i64::try_from(self.broker.logs[&id].len()).unwrap();
        let replica = self.replica(who);
        let Some(fetching) = replica.fetching.get_mut(&id) else { return };
        fetching.next = end;
        let epoch = fetching.epoch;
        replica.core.reached_end(id, epoch, end);
    }

    pub(super) fn finish(&mut self, who: Who, (id, offset): At, epoch: Epoch, ending: Ending, setup: &Setup) {
        let now = self.now();
        if !matches!(ending, Ending::Done | Ending::LeaseLost) {
            self.endings -= 1;
        }
        let replica = self.replica(who);
        let found = replica.air.iter().position(|one| (one.id, one.offset, one.epoch) == (id, offset, epoch));
        let Flight { token, .. } = replica.air.swap_remove(found.unwrap());
        replica.air.sort_by_key(|one| (one.id, one.offset, one.epoch));
        if ending.is_answer() {
            replica.answered.insert((id, offset));
        }
        let told = if setup.breaks(Sabotage::AnswerDropped) { Ending::LeaseLost } else { ending };
        replica.core.finished(token, told.outcome(), 1, now);
    }
}

/// The first record at or above an offset.
fn next_record(broker: &Broker, id: PartitionId, from: i64) -> Option<(i64, Copy)> {
    let log = broker.logs.get(&id)?;
    (0_i64..).zip(log).skip(usize::try_from(from).ok()?).find_map(|(offset, place)| match place {
        Place::Record(copy) => Some((offset, copy.clone())),
        Place::Gap => None,
    })
}

impl Replica {
    pub(super) fn set_paused(&mut self, id: PartitionId, paused: bool) {
        if let Some(fetching) = self.fetching.get_mut(&id) {
            fetching.paused = paused;
        }
    }

    pub(super) fn start_handler(&mut self, dispatch: &Dispatch) -> Result<(), Law> {
        let Dispatch { token, partition: id, epoch, .. } = *dispatch;
        let offset = self.core.tasks[&token].record.offset;
        self.air.push(Flight { token, id, epoch, offset });
        self.air.sort_by_key(|one| (one.id, one.offset, one.epoch));
        if self.paused {
            return Err(Law::Pause);
        }
        if self.revoked.contains(&id) {
            return Err(Law::Drain);
        }
        // Without its lease the handler ends before it has an effect.
        let leased = self.ownership.get(&id) == Some(&epoch);
        if leased && self.answered.contains(&(id, offset)) { Err(Law::OncePaid) } else { Ok(()) }
    }
}
