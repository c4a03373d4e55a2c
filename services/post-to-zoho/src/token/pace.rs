//! How often access tokens may be asked for: a function of what was taken of late.
//!
//! Zoho counts ten per refresh token in ten minutes, over all who use it. One replica must not use them up, neither by
//! renewing for every refusal (a scope that is missing looks like a stale token) nor by ending and starting over.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// The span over which Zoho counts access tokens, and the longest it refuses new ones.
pub(super) const WINDOW: Duration = Duration::from_secs(600);
/// What one replica takes of the ten: a first one, and five after refusals.
pub(super) const SHARE: usize = 6;

/// The tokens that were taken of late, by this process and by those before it.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace {
    /// When each of them counts no longer.
    counted_until: VecDeque<Instant>,
    refused_until: Option<Instant>,
}

impl Pace {
    /// What an earlier process has left: for how much longer its tokens count, and for how long Zoho refuses more.
    pub(super) fn resumed(now: Instant, counted: &[Duration], refused: Option<Duration>) -> Self {
        let mut ends: Vec<Instant> = counted.iter().map(|left| now + *left).collect();
        ends.sort_unstable();
        Self { counted_until: ends.into(), refused_until: refused.map(|left| now + left) }
    }

    /// For how long Zoho gives none, as it said itself.
    pub(super) fn refused_for(&self, now: Instant) -> Option<Duration> {
        left(self.refused_until?, now)
    }

    /// For how long this replica has had its share.
    pub(super) fn spent_for(&self, now: Instant) -> Option<Duration> {
        let counted = self.counted_for(now);
        counted.len().checked_sub(SHARE).map(|surplus| counted[surplus])
    }

    /// For how much longer each token counts.
    pub(super) fn counted_for(&self, now: Instant) -> Vec<Duration> {
        self.counted_until.iter().filter_map(|end| left(*end, now)).collect()
    }

    /// A token was given. Only those count: a log-in server that fails has given none, and must not lock us out when
    /// it is back.
    pub(super) fn took(&mut self, now: Instant) {
        self.counted_until.retain(|end| *end > now);
        self.counted_until.push_back(now + WINDOW);
    }

    /// Zoho has refused to give more.
    pub(super) fn refused(&mut self, now: Instant) {
        self.refused_until = Some(now + WINDOW);
    }
}

fn left(end: Instant, now: Instant) -> Option<Duration> {
    end.checked_duration_since(now).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn refusals_cannot_use_up_the_tokens_of_others() {
        let mut pace = Pace::default();
        let start = Instant::now();
        for _ in 0..SHARE {
            assert_eq!(pace.spent_for(start), None);
            pace.took(start);
        }
        assert_eq!(pace.spent_for(start + SECOND), Some(WINDOW - SECOND));
        assert_eq!(pace.spent_for(start + WINDOW), None);
    }

    #[test]
    fn what_an_earlier_process_took_counts_for_the_rest_of_its_time() {
        let now = Instant::now();
        let counted: Vec<Duration> = [300, 100, 200, 500, 400].map(Duration::from_secs).into();
        let mut pace = Pace::resumed(now, &counted, None);
        assert_eq!(pace.spent_for(now), None);
        pace.took(now);
        assert_eq!(pace.spent_for(now), Some(Duration::from_secs(100)), "when the oldest counts no longer");
        assert_eq!(pace.spent_for(now + Duration::from_secs(100)), None);
    }

    #[test]
    fn zohos_own_refusal_outlives_the_process_that_met_it() {
        let now = Instant::now();
        let mut pace = Pace::default();
        pace.refused(now);
        let left = pace.refused_for(now + SECOND);
        assert_eq!(left, Some(WINDOW - SECOND));
        assert_eq!(Pace::resumed(now, &[], left).refused_for(now + WINDOW - SECOND), None);
    }
}
