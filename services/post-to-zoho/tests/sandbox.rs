//! The stage against the sandbox's Zoho Books, which keeps books of its own: exactly one bill, whatever goes wrong.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../src/fixture.rs"]
mod fixture;

use contract::{Class, ContentHash, Invoice, Posted};
use documents::Documents;
use engine::{Handler, Work};
use object_store::memory::InMemory;
use post_to_zoho::{Memory, PostToZoho};
use runtime::Settings;
use runtime::settings::Zoho;
use sandbox::server::{self, Running};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);

async fn open() -> (Running, PostToZoho) {
    let running = server::start(sandbox::Settings::for_tests()).await.unwrap();
    let handler = handler(&running, |_| {}).await;
    (running, handler)
}

/// The service of one replica.
async fn handler(running: &Running, change: impl FnOnce(&mut Zoho)) -> PostToZoho {
    let url = running.url();
    let variables = [
        ("ACCOUNTS_URL", url.as_str()),
        ("API_URL", &url),
        ("ORGANIZATION_ID", "10234695"),
        ("CLIENT_ID", "sandbox"),
        ("CLIENT_SECRET", "sandbox"),
        ("REFRESH_TOKEN", "sandbox"),
    ];
    let variables = variables.into_iter().map(|(name, value)| (format!("INVOICES__ZOHO__{name}").into(), value.into()));
    let mut settings = Settings::load_from(variables).unwrap().zoho;
    settings.timeout_ms = 30_000;
    change(&mut settings);
    let documents = Documents::on(Arc::new(InMemory::new()));
    documents.keep(&ContentHash::of(fixture::PDF), fixture::PDF.into()).await.unwrap();
    PostToZoho::new(&settings, documents, 3, Arc::new(Memory::empty())).unwrap()
}

async fn fault(running: &Running, fault: Value) {
    let url = format!("{}/_sandbox/faults", running.url());
    let answer = reqwest::Client::new().post(url).json(&fault).send().await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
}

async fn books(running: &Running) -> Vec<Value> {
    let answer = reqwest::get(format!("{}/_sandbox/bills", running.url())).await.unwrap();
    let body: Value = answer.json().await.unwrap();
    body.as_array().or_else(|| body["bills"].as_array()).unwrap().clone()
}

/// Attempts as the engine makes them: again after every failure that may pass.
async fn posted(handler: &PostToZoho, invoice: Invoice) -> Posted {
    let attempts = async {
        loop {
            let input = fixture::structured(invoice.clone());
            match handler.handle(Work::alone(input.invoice_id.clone(), input)).await {
                Ok(posted) => break posted,
                Err(error) => assert!(matches!(error.class, Class::Transient | Class::Unavailable), "{error}"),
            }
        }
    };
    tokio::time::timeout(DEADLINE, attempts).await.unwrap()
}

#[tokio::test]
async fn the_bill_in_the_books_is_the_invoice() {
    let (running, handler) = open().await;
    let mut invoice = fixture::invoice();
    invoice.round_off = "-0.35".parse().unwrap();
    invoice.lines.push(fixture::line("Staples", "3", "0.10", "0.30"));
    invoice.subtotal = "1000.30".parse().unwrap();
    (invoice.cgst, invoice.sgst) = ("90.03".parse().unwrap(), "90.03".parse().unwrap());
    invoice.total = "1180.01".parse().unwrap();
    let posted = posted(&handler, invoice).await;
    let books = books(&running).await;
    let bill = &books[0];
    assert_eq!((books.len(), &bill["times_created"]), (1, &json!(1)));
    assert_eq!(bill["bill_id"], posted.bill.bill_id.as_str());
    assert_eq!((&bill["reference_number"], &bill["bill_number"]), (&json!("inv-42"), &json!("VPM/25-26/0042")));
    assert_eq!((&bill["total"], &bill["sub_total"]), (&json!("1180.01"), &json!("1000.30")));
    assert_eq!((&bill["tax_total"], &bill["adjustment"]), (&json!("180.06"), &json!("-0.35")));
    assert_eq!(bill["vendor"]["gst_no"], "29AAKCV4827Q1ZB");
}

