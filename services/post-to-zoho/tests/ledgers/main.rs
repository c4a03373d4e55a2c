//! The stage over the other ledgers: Tally at its port and through files, and a folder of files.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
mod files;
#[path = "../../src/fixture.rs"]
mod fixture;
mod golden;
mod tally;

use contract::{Code, Invoice, Posted};
use engine::{Handler, StageError, Work};
use post_to_zoho::{Memory, PostToZoho};
use runtime::Settings;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;

/// The document store of all services here.
static DOCUMENTS: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// A replica's service with these settings, as an operator writes them.
fn service(settings: &[(&str, &str)]) -> PostToZoho {
    let location = DOCUMENTS.path().to_str().unwrap();
    let settings = settings.iter().copied().chain([("DOCUMENTS__LOCATION", location)]);
    let variables = settings.map(|(key, value)| (format!("INVOICES__{key}").into(), value.into()));
    PostToZoho::chosen(&Settings::load_from(variables).unwrap(), Arc::new(Memory::empty())).unwrap()
}

async fn post(service: &PostToZoho, invoice: Invoice) -> Result<Posted, StageError> {
    let input = fixture::structured(invoice);
    service.handle(Work::alone(input.invoice_id.clone(), input)).await
}

fn code(outcome: Result<Posted, StageError>) -> Code {
    outcome.unwrap_err().code
}
