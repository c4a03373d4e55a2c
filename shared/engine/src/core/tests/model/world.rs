//! A state of the world, and what each step makes of it.
//!
//! The shell around the core is modelled as `shared/stream` does it: one queue of events, a committer of its own, a
//! fetcher that is told what to fetch, and an ownership that the rebalance callbacks write ahead of the queue.

use super::books::Law;
use super::broker::{At, Broker, Who};
use super::replica::{Committer, Reader, Replica};
use super::setup::{Ending, Sabotage, Setup};
use crate::core::{Effect, Epoch, PartitionId};
use crate::record::Now;
use contract::State;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) broker: Arc<Broker>,
    pub(super) replicas: Vec<Arc<Replica>>,
    /// Since the beginning, in milliseconds on every steady clock, and on the broker's.
    pub(super) passed_ms: u64,
    /// What the wall clocks of the replicas are off by.
    pub(super) skew_ms: i64,
    pub(super) faults: u8,
    pub(super) endings: u8,
    pub(super) clocks: u8,
    /// The law that was broken on the way here.
    pub(super) breach: Option<Law>,
    /// Of the broker and of each replica, so that a step takes only those of what it changed.
    pub(super) prints: Vec<u64>,
}

/// What can happen next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// The loop takes the next event from its queue.
    Hear(Who),
    HearEnd(Who),
    Deliver(Who, PartitionId),
    DeliverLate(Who, PartitionId),
    ReachEnd(Who, PartitionId),
    Finish(Who, At, Epoch, Ending),
    Produce(Who),
    Refuse(Who, At),
    SendOffsets(Who),
    End(Who, How),
    Resolve(Who),
    /// A request to commit that was late reaches the coordinator.
    Arrive,
    Assign(Who, PartitionId),
    Revoke(Who, PartitionId),
    Expel(Who),
    /// The replica notices that it was thrown out.
    Notice(Who),
    Crash(Who),
    Restart(Who),
    TimeOut(Who),
    ReadStatus(Who, i32),
    /// A later stage ends the run in a dead letter.
    DieDownstream,
    /// Somebody pauses the stage (`true`) or resumes it.
    Control(bool),
    /// The replica reads what was said last.
    HearControl(Who),
    Pass(u64, i64),
}

/// How the request to commit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Clean,
    Aborted,
    RequestLost,
    AnswerLost,
    RequestLate,
    /// The first request is late, the client's second one commits.
    RepeatedOverLate,
}

const START_MS: u64 = 1_000_000;

impl World {
    pub(super) fn new(setup: &Setup) -> Self {
        let mut broker = Broker::new(setup);
        let replicas = (0..setup.replicas).map(|who| Arc::new(Replica::start(setup, &mut broker, who))).collect();
        let mut world = Self {
            broker: Arc::new(broker),
            replicas,
            passed_ms: 0,
            skew_ms: 0,
            faults: setup.fault_budget,
            endings: setup.ending_budget,
            clocks: setup.clock_budget,
            breach: None,
            prints: vec![0; setup.replicas + 1],
        };
        for (id, _) in &setup.logs {
            world.step(setup, &Action::Assign(0, *id));
            world.step(setup, &Action::Hear(0));
        }
        world.print_where(|_| true);
        world
    }

    /// The world after one more step.
    pub(super) fn after(&self, setup: &Setup, action: &Action) -> Self {
        let mut next = self.clone();
        next.step(setup, action);
        let same_broker = Arc::ptr_eq(&self.broker, &next.broker);
        let same: Vec<bool> =
            self.replicas.iter().zip(&next.replicas).map(|(old, new)| Arc::ptr_eq(old, new)).collect();
        next.print_where(|at| !if at == 0 { same_broker } else { same[at - 1] });
        next
    }

    pub(super) fn now(&self) -> Now {
        let steady_ms = START_MS + self.passed_ms;
        Now { steady_ms, wall_ms: self.broker_ms() + self.skew_ms }
    }

    pub(super) fn broker_ms(&self) -> i64 {
        i64::try_from(START_MS + self.passed_ms).unwrap()
    }

    pub(super) fn replica(&mut self, who: Who) -> &mut Replica {
        Arc::make_mut(&mut self.replicas[who])
    }

    pub(super) fn broker(&mut self) -> &mut Broker {
        Arc::make_mut(&mut self.broker)
    }

    pub(super) fn hold_to(&mut self, checked: Result<(), Law>) {
        self.breach = self.breach.or(checked.err());
    }

