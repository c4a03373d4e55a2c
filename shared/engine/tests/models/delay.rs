//! The delay queue against a list.

use engine::delay::DelayQueue;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Push(i64),
    /// The clock may step backwards between two of them.
    Pop(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![3 => (0_i64..50).prop_map(Step::Push), 4 => (0_i64..60).prop_map(Step::Pop)];
    prop::collection::vec(step, 0..200)
}

proptest! {
    #[test]
    fn whatever_is_due_comes_out_first_due_first_and_first_in_among_equals(steps in steps()) {
        let mut queue = DelayQueue::new();
        let mut list: Vec<(i64, usize)> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Push(due) => {
                    // Numbers fall, so that an order by item instead of by arrival shows.
                    queue.push(due, usize::MAX - number);
                    list.push((due, usize::MAX - number));
                }
                Step::Pop(now) => {
                    let first = list.iter().filter(|(due, _)| *due <= now).map(|(due, _)| *due).min();
                    let at = first.and_then(|first| list.iter().position(|(due, _)| *due == first));
                    prop_assert_eq!(queue.pop_due(now), at.map(|at| list.remove(at).1));
                }
            }
            prop_assert_eq!(queue.next_due(), list.iter().map(|(due, _)| *due).min());
        }
    }
}