#[tokio::test]
async fn faults_of_every_kind_end_in_exactly_one_bill() {
    let faults = [
        json!({"endpoint": "bills", "method": "POST", "kind": "reset", "when": "after", "count": 1}),
        json!({"endpoint": "bills", "method": "POST", "kind": "reset", "when": "before", "count": 2}),
        json!({"endpoint": "bills", "method": "POST", "kind": "late_commit", "delay_ms": 300, "count": 1}),
        json!({"endpoint": "bills", "method": "POST", "kind": "status", "status": 500, "when": "after", "count": 1}),
        json!({"endpoint": "bills", "method": "POST", "kind": "garbage", "when": "after", "count": 1}),
        json!({"endpoint": "contacts", "method": "POST", "kind": "reset", "when": "after", "count": 1}),
        json!({"endpoint": "bills", "kind": "expire_token", "count": 1}),
        json!({"endpoint": "bills", "kind": "status", "status": 503, "rate": 0.5, "seed": 7, "count": 6}),
    ];
    for script in faults {
        let (running, handler) = open().await;
        fault(&running, script.clone()).await;
        let posted = posted(&handler, fixture::invoice()).await;
        let books = books(&running).await;
        assert_eq!((books.len(), &books[0]["times_created"]), (1, &json!(1)), "{script}");
        assert_eq!(books[0]["bill_id"], posted.bill.bill_id.as_str(), "{script}");
    }
}

#[tokio::test]
async fn a_bill_that_lists_do_not_show_yet_is_not_made_twice() {
    let (running, handler) = open().await;
    fault(&running, json!({"endpoint": "bills", "method": "POST", "kind": "list_lag", "delay_ms": 1000})).await;
    fault(&running, json!({"endpoint": "bills", "method": "POST", "kind": "reset", "when": "after", "count": 1})).await;
    posted(&handler, fixture::invoice()).await;
    let books = books(&running).await;
    assert_eq!((books.len(), &books[0]["times_created"]), (1, &json!(1)));
}

#[tokio::test]
async fn every_bill_has_its_pdf_once_whatever_happens_to_the_attachment() {
    let faults = [
        json!({"endpoint": "attachments", "kind": "reset", "when": "after", "count": 1}),
        json!({"endpoint": "attachments", "kind": "reset", "when": "before", "count": 2}),
        json!({"endpoint": "attachments", "kind": "status", "status": 500, "when": "after", "count": 1}),
        json!({"endpoint": "attachments", "kind": "garbage", "when": "after", "count": 1}),
        json!({"endpoint": "attachments", "kind": "expire_token", "count": 1}),
        json!({"endpoint": "bills", "method": "POST", "kind": "reset", "when": "after", "count": 1}),
    ];
    for script in faults {
        let (running, handler) = open().await;
        fault(&running, script.clone()).await;
        let posted = posted(&handler, fixture::invoice()).await;
        let books = books(&running).await;
        let attachments = books[0]["attachments"].as_array().unwrap();
        assert_eq!((books.len(), attachments.len(), posted.bill.has_pdf), (1, 1, true), "{script}");
        assert_eq!(attachments[0]["sha256"], ContentHash::of(fixture::PDF).to_string(), "{script}");
    }
}

#[tokio::test]
async fn with_a_unique_field_two_replicas_that_post_at_once_make_one_bill() {
    let settings =
        sandbox::Settings { unique_field: Some("cf_invoice_id".to_owned()), ..sandbox::Settings::for_tests() };
    let running = server::start(settings).await.unwrap();
    // Neither sees what the other has made.
    fault(&running, json!({"endpoint": "bills", "kind": "list_lag", "delay_ms": 60_000})).await;
    let unique = |settings: &mut Zoho| settings.unique_field = Some("cf_invoice_id".to_owned());
    let (one, other) = (handler(&running, unique).await, handler(&running, unique).await);
    let (first, second) = tokio::join!(posted(&one, fixture::invoice()), posted(&other, fixture::invoice()));
    let books = books(&running).await;
    assert_eq!((books.len(), &books[0]["times_created"]), (1, &json!(1)));
    assert_eq!(first.bill.bill_id, second.bill.bill_id);
}