    pub(super) fn step(&mut self, setup: &Setup, action: &Action) {
        match action {
            Action::Hear(who) => self.hear(*who, setup),
            Action::HearEnd(who) => self.hear_end(*who, setup),
            Action::Deliver(who, id) => self.deliver(*who, *id),
            Action::DeliverLate(who, id) => self.deliver_late(*who, *id, setup),
            Action::ReachEnd(who, id) => self.reach_end(*who, *id),
            Action::Finish(who, at, epoch, ending) => self.finish(*who, *at, *epoch, *ending, setup),
            Action::Produce(who) => self.produce(*who, setup),
            Action::Refuse(who, at) => self.refuse(*who, *at),
            Action::SendOffsets(who) => self.send_offsets(*who),
            Action::End(who, how) => self.end(*who, *how, setup),
            Action::Resolve(who) => self.resolve(*who, setup),
            Action::Arrive => self.arrive(setup),
            Action::Assign(who, id) => self.assign(*who, *id),
            Action::Revoke(who, id) => self.revoke(*who, *id),
            Action::Expel(who) => self.expel(*who),
            Action::Notice(who) => self.notice(*who),
            Action::Crash(who) => self.crash(*who, setup),
            Action::Restart(who) => self.restart(*who, setup),
            Action::TimeOut(who) => self.time_out(*who),
            Action::ReadStatus(who, partition) => self.read_status(*who, *partition, setup),
            Action::DieDownstream => self.die_downstream(),
            Action::Control(paused) => self.control(*paused),
            Action::HearControl(who) => self.hear_control(*who, setup),
            Action::Pass(steady, wall) => self.pass(*steady, *wall),
        }
        (0..self.replicas.len()).filter(|who| action.wakes(*who)).for_each(|who| self.turn(who, setup));
    }

    /// Carries out what the core wants until it wants nothing more.
    fn turn(&mut self, who: Who, setup: &Setup) {
        let now = self.now();
        if !self.replicas[who].alive {
            return;
        }
        loop {
            let effects = self.replica(who).core.effects(now);
            if effects.is_empty() {
                return;
            }
            effects.into_iter().for_each(|effect| self.carry_out(who, effect, setup));
        }
    }

    fn carry_out(&mut self, who: Who, effect: Effect, setup: &Setup) {
        let replica = Arc::make_mut(&mut self.replicas[who]);
        match effect {
            Effect::Dispatch(dispatch) => {
                let checked = replica.start_handler(&dispatch);
                self.hold_to(checked);
            }
            Effect::Commit(batch) => {
                let heard = |id, epoch| replica.fetching.get(&id).is_some_and(|fetching| fetching.epoch == epoch);
                if !batch.offsets.iter().all(|one| heard(one.partition, one.epoch)) {
                    self.breach = self.breach.or(Some(Law::Ownership));
                }
                replica.committer = Committer::Taken(batch);
            }
            Effect::Pause(id) => replica.set_paused(id, true),
            Effect::Resume(id) => replica.set_paused(id, false),
            Effect::RestoreStatus(partition, epoch) => {
                replica.readers.insert(partition, Reader { epoch, ..Reader::default() });
            }
            Effect::ReadStatus(partition) => {
                if let Some(reader) = replica.readers.get_mut(&partition) {
                    reader.asked = true;
                }
            }
            Effect::Unassign(source, partitions) => self.give_up(who, source, &partitions, setup),
            Effect::Settled(..) | Effect::Permit { .. } => {}
        }
    }

    fn pass(&mut self, steady: u64, wall: i64) {
        self.clocks -= 1;
        self.passed_ms += steady;
        self.skew_ms += wall;
    }

    fn control(&mut self, paused: bool) {
        self.faults -= u8::from(paused);
        self.broker().paused = paused;
    }

    fn hear_control(&mut self, who: Who, setup: &Setup) {
        let (now, paused) = (self.now(), self.broker.paused);
        let replica = self.replica(who);
        replica.paused = paused;
        if paused || !setup.breaks(Sabotage::ResumeUnsaid) {
            replica.core.paused(paused, now);
        }
    }

    fn die_downstream(&mut self) {
        self.faults -= 1;
        if let Some((run, _)) = self.broker.statuses.last().copied() {
            self.broker().statuses.push((run, State::Dead));
        }
    }
}

impl Action {
    /// Whether the replica's loop turns after it.
    fn wakes(&self, replica: Who) -> bool {
        match self {
            Self::Hear(who)
            | Self::HearEnd(who)
            | Self::Deliver(who, _)
            | Self::DeliverLate(who, _)
            | Self::ReachEnd(who, _)
            | Self::HearControl(who)
            | Self::Finish(who, ..) => *who == replica,
            Self::Pass(..) => true,
            _ => false,
        }
    }
}
