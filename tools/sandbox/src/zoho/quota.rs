//! The organisation's limits. Refused calls do not count against them, and Zoho sends no
//! `Retry-After` with a refusal.

use std::time::Instant;

use crate::{ledger::Refusal, settings::Settings, window::Window, world::World};

/// Calls that were let in, and those being worked on.
#[derive(Debug)]
pub(crate) struct Quota {
    limits: Limits,
    minute: Window,
    bills: Window,
    day: Window,
    in_process: u32,
    refused: u64,
}

/// 0: no limit.
#[derive(Debug, Clone, Copy)]
struct Limits {
    calls_per_minute: u32,
    bills_per_minute: u32,
    daily: u32,
    in_process: u32,
}

/// A place among the calls in process; dropping it frees the place.
#[derive(Debug)]
pub(super) struct Place(World);

impl Place {
    pub(super) fn take(world: &World, creates_bill: bool, now: Instant) -> Result<Self, Refusal> {
        let mut quota = world.quota();
        let entered = quota.enter(creates_bill, now);
        quota.refused += u64::from(entered.is_err());
        entered.map(|()| Self(world.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.quota().leave();
    }
}

impl Quota {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            limits: Limits {
                calls_per_minute: settings.calls_per_minute,
                bills_per_minute: settings.bills_per_minute,
                daily: settings.daily,
                in_process: settings.in_process,
            },
            minute: Window::new(settings.minute()),
            bills: Window::new(settings.minute()),
            day: Window::new(settings.day()),
            in_process: 0,
            refused: 0,
        }
    }

    /// Forgets the calls let in; those in process are still there.
    pub(crate) fn reset(&mut self) {
        self.minute.clear();
        self.bills.clear();
        self.day.clear();
        self.refused = 0;
    }

    /// Calls that were not let in.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    fn enter(&mut self, creates_bill: bool, now: Instant) -> Result<(), Refusal> {
        let limits = self.limits;
        if !self.day.has_room(limits.daily, now) {
            return Err(Refusal::too_many_per_day(limits.daily));
        }
        let bill_fits = !creates_bill || self.bills.has_room(limits.bills_per_minute, now);
        if !bill_fits || !self.minute.has_room(limits.calls_per_minute, now) {
            return Err(Refusal::too_many_per_minute());
        }
        if limits.in_process > 0 && self.in_process >= limits.in_process {
            return Err(Refusal::too_many_in_process());
        }
        self.in_process += 1;
        self.day.push(now);
        self.minute.push(now);
        if creates_bill {
            self.bills.push(now);
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.in_process -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use std::time::Duration;

    fn quota(arguments: &str) -> Quota {
        let arguments = format!("sandbox {arguments}");
        Quota::new(&Settings::parse_from(arguments.split_whitespace()))
    }

    #[test]
    fn the_minute_is_counted_back_from_now() {
        let start = Instant::now();
        let mut quota = quota("--minute-ms 1000 --calls-per-minute 2");
        quota.enter(false, start).unwrap();
        quota.enter(false, start + Duration::from_millis(600)).unwrap();
        let refused = quota.enter(false, start + Duration::from_millis(900));
        assert_eq!(refused, Err(Refusal::too_many_per_minute()));
        quota.enter(false, start + Duration::from_millis(1000)).unwrap();
    }

    #[test]
    fn a_limit_on_bills_leaves_other_calls_alone() {
        let now = Instant::now();
        let mut quota = quota("--bills-per-minute 1");
        quota.enter(true, now).unwrap();
        assert_eq!(quota.enter(true, now), Err(Refusal::too_many_per_minute()));
        quota.enter(false, now).unwrap();
    }

    #[test]
    fn the_day_and_the_calls_in_process_have_codes_of_their_own() {
        let now = Instant::now();
        let mut daily = quota("--daily 1");
        daily.enter(false, now).unwrap();
        assert_eq!(daily.enter(false, now).unwrap_err().code, 45);

        let mut crowded = quota("--in-process 1");
        crowded.enter(false, now).unwrap();
        assert_eq!(crowded.enter(false, now).unwrap_err().code, 1070);
        crowded.leave();
        crowded.enter(false, now).unwrap();
    }
}
