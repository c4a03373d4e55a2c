//! The delivered offsets of one partition during one assignment: which are open, which are finished.
//!
//! Only delivered offsets are tracked, so the gaps that compaction and transaction markers leave are harmless.

use crate::offset_map;
use std::collections::{BTreeSet, VecDeque};

/// What to do with a delivered record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is open now.
    Process,
    /// An earlier owner of the partition finished it.
    AlreadyFinished,
    /// It was delivered before during this assignment.
    Repeated,
}

/// The offset window of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    /// Delivered offsets from the lowest open one on, in order.
    delivered: VecDeque<Slot>,
    /// One above the highest delivered offset; at first, the committed position.
    next: i64,
    /// Below this, no records follow those delivered.
    reached: i64,
    /// What an earlier owner finished at or above `next`.
    inherited: BTreeSet<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Slot {
    offset: i64,
    open: bool,
}

impl Window {
    /// Starts at the committed position with the finished offsets above it.
    #[must_use]
    pub fn new(position: i64, finished: BTreeSet<i64>) -> Self {
        let mut window = Self { delivered: VecDeque::new(), next: position, reached: position, inherited: finished };
        window.pass_inherited();
        window
    }

    /// Takes note of a delivered offset.
    pub fn deliver(&mut self, offset: i64) -> Delivery {
        if offset < self.next {
            return Delivery::Repeated;
        }
        let finished = self.inherited.contains(&offset);
        self.inherited = self.inherited.split_off(&(offset + 1));
        self.next = offset + 1;
        if !finished {
            self.delivered.push_back(Slot { offset, open: true });
            return Delivery::Process;
        }
        if self.delivered.is_empty() {
            self.pass_inherited();
        } else {
            self.delivered.push_back(Slot { offset, open: false });
        }
        Delivery::AlreadyFinished
    }

    /// Marks an offset as finished. Finishing twice changes nothing.
    pub fn finish(&mut self, offset: i64) {
        if let Ok(index) = self.delivered.binary_search_by_key(&offset, |slot| slot.offset) {
            self.delivered[index].open = false;
        }
        while self.delivered.front().is_some_and(|slot| !slot.open) {
            self.delivered.pop_front();
        }
        self.pass_inherited();
        self.pass_reached();
    }

    /// No records follow those delivered up to `end`. The position moves there as soon as nothing is open.
    pub fn advance_to(&mut self, end: i64) {
        self.reached = self.reached.max(end);
        self.pass_reached();
    }

    fn pass_reached(&mut self) {
        if self.is_empty() && self.reached > self.next {
            self.next = self.reached;
            self.inherited = self.inherited.split_off(&self.next);
            self.pass_inherited();
        }
    }

    /// The committed position itself cannot be in the map, so an empty window never stands on a finished offset.
    fn pass_inherited(&mut self) {
        while self.delivered.is_empty() && self.inherited.remove(&self.next) {
            self.next += 1;
        }
    }

    /// The offset to commit: the lowest open one, or the next to come.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.delivered.front().map_or(self.next, |slot| slot.offset)
    }

    /// The commit metadata that belongs to [`Self::position`].
    #[must_use]
    pub fn metadata(&self) -> String {
        let finished = self.delivered.iter().filter(|slot| !slot.open).map(|slot| slot.offset);
        let position = self.position();
        let reach = position + i64::from(offset_map::MAX_SPAN);
        let all =
            finished.chain(self.inherited.iter().copied()).filter(|offset| *offset > position && *offset <= reach);
        offset_map::encode(position, all)
    }

    /// How far the deliveries reach beyond the lowest open offset.
    #[must_use]
    pub fn span(&self) -> u64 {
        u64::try_from(self.next - self.position()).unwrap_or(0)
    }

    /// Whether nothing is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.delivered.is_empty()
    }

    /// The lowest open offset.
    #[must_use]
    pub fn lowest_open(&self) -> Option<i64> {
        self.delivered.front().map(|slot| slot.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn window(position: i64) -> Window {
        Window::new(position, BTreeSet::new())
    }

    #[test]
    fn the_position_is_the_lowest_open_offset() {
        let mut window = window(10);
        for offset in [10, 11, 14] {
            assert_eq!(window.deliver(offset), Delivery::Process);
        }
        window.finish(14);
        assert_eq!((window.position(), window.span()), (10, 5));
        window.finish(10);
        assert_eq!(window.position(), 11);
        window.finish(11);
        assert_eq!((window.position(), window.is_empty()), (15, true));
    }

    #[test]
    fn what_an_earlier_owner_finished_stays_in_the_map_until_it_is_passed() {
        let mut window = Window::new(10, BTreeSet::from([12, 15]));
        assert_eq!(window.deliver(10), Delivery::Process);
        window.finish(10);
        assert_eq!(offset_map::decode(window.position(), &window.metadata()), Ok(BTreeSet::from([12, 15])));
        assert_eq!(window.deliver(11), Delivery::Process);
        assert_eq!(window.deliver(12), Delivery::AlreadyFinished);
        assert_eq!(offset_map::decode(11, &window.metadata()), Ok(BTreeSet::from([12, 15])));
    }

    #[test]
    fn what_is_finished_right_at_the_position_is_passed() {
        let mut window = Window::new(10, BTreeSet::from([11, 12]));
        window.deliver(10);
        window.finish(10);
        assert_eq!((window.position(), window.metadata().as_str()), (13, ""));
    }

    #[test]
    fn an_empty_window_does_not_stand_on_a_finished_offset_after_a_finished_record() {
        let mut window = Window::new(10, BTreeSet::from([12, 13]));
        window.deliver(10);
        window.finish(10);
        assert_eq!(window.deliver(12), Delivery::AlreadyFinished);
        assert_eq!(window.position(), 14, "13 as the position would be open again");
    }

    #[test]
    fn a_window_moves_past_transaction_markers_as_soon_as_nothing_is_open() {
        let mut window = window(3);
        window.deliver(3);
        window.advance_to(9);
        assert_eq!(window.position(), 3);
        window.finish(3);
        assert_eq!(window.position(), 9);
        window.advance_to(5);
        assert_eq!(window.position(), 9);
    }

    proptest! {
        /// Against a naive model: sets of all delivered and all finished offsets. A crash at any point, a restart
        /// from position and map, and the deliveries after it never skip an open offset nor repeat a finished one.
        #[test]
        fn a_successor_repeats_exactly_what_is_open(
            gaps in prop::collection::vec(1_i64..4, 1..60),
            finish in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
            crash_after in any::<prop::sample::Index>(),
        ) {
            let log: Vec<i64> = gaps.iter().scan(100, |at, gap| { *at += gap; Some(*at) }).collect();
            let delivered = &log[..=crash_after.index(log.len())];
            let mut window = window(100);
            for offset in delivered {
                prop_assert_eq!(window.deliver(*offset), Delivery::Process);
            }
            let mut done = BTreeSet::new();
            for index in finish {
                let offset = delivered[index.index(delivered.len())];
                done.insert(offset);
                window.finish(offset);
            }
            let inherited = offset_map::decode(window.position(), &window.metadata()).unwrap();
            let mut successor = Window::new(window.position(), inherited);
            for offset in log.iter().filter(|offset| **offset >= window.position()) {
                let expected = if done.contains(offset) { Delivery::AlreadyFinished } else { Delivery::Process };
                prop_assert_eq!(successor.deliver(*offset), expected);
            }
            prop_assert!(delivered.iter().all(|offset| *offset >= window.position() || done.contains(offset)));
        }
    }
}
