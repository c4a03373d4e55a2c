//! Random interleavings of everything that can happen to one partition, against a model of the broker: whatever the
//! order of results, aborts, doubts, losses and crashes, every record is settled exactly once in what the broker has.

use super::rig::{MAIN, Rig, done, record};
use crate::core::{Batch, CommitOutcome, Committed};
use crate::offset_map;
use contract::Stage;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// How many records the partition holds.
const LOG: i64 = 12;

#[derive(Debug, Clone)]
enum Step {
    Deliver,
    Finish(prop::sample::Index),
    Commit,
    Abort,
    /// The outcome is in doubt; whether the broker had committed.
    Doubt(bool),
    /// Another member takes the partition and gives it back untouched.
    Lose,
    Crash,
    /// Somebody pauses the stage, or resumes it.
    Pause(bool),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Deliver),
        4 => any::<prop::sample::Index>().prop_map(Step::Finish),
        3 => Just(Step::Commit),
        1 => Just(Step::Abort),
        1 => any::<bool>().prop_map(Step::Doubt),
        1 => Just(Step::Lose),
        1 => Just(Step::Crash),
        1 => any::<bool>().prop_map(Step::Pause),
        1 => (1_u64..6000).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 0..80)
}

/// What the broker holds: the committed offset with its metadata, and how often each record was forwarded.
#[derive(Default)]
struct Broker {
    position: i64,
    metadata: String,
    forwarded: BTreeMap<String, u32>,
}

impl Broker {
    fn apply(&mut self, batch: &Batch) {
        for (_, output) in batch.outputs().filter(|(_, output)| &*output.topic == "invoices.post-to-zoho") {
            *self.forwarded.entry(output.key.clone()).or_default() += 1;
        }
        for offset in &batch.offsets {
            assert!(offset.position >= self.position, "a commit went backwards");
            self.position = offset.position;
            self.metadata.clone_from(&offset.metadata);
        }
    }

    fn committed(&self) -> CommitOutcome {
        let finished = offset_map::decode(self.position, &self.metadata).unwrap();
        CommitOutcome::Resolved(HashMap::from([(MAIN, Committed { position: self.position, finished })]))
    }
}

struct World {
    rig: Rig,
    broker: Broker,
    epoch: u64,
    next: i64,
    paused: bool,
}

impl World {
    fn new() -> Self {
        let mut world =
            Self { rig: Rig::new(Stage::LlmStructure), broker: Broker::default(), epoch: 0, next: 0, paused: false };
        world.reassign();
        world
    }

    fn reassign(&mut self) {
        self.epoch += 1;
        self.next = self.broker.position;
        let metadata = self.broker.metadata.clone();
        self.rig.assign(MAIN, self.epoch, self.broker.position, &metadata);
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Deliver if self.next < LOG => {
                let record = record(&self.rig, self.next);
                self.rig.deliver(MAIN, self.epoch, record);
                self.next += 1;
            }
            Step::Finish(index) if !self.rig.dispatched.is_empty() => {
                let index = index.index(self.rig.dispatched.len());
                let token = self.rig.dispatched.swap_remove(index).token;
                self.rig.finish(token, done());
            }
            Step::Commit => self.end(true, CommitOutcome::Committed),
            Step::Abort => self.end(false, CommitOutcome::Aborted),
            Step::Doubt(committed) if !self.rig.batches.is_empty() => {
                if *committed {
                    self.broker.apply(&self.rig.batches[0]);
                }
                let outcome = self.broker.committed();
                self.rig.end_commit(outcome);
            }
            Step::Lose => {
                self.rig.core.lost(crate::record::Source::Main, &[0]);
                // The gate refuses a transaction of a lost partition.
                self.end(false, CommitOutcome::Aborted);
                self.reassign();
            }
            Step::Crash => {
                self.rig = Rig::new(Stage::LlmStructure);
                self.rig.core.paused(self.paused, self.rig.now);
                self.reassign();
            }
            Step::Pause(paused) => self.pause(*paused),
            Step::Pass(ms) => self.rig.pass(*ms),
            Step::Deliver | Step::Finish(_) | Step::Doubt(_) => {}
        }
    }

    fn pause(&mut self, paused: bool) {
        self.paused = paused;
        self.rig.core.paused(paused, self.rig.now);
        self.rig.turn();
    }

    fn end(&mut self, committed: bool, outcome: CommitOutcome) {
        if let Some(batch) = self.rig.batches.first() {
            if committed {
                self.broker.apply(batch);
            }
            self.rig.end_commit(outcome);
        }
    }

    fn run_to_the_end(&mut self) {
        for _ in 0..LOG * 4 {
            self.step(&Step::Deliver);
            while !self.rig.dispatched.is_empty() {
                let token = self.rig.dispatched.remove(0).token;
                self.rig.finish(token, done());
            }
            self.step(&Step::Commit);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_is_settled_exactly_once_whatever_happens(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            let (in_air, was_paused) = (world.rig.dispatched.len(), world.paused);
            world.step(step);
            let crashed = matches!(step, Step::Crash);
            prop_assert!(!(was_paused && world.paused) || crashed || world.rig.dispatched.len() <= in_air, "started");
        }
        world.pause(false);
        world.run_to_the_end();
        prop_assert_eq!(world.broker.position, LOG);
        for offset in 0..LOG {
            prop_assert_eq!(world.broker.forwarded.get(&format!("invoice-{offset}")), Some(&1), "offset {}", offset);
        }
    }
}
