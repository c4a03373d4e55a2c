//! The state that all handlers share. Each part is a pure state machine behind its own lock; no lock
//! is ever held across an await.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{FixedOffset, Utc};

use crate::{
    calls::Calls,
    fault::Faults,
    ledger::{Ledger, ListLag, Moment},
    settings::Settings,
    zoho::{Quota, TokenDesk},
};

pub(crate) type World = Arc<State>;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    calls: Mutex<Calls>,
    faults: Mutex<Faults>,
    ledger: Mutex<Ledger>,
    tokens: Mutex<TokenDesk>,
    quota: Mutex<Quota>,
}

impl State {
    pub(crate) fn new(settings: Settings) -> World {
        Arc::new(Self {
            calls: Mutex::new(Calls::new(settings.minute())),
            faults: Mutex::default(),
            ledger: Mutex::new(Ledger::new(&settings)),
            tokens: Mutex::new(TokenDesk::new(&settings)),
            quota: Mutex::new(Quota::new(&settings)),
            settings,
        })
    }

    /// Back to the first moment: no bills, seeded contacts only, no calls, faults or used-up limits.
    /// Access tokens stay good, as the clients that hold them were not restarted.
    pub(crate) fn reset(&self) {
        self.calls().reset();
        *self.faults() = Faults::default();
        *self.ledger() = Ledger::new(&self.settings);
        self.tokens().forget_grants();
        self.quota().reset();
    }

    pub(crate) fn calls(&self) -> MutexGuard<'_, Calls> {
        lock(&self.calls)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, TokenDesk> {
        lock(&self.tokens)
    }

    pub(crate) fn quota(&self) -> MutexGuard<'_, Quota> {
        lock(&self.quota)
    }
}

/// The monotonic clock, read in one place.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Now, for the books.
pub(crate) fn moment(lag: ListLag) -> Moment {
    const INDIA: FixedOffset = match FixedOffset::east_opt(19_800) {
        Some(offset) => offset,
        None => panic!("five and a half hours are less than a day"),
    };
    Moment { now: now(), wall: Utc::now().with_timezone(&INDIA), lag }
}

/// Waits for a latency setting; 0 does not yield.
pub(crate) async fn latency(milliseconds: u64) {
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
