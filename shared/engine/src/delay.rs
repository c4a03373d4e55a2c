//! Records that wait for their due time without blocking those behind them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A queue ordered by due time, first in first out among equals.
#[derive(Debug, Clone)]
pub struct DelayQueue<T> {
    heap: BinaryHeap<Reverse<(i64, u64, T)>>,
    sequence: u64,
}

impl<T: Ord> DelayQueue<T> {
    #[must_use]
    pub fn new() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0 }
    }

    /// Adds an item that is due at `due_ms`.
    pub fn push(&mut self, due_ms: i64, item: T) {
        self.sequence += 1;
        self.heap.push(Reverse((due_ms, self.sequence, item)));
    }

    /// Takes the next item that is due at `now_ms`.
    pub fn pop_due(&mut self, now_ms: i64) -> Option<T> {
        if self.next_due()? > now_ms {
            return None;
        }
        self.heap.pop().map(|Reverse((_, _, item))| item)
    }

    /// When the next item is due.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        self.heap.peek().map(|Reverse((due, _, _))| *due)
    }
}

impl<T: Ord> Default for DelayQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn items_come_when_due_in_order_and_none_is_lost(dues in prop::collection::vec(0_i64..100, 0..50), now in 0_i64..100) {
            let mut queue = DelayQueue::new();
            for (index, due) in dues.iter().enumerate() {
                queue.push(*due, index);
            }
            let mut expected: Vec<usize> = (0..dues.len()).filter(|index| dues[*index] <= now).collect();
            expected.sort_by_key(|index| dues[*index]);
            let due: Vec<usize> = std::iter::from_fn(|| queue.pop_due(now)).collect();
            prop_assert_eq!(due, expected);
            prop_assert_eq!(queue.next_due(), dues.iter().copied().filter(|due| *due > now).min());
        }
    }
}
