//! How loaded the stage is: for the metrics, and for what a replica says of itself. Nothing is decided by it.

use super::{Admission, Core, Phase};
use crate::rate::Limit;
use crate::record::{Now, Source, millis};
use contract::Code;
use contract::stages::{Breaker, Rate};
use std::time::Duration;

/// How loaded a stage is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    pub in_air: usize,
    /// Received and not in the air.
    pub waiting: usize,
    pub held_bytes: usize,
    pub breaker_open: bool,
    pub paused: bool,
    /// How many attempts may be in the air at once now.
    pub concurrency: usize,
    /// Calls that wait for the rate limit.
    pub permits_waiting: usize,
    /// The part of the rate share that refusals have left, 0 to 1.
    pub rate_speed: f64,
    pub known_ids: usize,
}

/// How a stage stands, as its heartbeat tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Of the main topic, in order.
    pub partitions: Vec<i32>,
    /// Of the retry topic, in order.
    pub retry_partitions: Vec<i32>,
    /// Received from the main topic and not settled.
    pub open_main: usize,
    /// Waiting for the time of their next attempt.
    pub delayed: usize,
    pub breaker: Breaker,
    pub parked: Option<Parked>,
    /// Of the limit of calls, if there is one.
    pub rate: Option<Rate>,
}

/// The dependency asked to be left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// In milliseconds since 1970.
    pub until_ms: i64,
    /// The error with which it asked.
    pub because: Code,
}

impl Core {
    /// Numbers for the metrics.
    #[must_use]
    pub fn load(&self, now: Now) -> Load {
        Load {
            in_air: self.in_air,
            waiting: self.tasks.len() - self.in_air,
            held_bytes: self.held_bytes,
            breaker_open: !self.breaker.is_closed(),
            paused: self.paused,
            concurrency: self.concurrency.allowed(),
            permits_waiting: self.permits.waiting(),
            rate_speed: self.permits.speed(now),
            known_ids: self.partitions.values().map(|partition| partition.admission.len()).sum(),
        }
    }

    /// Looks at every record. To be called now and then, not for each event.
    #[must_use]
    pub fn standing(&self, now: Now) -> Standing {
        Standing {
            partitions: self.owned(Source::Main),
            retry_partitions: self.owned(Source::Retry),
            open_main: self.tasks.values().filter(|task| task.partition.0 == Source::Main).count(),
            delayed: self.tasks.values().filter(|task| matches!(task.phase, Phase::Delayed { .. })).count(),
            breaker: self.breaker_state(),
            parked: self.parked(now),
            rate: self.rate(now),
        }
    }

    fn owned(&self, source: Source) -> Vec<i32> {
        let mut owned: Vec<i32> = self.partitions.keys().filter(|id| id.0 == source).map(|id| id.1).collect();
        owned.sort_unstable();
        owned
    }

    fn breaker_state(&self) -> Breaker {
        let probing = || self.tasks.values().any(|task| task.phase == Phase::InAir { probe: true });
        match self.breaker.is_closed() {
            true => Breaker::Closed,
            false if probing() => Breaker::Probing,
            false => Breaker::Open,
        }
    }

    fn parked(&self, now: Now) -> Option<Parked> {
        let (until, because) = self.parked.as_ref().filter(|_| !self.breaker.is_closed())?;
        let left = until.checked_sub(now.steady_ms).filter(|left| *left > 0)?;
        Some(Parked { until_ms: now.wall_ms.saturating_add_unsigned(left), because: because.clone() })
    }

    fn rate(&self, now: Now) -> Option<Rate> {
        let limit = self.settings.limits.calls?;
        let (share, used) = (self.permits.calls_per_minute(now), self.permits.calls_in_last_minute(now));
        Some(Rate { limit: per_minute(limit), share, used })
    }
}

fn per_minute(limit: Limit) -> u32 {
    let window = millis(limit.window).max(1);
    let minute = millis(Duration::from_secs(60));
    u32::try_from(u64::from(limit.units) * minute / window).unwrap_or(u32::MAX)
}

impl Admission {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Restoring { index, .. } | Self::Open { index, .. } => index.len(),
        }
    }
}
