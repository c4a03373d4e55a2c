//! Carries out the strikes when they are due, undoes each when it has lasted, and counts what really hit.

use super::fleet::{Fleet, Member};
use super::strikes::Strike;
use super::watch::Seen;
use contract::{InvoiceId, Stage};
use local::proxy::{Cut, Reach, Trap};
use local::{Broker, Proxy};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often a trap is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What hit, and what it put at risk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hits {
    /// `kill -9` of services and broker.
    pub kills: usize,
    /// SIGSTOP of services and broker.
    pub stops: usize,
    /// Transactions that were cut.
    pub cuts: usize,
    /// Answers of the language model that were in the air, or not yet used by a committed settlement, when something
    /// hit its stage, the broker or the network, and when one of the latter came back.
    pub answers_at_risk: u64,
}

pub(super) struct Director {
    pub(super) fleet: Fleet,
    pub(super) hits: Hits,
    /// What was done, for whoever reads the logs.
    pub(super) story: Vec<String>,
    broker: Arc<Mutex<Broker>>,
    proxy: Arc<Proxy>,
    seen: watch::Receiver<Seen>,
    due: BTreeMap<(Duration, usize), Turn>,
    turns: usize,
}

/// The beginning of a strike, or its end.
#[derive(Debug, Clone)]
enum Turn {
    Strike(Strike),
    Restart(Member),
    Thaw(Member),
    RestartBroker,
    /// Is it back by now?
    AwaitBroker(Arc<AtomicBool>),
    ThawBroker,
    /// Has anybody come into the trap by now?
    Look {
        trap: Trap,
        outage: Duration,
        until: Duration,
    },
    Heal(Trap),
    Flow,
    Return(u64),
}

impl Director {
    pub(super) fn new(
        fleet: Fleet,
        broker: Arc<Mutex<Broker>>,
        proxy: Arc<Proxy>,
        seen: watch::Receiver<Seen>,
        strikes: Vec<(Duration, Strike)>,
    ) -> Self {
        let mut director = Self {
            fleet,
            hits: Hits::default(),
            story: Vec::new(),
            broker,
            proxy,
            seen,
            due: BTreeMap::new(),
            turns: 0,
        };
        for (at, strike) in strikes {
            director.plan(at, Turn::Strike(strike));
        }
        director
    }

    /// Blocks until the last strike is over and everything runs again.
    pub(super) fn run(&mut self, began: Instant) {
        while let Some(((at, _), turn)) = self.due.pop_first() {
            thread::sleep(at.saturating_sub(began.elapsed()));
            if !matches!(turn, Turn::Look { .. } | Turn::AwaitBroker(_)) {
                self.story.push(format!("{:6.2} s  {turn:?}", began.elapsed().as_secs_f64()));
            }
            self.carry_out(turn, began.elapsed());
        }
    }

    fn plan(&mut self, at: Duration, turn: Turn) {
        self.turns += 1;
        self.due.insert((at, self.turns), turn);
    }

    fn carry_out(&mut self, turn: Turn, now: Duration) {
        match turn {
            Turn::Strike(strike) => self.strike(strike, now),
            Turn::Restart(member) => self.fleet.restart(member),
            Turn::Thaw(member) => self.fleet.thaw(member),
            Turn::RestartBroker => {
                let (broker, back) = (Arc::clone(&self.broker), Arc::new(AtomicBool::new(false)));
                self.plan(now + LOOK, Turn::AwaitBroker(Arc::clone(&back)));
                // It answers after seconds; meanwhile the next strikes fall.
                thread::spawn(move || {
                    lock(&broker).restart().expect("the broker starts again");
                    back.store(true, Ordering::Relaxed);
                });
            }
            // What was answered while it was away is lost with the partitions of those whose session ended meanwhile.
            Turn::AwaitBroker(back) if back.load(Ordering::Relaxed) => self.risk(),
            Turn::AwaitBroker(back) => self.plan(now + LOOK, Turn::AwaitBroker(back)),
            Turn::ThawBroker => {
                self.risk();
                lock(&self.broker).process().resume().expect("the broker can be continued");
            }
            Turn::Look { trap, outage, until } => self.look(trap, outage, until, now),
            Turn::Heal(trap) => self.heal(&trap),
            Turn::Flow => {
                self.risk();
                self.proxy.pause(false);
            }
            Turn::Return(fault) => self.fleet.world.sandbox.clear_fault(fault),
        }
    }

