//! One run of a handler: decode, call under a time limit, catch a panic, encode.

use bytes::Bytes;
use contract::submission::decode_json;
use contract::{InvoiceId, code};
use engine::core::{Dispatch, Outcome};
use engine::settle::Product;
use engine::{Handler, Lease, StageError, StageOutput, Work};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs the handler once. Whatever it does, this returns.
pub(crate) async fn run<H: Handler>(
    handler: &H,
    dispatch: Dispatch,
    lease: Arc<dyn Lease>,
    time_limit: Duration,
) -> (Outcome, Duration) {
    let began = Instant::now();
    let outcome = match decode_json::<H::Input>(&dispatch.input) {
        Err((code, message)) => Outcome::Undecodable(code, message),
        Ok(input) => {
            let Dispatch { invoice_id, run, attempt, .. } = dispatch;
            let work = Work::new(invoice_id.clone(), run, attempt, input, lease);
            let handled = tokio::time::timeout(time_limit, AssertUnwindSafe(handler.handle(work)).catch_unwind()).await;
            match handled {
                Err(_) => Outcome::Failed(timed_out::<H>(time_limit)),
                Ok(Err(_)) => Outcome::Failed(panicked(&invoice_id)),
                Ok(Ok(Err(error))) => Outcome::Failed(error),
                Ok(Ok(Ok(output))) => encode(&output),
            }
        }
    };
    (outcome, began.elapsed())
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

fn timed_out<H: Handler>(limit: Duration) -> StageError {
    let message = format!("the attempt did not end within {} s", limit.as_secs_f64());
    let error = StageError::transient(code::ENGINE_ATTEMPT_TIMEOUT, message);
    if H::CHANGES_THE_WORLD { error.with_effect_in_doubt() } else { error }
}

fn panicked(invoice_id: &InvoiceId) -> StageError {
    tracing::error!(invoice = %invoice_id, "the handler panicked; this is a defect of the stage");
    StageError::permanent(code::ENGINE_PANICKED, "the handler panicked; this is a defect, please report it")
}
