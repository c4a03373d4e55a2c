//! A handler's permit to call: asks the loop and waits, and keeps the wait out of the attempt's time.

use crate::event::{Event, Events};
use crate::ownership::PartitionLease;
use engine::core::Token;
use engine::handler::Lease;
use engine::{Demand, StageError};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// What the handler of one attempt may do.
#[derive(Debug)]
pub(crate) struct AttemptLease {
    pub(crate) partition: PartitionLease,
    /// Of the stage's main topic.
    pub(crate) partitions: i32,
    pub(crate) token: Token,
    /// The way to the loop; `None` when nothing is limited.
    pub(crate) limited: Option<Events>,
    pub(crate) waited: Arc<Waited>,
}

impl Lease for AttemptLease {
    fn permit(&self, demand: Demand) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send + '_>> {
        Box::pin(async move {
            if let Some(loop_) = &self.limited {
                let _waiting = self.waited.begin();
                let (reply, answer) = oneshot::channel();
                loop_.send(Event::PermitAsked { token: self.token, demand, reply }).await;
                // The loop ends only with the process, so a reply that never comes is a refusal.
                if !answer.await.unwrap_or(false) {
                    return Err(lease_lost());
                }
            }
            self.confirm().await
        })
    }

    fn confirm(&self) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send + '_>> {
        Box::pin(async move { if self.partition.confirm().await { Ok(()) } else { Err(lease_lost()) } })
    }

    fn share(&self) -> f64 {
        // Who owns retry partitions only has the share of one.
        f64::from(self.partition.owned_of_main().max(1)) / f64::from(self.partitions.max(1))
    }
}

fn lease_lost() -> StageError {
    let message = "the partition goes to another replica; that replica repeats the attempt";
    StageError::transient(contract::code::ENGINE_LEASE_LOST, message)
}

/// How long an attempt has waited for permits.
#[derive(Debug, Default)]
pub(crate) struct Waited(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    before: Duration,
    waiting: usize,
    since: Option<Instant>,
}

/// A wait that goes on until it is dropped.
#[derive(Debug)]
struct Waiting<'a>(&'a Waited);

impl Waited {
    /// Waits at the same time count once.
    pub(crate) fn total(&self) -> Duration {
        let state = self.lock();
        state.before + state.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn begin(&self) -> Waiting<'_> {
        let mut state = self.lock();
        state.waiting += 1;
        state.since.get_or_insert_with(Instant::now);
        drop(state);
        Waiting(self)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.waiting -= 1;
        if state.waiting == 0
            && let Some(since) = state.since.take()
        {
            state.before += since.elapsed();
        }
    }
}
