//! Why a stage does not start what it could: for people to see. Nothing is decided by it.

use super::Core;
use crate::record::Now;
use contract::{Code, code};

/// A reason for which a stage starts less than it could. Several may hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitReason {
    /// Somebody has told it to.
    Paused,
    /// The dependency is taken to be down; now and then one attempt looks whether it is back.
    BreakerOpen,
    /// Calls wait for the limit by setting, or the dependency has just refused one for its own.
    RateLimit,
    /// The dependency has asked to be left alone for longer: a quota of the day, a spend limit.
    Quota,
    /// What may be spent by setting is spent.
    Budget,
    /// The records in memory are as many bytes as there may be.
    Memory,
}

impl WaitReason {
    pub const ALL: [Self; 6] =
        [Self::Paused, Self::BreakerOpen, Self::RateLimit, Self::Quota, Self::Budget, Self::Memory];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::BreakerOpen => "breaker_open",
            Self::RateLimit => "rate_limit",
            Self::Quota => "quota",
            Self::Budget => "budget",
            Self::Memory => "memory",
        }
    }
}

impl Core {
    /// In the order of [`WaitReason::ALL`]; none for a stage that does all that there is to do.
    #[must_use]
    pub fn wait_reasons(&self, now: Now) -> Vec<WaitReason> {
        let of_breaker = self.breaker_reason(now);
        let of_refusal = self
            .refusal(now)
            .map(|code| if *code == code::LLM_BUDGET { WaitReason::Budget } else { WaitReason::RateLimit });
        let holds = |reason: &WaitReason| match reason {
            WaitReason::Paused => self.paused,
            WaitReason::Memory => self.overfull,
            WaitReason::RateLimit if self.permits.waiting() > 0 => true,
            reason => of_breaker == Some(*reason) || of_refusal == Some(*reason),
        };
        WaitReason::ALL.into_iter().filter(holds).collect()
    }

    /// The breaker is open for an outage, or for as long as the dependency asked for. One that refusals have opened waits for
    /// their limit.
    fn breaker_reason(&self, now: Now) -> Option<WaitReason> {
        if self.breaker.is_closed() || self.refusal(now).is_some() {
            return None;
        }
        let parked = self.parked.as_ref().filter(|(until, _)| *until > now.steady_ms);
        Some(match parked {
            None => WaitReason::BreakerOpen,
            Some((_, code)) if *code == code::LLM_BUDGET => WaitReason::Budget,
            Some(_) => WaitReason::Quota,
        })
    }

    /// Why a call was refused that waits until it may be made again.
    fn refusal(&self, now: Now) -> Option<&Code> {
        self.refused.as_ref().filter(|(until, _)| *until > now.steady_ms).map(|(_, code)| code)
    }
}
