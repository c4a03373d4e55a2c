//! The stage over the other ledgers: Tally at its port and through files, and a folder of files.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
mod files;
#[path = "../../src/fixture.rs"]
mod fixture;
mod golden;
mod tally;

use contract::{Bill, Code, Decision, Invoice, Posted, Stage, State, Status, Structured, VendorRule};
use engine::{Handler, StageError, Work};
use post_to_zoho::{Memory, PostToZoho};
use runtime::Settings;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;

/// The document store of all services here.
static DOCUMENTS: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// A replica's service with these settings, as an operator writes them.
fn service(settings: &[(&str, &str)]) -> PostToZoho {
    remembering(settings, Arc::new(Memory::empty()))
}

fn remembering(settings: &[(&str, &str)], memory: Arc<Memory>) -> PostToZoho {
    let location = DOCUMENTS.path().to_str().unwrap();
    let settings = settings.iter().copied().chain([("DOCUMENTS__LOCATION", location)]);
    let variables = settings.map(|(key, value)| (format!("INVOICES__{key}").into(), value.into()));
    PostToZoho::chosen(&Settings::load_from(variables).unwrap(), memory).unwrap()
}

async fn post(service: &PostToZoho, invoice: Invoice) -> Result<Posted, StageError> {
    let input = fixture::structured(invoice);
    service.handle(Work::alone(input.invoice_id.clone(), input)).await
}

/// An invoice with what a person has said of its account and its tax, to be remembered.
async fn corrected(service: &PostToZoho, id: &str, said: VendorRule) -> Result<Posted, StageError> {
    let VendorRule { account, tax } = said;
    let decision = Decision { approved_by: "asha".to_owned(), account, tax, remember: true, ..Decision::default() };
    let input = Structured { decision: Some(decision), ..fixture::structured(fixture::invoice()) };
    service.handle(Work::alone(id.parse().unwrap(), input)).await
}

fn account(name: &str) -> VendorRule {
    VendorRule { account: Some(name.to_owned()), tax: None }
}

fn tax(name: &str) -> VendorRule {
    VendorRule { account: None, tax: Some(name.to_owned()) }
}

/// The state of an invoice whose bill this is.
fn posted(bill: Bill) -> Status {
    Status {
        run: 1,
        stage: Stage::PostToZoho,
        state: State::Posted,
        attempt: 1,
        at_ms: 1,
        due_ms: None,
        code: None,
        url_hash: String::new(),
        bill: Some(bill),
        cost_usd: None,
        model: None,
    }
}

fn code(outcome: Result<Posted, StageError>) -> Code {
    outcome.unwrap_err().code
}
