//! A trailing window over moments: the one measure behind every limit and every peak here.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Moments of the last `span`, oldest first.
#[derive(Debug)]
pub(crate) struct Window {
    span: Duration,
    moments: VecDeque<Instant>,
}

impl Window {
    pub(crate) fn new(span: Duration) -> Self {
        Self { span, moments: VecDeque::new() }
    }

    /// How many moments the window holds at `now`.
    pub(crate) fn len(&mut self, now: Instant) -> usize {
        while let Some(&oldest) = self.moments.front()
            && now.duration_since(oldest) >= self.span
        {
            self.moments.pop_front();
        }
        self.moments.len()
    }

    /// Whether one more fits below `limit` (0: always).
    pub(crate) fn has_room(&mut self, limit: u32, now: Instant) -> bool {
        limit == 0 || self.len(now) < limit as usize
    }

    pub(crate) fn clear(&mut self) {
        self.moments.clear();
    }

    /// Adds `now` and says how many the window then holds.
    pub(crate) fn push(&mut self, now: Instant) -> usize {
        self.moments.push_back(now);
        self.len(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_returns_when_the_oldest_moment_is_a_span_old() {
        let start = Instant::now();
        let mut window = Window::new(Duration::from_secs(1));
        window.push(start);
        window.push(start + Duration::from_millis(400));

        assert!(!window.has_room(2, start + Duration::from_millis(999)));
        assert!(window.has_room(2, start + Duration::from_secs(1)));
        assert!(window.has_room(0, start));
    }
}
