//! How often one caller may ask: a bucket of permits per caller that fills up with time.
//!
//! Each replica counts for itself. A caller with a right token is never held up by what others at its address do.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Buckets are thrown away when there are more than so many and they are full again.
const MANY: usize = 10_000;
/// Wrong tokens and log-ins that one address may try in a minute.
const WRONG_PER_MINUTE: u32 = 30;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Caller {
    Name(Arc<str>),
    /// Somebody without a right token.
    Address(IpAddr),
}

/// All callers' buckets.
#[derive(Debug)]
pub(super) struct Rate {
    per_minute: u32,
    buckets: Mutex<HashMap<Caller, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    permits: f64,
    at: Instant,
}

impl Rate {
    /// 0 stands for no limit.
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute, buckets: Mutex::default() }
    }

    /// Takes a permit, or says how long until there is one.
    pub(super) fn take(&self, caller: Caller, now: Instant) -> Result<(), Duration> {
        let per_minute = match caller {
            Caller::Name(_) if self.per_minute == 0 => return Ok(()),
            Caller::Name(_) => self.per_minute,
            Caller::Address(_) => WRONG_PER_MINUTE,
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MANY {
            buckets.retain(|_, bucket| now.saturating_duration_since(bucket.at) < Duration::from_secs(60));
        }
        let bucket = buckets.entry(caller).or_insert(Bucket { permits: burst(per_minute), at: now });
        bucket.take(per_minute, now)
    }
}

impl Bucket {
    fn take(&mut self, per_minute: u32, now: Instant) -> Result<(), Duration> {
        let per_second = f64::from(per_minute) / 60.0;
        let came = now.saturating_duration_since(self.at).as_secs_f64() * per_second;
        *self = Self { permits: (self.permits + came).min(burst(per_minute)), at: now };
        if self.permits >= 1.0 {
            self.permits -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.permits) / per_second))
    }
}

/// Ten seconds' worth may come at once.
fn burst(per_minute: u32) -> f64 {
    (f64::from(per_minute) / 6.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asha() -> Caller {
        Caller::Name("asha".into())
    }

    #[test]
    fn a_caller_has_a_burst_and_then_so_many_a_minute() {
        let (rate, start) = (Rate::new(60), Instant::now());
        let taken = |at: Instant| (0..100).filter(|_| rate.take(asha(), at).is_ok()).count();
        assert_eq!(taken(start), 10);
        assert_eq!(taken(start + Duration::from_secs(5)), 5);
        assert_eq!(taken(start + Duration::from_secs(3600)), 10);
        let wait = rate.take(asha(), start + Duration::from_secs(3600)).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        assert!(rate.take(Caller::Name("ravi".into()), start).is_ok(), "others are not held up");
    }

    #[test]
    fn zero_is_no_limit_for_those_with_a_token_and_guessing_is_slow_all_the_same() {
        let (rate, now) = (Rate::new(0), Instant::now());
        assert!((0..10_000).all(|_| rate.take(asha(), now).is_ok()));
        let address = Caller::Address([10, 0, 0, 1].into());
        assert_eq!((0..100).filter(|_| rate.take(address.clone(), now).is_ok()).count(), 5);
    }

    #[test]
    fn callers_who_are_gone_are_forgotten() {
        let (rate, start) = (Rate::new(60), Instant::now());
        for number in 0..=u32::try_from(MANY).unwrap() {
            rate.take(Caller::Address(std::net::Ipv4Addr::from(number).into()), start).ok();
        }
        rate.take(asha(), start + Duration::from_secs(61)).unwrap();
        assert_eq!(rate.buckets.lock().unwrap().len(), 1);
    }
}
