//! Which steps are possible in a state of the world.

use super::broker::{Place, Who};
use super::replica::{Committer, Flight, Replica};
use super::setup::{Ending, Fault, Sabotage, Setup};
use super::world::{Action, How, World};
use crate::core::PartitionId;
use contract::State;

impl World {
    /// Everything that can happen next, faults included.
    pub(super) fn enabled(&self, setup: &Setup) -> Vec<Action> {
        if self.breach.is_some() {
            return Vec::new();
        }
        let mut actions = self.progress(setup);
        let may = |fault| self.faults > 0 && setup.faults.contains(&fault);
        for (who, replica) in self.replicas.iter().enumerate() {
            if replica.alive {
                actions.extend(self.faults_of(who, replica, &may));
                actions.extend(self.failures_of(who, replica, setup));
            }
        }
        if may(Fault::DiesDownstream) && self.broker.statuses.last().is_some_and(|(_, state)| *state == State::Running)
        {
            actions.push(Action::DieDownstream);
        }
        if may(Fault::Pause) && !self.broker.paused {
            actions.push(Action::Control(true));
        }
        if self.clocks > 0 {
            actions.extend(setup.clocks.iter().map(|(steady, wall)| Action::Pass(*steady, *wall)));
        }
        actions
    }

    /// What happens by itself, without any fault.
    pub(super) fn progress(&self, setup: &Setup) -> Vec<Action> {
        let mut actions = Vec::new();
        for (who, replica) in self.replicas.iter().enumerate() {
            if replica.alive {
                actions.extend(self.progress_of(who, replica));
            } else {
                actions.push(Action::Restart(who));
                actions.extend(self.broker.producers[who].open.is_some().then_some(Action::TimeOut(who)));
            }
        }
        actions.extend(self.broker.wandering.map(|_| Action::Arrive));
        actions.extend(self.broker.paused.then_some(Action::Control(false)));
        let unowned = self.broker.logs.keys().filter(|id| !self.broker.owners.contains_key(id));
        for id in unowned.filter(|id| setup.breaks(Sabotage::UnstableReads) || !self.broker.is_unstable(**id)) {
            let able = |who: &Who| self.replicas[*who].alive && !self.replicas[*who].expelled;
            actions.extend((0..self.replicas.len()).filter(able).map(|who| Action::Assign(who, *id)));
        }
        actions
    }

    fn progress_of(&self, who: Who, replica: &Replica) -> Vec<Action> {
        let mut actions = Vec::new();
        actions.extend((!replica.queue.is_empty()).then_some(Action::Hear(who)));
        actions.extend(replica.expelled.then_some(Action::Notice(who)));
        actions.extend((replica.paused != self.broker.paused).then_some(Action::HearControl(who)));
        actions.extend(match &replica.committer {
            Committer::Idle => None,
            Committer::Taken(_) => Some(Action::Produce(who)),
            Committer::Produced(..) => Some(Action::SendOffsets(who)),
            Committer::Prepared(_) => Some(Action::End(who, How::Clean)),
            Committer::Doubtful(_) => Some(Action::Resolve(who)),
            Committer::Ended(_) => Some(Action::HearEnd(who)),
        });
        for (id, fetching) in replica.fetching.iter().filter(|(_, fetching)| !fetching.paused) {
            let log = &self.broker.logs[id];
            let rest = &log[usize::try_from(fetching.next).unwrap().min(log.len())..];
            if rest.iter().any(|place| matches!(place, Place::Record(_))) {
                actions.push(Action::Deliver(who, *id));
            } else if !rest.is_empty() {
                actions.push(Action::ReachEnd(who, *id));
            }
        }
        actions.extend(replica.late.keys().map(|id| Action::DeliverLate(who, *id)));
        let ends = |one: &Flight| Action::Finish(who, (one.id, one.offset), one.epoch, Ending::Done);
        actions.extend(replica.air.iter().map(ends));
        for (partition, reader) in &replica.readers {
            if reader.next < self.broker.statuses.len() || !reader.restored || reader.asked {
                actions.push(Action::ReadStatus(who, *partition));
            }
        }
        actions
    }

    fn faults_of(&self, who: Who, replica: &Replica, may: &impl Fn(Fault) -> bool) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut add = |possible: bool, action: Action| actions.extend(possible.then_some(action));
        add(may(Fault::Crash), Action::Crash(who));
        let owned = |id: &PartitionId| self.broker.is_owner(who, *id);
        add(may(Fault::Expel) && replica.ownership.keys().any(owned), Action::Expel(who));
        add(may(Fault::TimeOut) && self.broker.producers[who].open.is_some(), Action::TimeOut(who));
        for id in replica.ownership.keys().filter(|id| owned(id) && may(Fault::Revoke) && replica.may_be_revoked(**id))
        {
            add(true, Action::Revoke(who, *id));
        }
        match &replica.committer {
            Committer::Taken(batch) if may(Fault::Refuse) => {
                let refused = |one: &crate::core::Pending| Action::Refuse(who, (one.partition, one.record.offset));
                batch.pending.iter().for_each(|one| add(true, refused(one)));
            }
            Committer::Prepared(_) => {
                add(may(Fault::Abort), Action::End(who, How::Aborted));
                add(may(Fault::Doubt), Action::End(who, How::RequestLost));
                add(may(Fault::Doubt), Action::End(who, How::AnswerLost));
                let late = may(Fault::LateRequest) && self.broker.wandering.is_none();
                add(late, Action::End(who, How::RequestLate));
                add(late, Action::End(who, How::RepeatedOverLate));
            }
            _ => {}
        }
        actions
    }

    fn failures_of(&self, who: Who, replica: &Replica, setup: &Setup) -> Vec<Action> {
        let mut actions = Vec::new();
        for one in &replica.air {
            let end = |ending| Action::Finish(who, (one.id, one.offset), one.epoch, ending);
            if self.endings > 0 {
                actions.extend(setup.endings.iter().copied().map(end));
            }
            if replica.ownership.get(&one.id) != Some(&one.epoch) {
                actions.push(end(Ending::LeaseLost));
            }
        }
        actions
    }

    /// Nothing is under way, and nothing waits but for time.
    pub(super) fn is_at_rest(&self) -> bool {
        self.replicas.iter().all(|replica| matches!(replica.committer, Committer::Idle) && replica.air.is_empty())
    }
}

impl Replica {
    /// A group asks again only when it was answered.
    fn may_be_revoked(&self, id: PartitionId) -> bool {
        !self.unanswered.contains(&id)
    }
}
