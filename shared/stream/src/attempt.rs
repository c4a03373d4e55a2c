//! One run of a handler: decode, call under a time limit, catch a panic, encode.

use crate::permit::Waited;
use bytes::Bytes;
use contract::submission::decode_json;
use contract::{Cost, InvoiceId, code};
use engine::core::{Dispatch, Outcome};
use engine::settle::Product;
use engine::{Handler, Lease, StageError, StageOutput, Work};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Runs the handler once. Whatever it does, this returns, and how long it took without the waits for permits.
pub(crate) async fn run<H: Handler>(
    handler: &H,
    dispatch: Dispatch,
    lease: Arc<dyn Lease>,
    waited: &Waited,
    time_limit: Duration,
) -> (Outcome, Duration) {
    let began = Instant::now();
    let outcome = match decode_json::<H::Input>(&dispatch.input) {
        Err((code, message)) => Outcome::Undecodable(code, message),
        Ok(input) => {
            let Dispatch { invoice_id, run, attempt, .. } = dispatch;
            let work = Work::new(invoice_id.clone(), run, attempt, input, lease);
            match within(time_limit, waited, AssertUnwindSafe(handler.handle(work)).catch_unwind()).await {
                None => Outcome::Failed(timed_out::<H>(time_limit)),
                Some(Err(_)) => Outcome::Failed(panicked(&invoice_id)),
                Some(Ok(Err(error))) => Outcome::Failed(error),
                Some(Ok(Ok(output))) => encode(&output),
            }
        }
    };
    (outcome, began.elapsed().saturating_sub(waited.total()))
}

/// Cuts the work off after the time limit, not counting what it waited for permits.
async fn within<T>(limit: Duration, waited: &Waited, work: impl Future<Output = T>) -> Option<T> {
    let began = Instant::now();
    let mut work = pin!(work);
    loop {
        let deadline = began + limit + waited.total();
        if Instant::now() >= deadline {
            return None;
        }
        if let Ok(done) = timeout_at(deadline, work.as_mut()).await {
            return Some(done);
        }
    }
}

fn encode(output: &impl StageOutput) -> Outcome {
    match serde_json::to_vec(output) {
        Ok(value) => Outcome::Done(Product {
            value: Bytes::from(value),
            bill: output.bill().cloned(),
            cost: output.cost().cloned(),
        }),
        Err(error) => Outcome::Failed(engine::settle::output_refused(&error.to_string())),
    }
}

/// What this attempt has paid, whatever became of it.
pub(crate) fn paid<H: Handler>(outcome: &Outcome) -> Option<&Cost> {
    match outcome {
        Outcome::Done(product) => product.cost.as_ref().filter(|_| H::PAYS),
        Outcome::Failed(error) => error.cost.as_ref(),
        Outcome::Undecodable(..) => None,
    }
}

fn timed_out<H: Handler>(limit: Duration) -> StageError {
    let message = format!("the attempt did not end within {} s", limit.as_secs_f64());
    let error = StageError::transient(code::ENGINE_ATTEMPT_TIMEOUT, message);
    if H::CHANGES_THE_WORLD { error.with_effect_in_doubt() } else { error }
}

fn panicked(invoice_id: &InvoiceId) -> StageError {
    tracing::error!(invoice = %invoice_id, "the handler panicked; this is a defect of the stage");
    StageError::permanent(code::ENGINE_PANICKED, "the handler panicked; this is a defect, please report it")
}