    fn strike(&mut self, strike: Strike, now: Duration) {
        match strike {
            Strike::Kill { stage, replica, down } => {
                let Some(member) = self.choose(stage, replica) else { return };
                self.hits.kills += 1;
                self.halt(member);
                self.fleet.kill(member);
                self.plan(now + down, Turn::Restart(member));
            }
            Strike::Freeze { stage, replica, lasts } => {
                let Some(member) = self.choose(stage, replica) else { return };
                self.hits.stops += 1;
                self.halt(member);
                self.plan(now + lasts, Turn::Thaw(member));
            }
            Strike::KillBroker { down } => {
                self.risk();
                self.hits.kills += 1;
                lock(&self.broker).kill().expect("the broker can be killed");
                self.plan(now + down, Turn::RestartBroker);
            }
            Strike::FreezeBroker { lasts } => {
                self.risk();
                self.hits.stops += 1;
                lock(&self.broker).process().pause().expect("the broker can be stopped");
                self.plan(now + lasts, Turn::ThawBroker);
            }
            Strike::Cut { trap, outage, patience } => {
                self.proxy.trap(trap.clone());
                self.look(trap, outage, now + patience, now);
            }
            Strike::Pause { lasts } => {
                self.risk();
                self.proxy.pause(true);
                self.plan(now + lasts, Turn::Flow);
            }
            Strike::Outage { fault, lasts } => {
                let fault = self.fleet.world.sandbox.fault(&fault);
                self.plan(now + lasts, Turn::Return(fault));
            }
            Strike::Scale { stage, to } => self.fleet.scale(stage, to),
        }
    }

    /// A replica to strike.
    fn choose(&mut self, stage: Stage, number: usize) -> Option<Member> {
        let member = self.fleet.choose(stage, number);
        if member.is_none() {
            self.story.push(format!("          nobody of {stage} is there to be hit"));
        }
        member
    }

    /// Stops a replica, and counts what that puts at risk while it stands still: it would go on meanwhile.
    fn halt(&mut self, member: Member) {
        self.fleet.freeze(member);
        if member.0 == Stage::LlmStructure {
            self.risk();
        }
    }

    /// The outage lasts from the moment when the trap springs; a trap that nobody comes into is taken away.
    fn look(&mut self, trap: Trap, outage: Duration, until: Duration, now: Duration) {
        // In one step when the patience is over: a trap that sprang after a last look would stay for ever.
        let sprung = if now < until { self.proxy.has_sprung() } else { self.proxy.disarm() };
        if sprung {
            self.hits.cuts += 1;
            self.plan(now + outage, Turn::Heal(trap));
        } else if now < until {
            self.plan(now + LOOK, Turn::Look { trap, outage, until });
        } else {
            self.story.push("          nobody came into the trap".to_owned());
        }
    }

    /// The network comes back; a request that was under way all the time arrives now.
    fn heal(&mut self, trap: &Trap) {
        if trap.reach == Reach::Everyone {
            self.risk();
        }
        self.proxy.restore();
        if trap.cut == Cut::RequestLate {
            let proxy = Arc::clone(&self.proxy);
            // The broker may be dead, then it does not arrive; there is nobody to tell.
            thread::spawn(move || proxy.release().ok());
        }
    }

    /// Counts what would be paid again if it were lost now: calls in the air, and answers that no committed settlement
    /// of their invoice has used.
    fn risk(&mut self) {
        let calls = self.fleet.world.sandbox.calls();
        let in_air = calls["llm"]["in_air"].as_u64().unwrap_or(0);
        let answers = calls["llm"]["answers_completed"].as_object().cloned().unwrap_or_default();
        let seen = self.seen.borrow();
        let used = |id: &str| id.parse().ok().and_then(|id: InvoiceId| seen.used.get(&id).copied()).unwrap_or(0);
        let unused = |(id, count): (&String, &Value)| count.as_u64().unwrap_or(0).saturating_sub(used(id));
        self.hits.answers_at_risk += in_air + answers.iter().map(unused).sum::<u64>();
    }
}

fn lock(broker: &Mutex<Broker>) -> MutexGuard<'_, Broker> {
    broker.lock().unwrap_or_else(PoisonError::into_inner)
}
