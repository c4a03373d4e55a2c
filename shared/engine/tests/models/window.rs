//! The offset window, and the map that it hands to its successor, against sets of offsets.

use engine::offset_map;
use engine::window::{Delivery, Window};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeSet;

const START: i64 = 100;

#[derive(Debug, Clone)]
enum Step {
    /// The next record of the log is delivered.
    Deliver,
    /// One that was delivered before is delivered again.
    Repeat(Index),
    Finish(Index),
    /// What follows the last delivered record holds no records.
    ReachEnd,
    /// Another owner begins with what was committed.
    HandOver,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Deliver),
        1 => any::<Index>().prop_map(Step::Repeat),
        6 => any::<Index>().prop_map(Step::Finish),
        1 => Just(Step::ReachEnd),
        1 => Just(Step::HandOver),
    ];
    prop::collection::vec(step, 0..120)
}

/// What is true of a partition, as sets.
struct Model {
    log: Vec<i64>,
    finished: BTreeSet<i64>,
    open: BTreeSet<i64>,
    /// One above everything this owner has seen.
    next: i64,
    /// Up to here nothing follows what was delivered; it counts once nothing is open.
    reached: i64,
}

impl Model {
    /// The lowest offset of which it is not certain that nothing is left to do.
    fn position(&self) -> i64 {
        let mut unseen = self.next;
        while self.finished.contains(&unseen) {
            unseen += 1;
        }
        self.open.first().copied().unwrap_or(unseen)
    }

    /// The record that the broker delivers next.
    fn upcoming(&self) -> Option<i64> {
        self.log.iter().copied().find(|offset| *offset >= self.next)
    }

    fn deliver(&mut self, offset: i64) -> bool {
        let is_new = offset >= self.next && !self.finished.contains(&offset);
        self.next = self.next.max(offset + 1);
        is_new && self.open.insert(offset)
    }
}

proptest! {
    #[test]
    fn nothing_open_is_ever_skipped_and_nothing_finished_is_handed_out_over_any_number_of_owners(
        gaps in prop::collection::vec(1_i64..4, 1..40),
        steps in steps(),
    ) {
        let log: Vec<i64> = gaps.iter().scan(START - 1, |at, gap| { *at += gap; Some(*at) }).collect();
        let mut model = Model { log, finished: BTreeSet::new(), open: BTreeSet::new(), next: START, reached: START };
        let mut window = Window::new(START, BTreeSet::new());
        for step in steps {
            match step {
                Step::Deliver => {
                    if let Some(offset) = model.upcoming() {
                        let processed = window.deliver(offset) == Delivery::Process;
                        prop_assert_eq!(processed, model.deliver(offset));
                    }
                }
                Step::Repeat(index) => {
                    let seen: Vec<i64> = model.log.iter().copied().filter(|offset| *offset < model.next).collect();
                    if !seen.is_empty() {
                        prop_assert_ne!(window.deliver(*index.get(&seen)), Delivery::Process);
                    }
                }
                Step::Finish(index) => {
                    let open: Vec<i64> = model.open.iter().copied().collect();
                    if !open.is_empty() {
                        let offset = *index.get(&open);
                        model.open.remove(&offset);
                        model.finished.insert(offset);
                        window.finish(offset);
                    }
                }
                Step::ReachEnd => {
                    let end = model.upcoming().unwrap_or(model.next + 2);
                    window.advance_to(end);
                    model.reached = model.reached.max(end);
                }
                Step::HandOver => {
                    let (position, metadata) = (window.position(), window.metadata());
                    window = Window::new(position, offset_map::decode(position, &metadata).unwrap());
                    model.open.clear();
                    (model.next, model.reached) = (position, position);
                }
            }
            if model.open.is_empty() {
                model.next = model.next.max(model.reached);
            }
            let above: BTreeSet<i64> = model.finished.range(model.position() + 1..).copied().collect();
            prop_assert_eq!(window.position(), model.position());
            prop_assert_eq!(offset_map::decode(window.position(), &window.metadata()), Ok(above));
            prop_assert_eq!(window.is_empty(), model.open.is_empty());
            prop_assert_eq!(window.lowest_open(), model.open.first().copied());
        }
    }
}
