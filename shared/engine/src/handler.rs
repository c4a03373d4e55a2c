//! What a stage is: one function from an input to an output or a classed error.
//!
//! A handler never sees Kafka, offsets, headers or retries. It may be called again for the same invoice after a
//! crash, so an effect on the outside world must be looked for before it is made, and made only after
//! [`Work::confirm_lease`].

use crate::failure::StageError;
use crate::rate::Demand;
use contract::{Bill, Cost, Extracted, InvoiceId, Posted, Stage, Structured};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

/// One stage of the pipeline.
pub trait Handler: Send + Sync + 'static {
    const STAGE: Stage;
    /// Whether an attempt that is cut off may have changed something outside.
    const CHANGES_THE_WORLD: bool = false;
    /// Whether an output's cost was paid by the attempt that made it, not by an earlier stage.
    const PAYS: bool = false;
    type Input: DeserializeOwned + Send + 'static;
    type Output: StageOutput;

    /// Does the stage's work for one invoice.
    ///
    /// Dropping the future (at the attempt's time limit) must leave nothing running.
    fn handle(&self, work: Work<Self::Input>) -> impl Future<Output = Result<Self::Output, StageError>> + Send;
}

/// A stage's result, and what the status shows of it.
pub trait StageOutput: Serialize + Send + 'static {
    /// The bill, once there is one.
    fn bill(&self) -> Option<&Bill> {
        None
    }

    /// What the language model was paid so far.
    fn cost(&self) -> Option<&Cost> {
        None
    }
}

impl StageOutput for Extracted {}

impl StageOutput for Structured {
    fn cost(&self) -> Option<&Cost> {
        Some(&self.cost)
    }
}

impl StageOutput for Posted {
    fn bill(&self) -> Option<&Bill> {
        Some(&self.bill)
    }

    fn cost(&self) -> Option<&Cost> {
        Some(&self.cost)
    }
}

/// One attempt of a stage at one invoice.
#[derive(Debug, Clone)]
pub struct Work<I> {
    pub invoice_id: InvoiceId,
    /// How often the invoice was started, from 1.
    pub run: u32,
    /// Which attempt of this stage it is, from 1.
    pub attempt: u32,
    pub input: I,
    lease: Arc<dyn Lease>,
}

impl<I> Work<I> {
    #[must_use]
    pub fn new(invoice_id: InvoiceId, run: u32, attempt: u32, input: I, lease: Arc<dyn Lease>) -> Self {
        Self { invoice_id, run, attempt, input, lease }
    }

    /// A first attempt that nobody can take away: for a stage run by hand, outside the pipeline.
    #[must_use]
    pub fn alone(invoice_id: InvoiceId, input: I) -> Self {
        Self::new(invoice_id, 1, 1, input, Arc::new(Forever))
    }

    /// To be awaited before each call to a dependency whose rate is limited. The wait is not part of the attempt's time.
    ///
    /// # Errors
    /// `engine.lease_lost` when the partition leaves; another replica repeats the attempt.
    pub async fn permit(&self, demand: Demand) -> Result<(), StageError> {
        self.lease.permit(demand).await
    }

    /// The part of the stage's invoices that is this process's, 0 to 1: of what all replicas share it may use as much.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.lease.share()
    }

    /// To be awaited immediately before each effect that cannot be undone.
    ///
    /// # Errors
    /// `engine.lease_lost` when the partition went to another replica, which repeats the attempt.
    pub async fn confirm_lease(&self) -> Result<(), StageError> {
        self.lease.confirm().await
    }
}

/// What a handler may do: whether this process still owns the record it works on, and has calls left.
pub trait Lease: Send + Sync + fmt::Debug {
    /// Resolves when the rate limit allows the call and ownership is certain, or when it is lost.
    fn permit(&self, demand: Demand) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send + '_>>;

    /// Resolves once ownership is certain, or certainly lost.
    fn confirm(&self) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send + '_>>;

    /// The part of the stage's main partitions that this process owns.
    fn share(&self) -> f64 {
        1.0
    }
}

#[derive(Debug)]
struct Forever;

impl Lease for Forever {
    fn permit(&self, _: Demand) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send + '_>> {
        self.confirm()
    }

    fn confirm(&self) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
