//! The replicas of a storm, and how each of them is.

use crate::World;
use contract::Stage;
use std::collections::BTreeMap;
use std::time::Duration;

/// A replica that drains while its stage is under fire needs no longer: an attempt, a broker that comes back, and the
/// transactions.
const DRAIN: Duration = Duration::from_secs(60);

/// A replica, by its stage and its place among [`World::replicas`], which never changes.
pub(super) type Member = (Stage, usize);

#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) world: World,
    conditions: BTreeMap<Member, Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Up,
    Frozen,
    Killed,
    /// SIGTERM was sent.
    Leaving,
    Gone,
}

impl Fleet {
    /// Starts that many replicas of each stage and waits until they are ready.
    pub(super) fn start(world: World, replicas: &[(Stage, usize)]) -> Self {
        let mut fleet = Self { world, conditions: BTreeMap::new() };
        for (stage, count) in replicas {
            fleet.scale(*stage, *count);
        }
        let members: Vec<Member> = fleet.conditions.keys().copied().collect();
        for (stage, place) in members {
            fleet.world.replicas(stage)[place].wait_ready();
        }
        fleet
    }

    /// One of the stage's replicas that run now.
    pub(super) fn choose(&self, stage: Stage, number: usize) -> Option<Member> {
        let running = self.running(stage);
        running.get(number.checked_rem(running.len())?).copied()
    }

    pub(super) fn kill(&mut self, member: Member) {
        self.world.replicas(member.0)[member.1].kill9();
        self.conditions.insert(member, Condition::Killed);
    }

    pub(super) fn restart(&mut self, member: Member) {
        if self.conditions.get(&member) == Some(&Condition::Killed) {
            self.world.replicas(member.0)[member.1].restart();
            self.conditions.insert(member, Condition::Up);
        }
    }

    pub(super) fn freeze(&mut self, member: Member) {
        self.world.replicas(member.0)[member.1].process().pause().expect("a process can be stopped");
        self.conditions.insert(member, Condition::Frozen);
    }

    pub(super) fn thaw(&mut self, member: Member) {
        if self.conditions.get(&member) == Some(&Condition::Frozen) {
            self.world.replicas(member.0)[member.1].process().resume().expect("a process can be continued");
            self.conditions.insert(member, Condition::Up);
        }
    }

    /// Starts replicas, or asks the oldest ones to drain, until that many are to stay.
    pub(super) fn scale(&mut self, stage: Stage, to: usize) {
        let staying = self.staying(stage);
        for member in staying.iter().take(staying.len().saturating_sub(to)) {
            let leaves = self.leave(*member);
            self.conditions.insert(*member, leaves);
        }
        for _ in staying.len()..to {
            let place = self.world.replicas(stage).len();
            self.world.add(stage, stage.as_str());
            self.conditions.insert((stage, place), Condition::Up);
        }
    }

    /// Waits for those that drain; says which of them did not end well.
    pub(super) fn await_leaving(&mut self) -> Vec<String> {
        let leaving: Vec<Member> = self.members(|condition| condition == Condition::Leaving).collect();
        let mut wrong = Vec::new();
        for member in leaving {
            let process = self.world.replicas(member.0)[member.1].process();
            let ended = process.wait(DRAIN).expect("an end can be waited for");
            if !ended.is_some_and(|status| status.success()) {
                let name = process.name().to_owned();
                wrong.push(format!("{name} was asked to end and did not drain within {DRAIN:?}: {ended:?}"));
            }
            self.conditions.insert(member, Condition::Gone);
        }
        wrong
    }

    /// Those that should run and have ended of themselves.
    pub(super) fn deserters(&mut self) -> Vec<String> {
        let running: Vec<Member> = self.members(|condition| condition == Condition::Up).collect();
        let mut wrong = Vec::new();
        for member in running {
            let process = self.world.replicas(member.0)[member.1].process();
            if let Some(status) = process.exited() {
                wrong.push(format!("{} ended of itself: {status}", process.name()));
            }
        }
        wrong
    }

    /// Asks it to drain, if there is anybody to ask.
    fn leave(&mut self, member: Member) -> Condition {
        if self.conditions.get(&member) == Some(&Condition::Killed) {
            return Condition::Gone;
        }
        let process = self.world.replicas(member.0)[member.1].process();
        process.resume().expect("a process can be continued");
        process.request_end().expect("a process can be asked to end");
        Condition::Leaving
    }

    fn running(&self, stage: Stage) -> Vec<Member> {
        self.members(|condition| condition == Condition::Up).filter(|member| member.0 == stage).collect()
    }

    fn staying(&self, stage: Stage) -> Vec<Member> {
        let stays = |condition| matches!(condition, Condition::Up | Condition::Frozen | Condition::Killed);
        self.members(stays).filter(|member| member.0 == stage).collect()
    }

    fn members(&self, wanted: impl Fn(Condition) -> bool) -> impl Iterator<Item = Member> {
        self.conditions.iter().filter(move |(_, condition)| wanted(**condition)).map(|(member, _)| *member)
    }
}
