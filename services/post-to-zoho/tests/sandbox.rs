//! The stage against the sandbox's Zoho Books, which keeps books of its own: exactly one bill, whatever goes wrong.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../src/fixture.rs"]
mod fixture;

use contract::{BillKind, Class, ContentHash, DocumentType, Invoice, Posted, code};
use documents::Documents;
use engine::{Handler, Work};
use object_store::memory::InMemory;
use post_to_zoho::{Memory, PostToZoho};
use runtime::Settings;
use runtime::settings::Zoho;
use rust_decimal::Decimal;
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
    held(running, "bills").await
}

async fn held(running: &Running, what: &str) -> Vec<Value> {
    let answer = reqwest::get(format!("{}/_sandbox/{what}", running.url())).await.unwrap();
    let body: Value = answer.json().await.unwrap();
    body.as_array().or_else(|| body[what].as_array()).unwrap().clone()
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

fn credit_note() -> Invoice {
    Invoice {
        document_type: DocumentType::CreditNote,
        invoice_number: "VPM/CN/25-26/0007".to_owned(),
        due_date: None,
        round_off: "-0.40".parse().unwrap(),
        total: "1179.60".parse().unwrap(),
        ..fixture::invoice()
    }
}

#[tokio::test]
async fn a_credit_note_becomes_exactly_one_vendor_credit_and_no_bill_whatever_goes_wrong() {
    let faults = [
        json!({"endpoint": "vendor_credits", "method": "POST", "kind": "reset", "when": "after", "count": 1}),
        json!({"endpoint": "vendor_credits", "method": "POST", "kind": "reset", "when": "before", "count": 2}),
        json!({"endpoint": "vendor_credits", "method": "POST", "kind": "late_commit", "delay_ms": 300, "count": 1}),
        json!({"endpoint": "vendor_credits", "method": "POST", "kind": "status", "status": 500, "when": "after", "count": 1}),
        json!({"endpoint": "vendor_credits", "method": "POST", "kind": "garbage", "when": "after", "count": 1}),
        json!({"endpoint": "vendor_credits", "kind": "expire_token", "count": 1}),
        json!({"endpoint": "vendor_credits", "kind": "status", "status": 503, "rate": 0.5, "seed": 7, "count": 6}),
    ];
    for script in faults {
        let (running, handler) = open().await;
        fault(&running, script.clone()).await;
        let bill = posted(&handler, credit_note()).await.bill;
        let credits = held(&running, "vendorcredits").await;
        assert_eq!((credits.len(), &credits[0]["times_created"]), (1, &json!(1)), "{script}");
        assert_eq!(credits[0]["vendor_credit_id"], bill.bill_id.as_str(), "{script}");
        assert!(books(&running).await.is_empty(), "{script}");
        assert_eq!((bill.kind, bill.has_pdf), (BillKind::VendorCredit, false), "{script}");
    }
}

#[tokio::test]
async fn a_vendor_credit_has_the_number_the_reference_and_the_total_of_its_credit_note() {
    let running = server::start(sandbox::Settings::for_tests()).await.unwrap();
    let changed = |settings: &mut Zoho| {
        settings.unique_field = Some("cf_invoice_id".to_owned());
        settings.hold_near_duplicates = true;
        settings.round_off_account = Some("Other Expenses".to_owned());
    };
    let handler = handler(&running, changed).await;
    let first = posted(&handler, credit_note()).await;
    let again = posted(&handler, credit_note()).await;
    assert_eq!(first.bill.bill_id, again.bill.bill_id);
    let credits = held(&running, "vendorcredits").await;
    let credit = &credits[0];
    assert_eq!((credits.len(), &credit["total"]), (1, &json!("1179.60")));
    assert_eq!(
        (&credit["vendor_credit_number"], &credit["reference_number"]),
        (&json!("VPM/CN/25-26/0007"), &json!("inv-42"))
    );
    let round_off = &credit["line_items"][2];
    assert_eq!(
        (&round_off["description"], &round_off["account_name"]),
        (&json!("Round off"), &json!("Other Expenses"))
    );
}

#[tokio::test]
async fn the_number_of_another_credit_note_is_for_a_person_to_see() {
    let (running, handler) = open().await;
    posted(&handler, credit_note()).await;
    let mut input = fixture::structured(Invoice { total: "1179.50".parse().unwrap(), ..credit_note() });
    input.invoice_id = "inv-43".parse().unwrap();
    let error = handler.handle(Work::alone(input.invoice_id.clone(), input)).await.unwrap_err();
    assert_eq!((error.code, error.class), (code::ZOHO_NUMBER_TAKEN, Class::Review));
    assert_eq!(held(&running, "vendorcredits").await.len(), 1);
}

#[tokio::test]
async fn what_gst_rates_do_not_carry_is_booked_where_the_settings_say() {
    let running = server::start(sandbox::Settings::for_tests()).await.unwrap();
    let accounts = |settings: &mut Zoho| {
        settings.cess_account = Some("Input Compensation Cess".to_owned());
        settings.tcs_account = Some("460000000000000441".to_owned());
    };
    let handler = handler(&running, accounts).await;
    let mut invoice = fixture::invoice();
    (invoice.cess, invoice.tcs) = ("33.30".parse().unwrap(), "12.13".parse().unwrap());
    invoice.total = "1225.43".parse().unwrap();
    invoice.purchase_order = Some("PO-77".to_owned());
    posted(&handler, invoice).await;
    let bill = &books(&running).await[0];
    assert_eq!((&bill["total"], &bill["tax_total"]), (&json!("1225.43"), &json!("180.00")));
    let accounts = [2, 3].map(|at: usize| bill["line_items"][at]["account_name"].as_str().unwrap().to_owned());
    assert_eq!(accounts, ["Input Compensation Cess", "TCS Receivable"]);
}

#[tokio::test]
async fn cess_that_a_tax_group_makes_is_tax_and_needs_no_account() {
    let (running, handler) = open().await;
    let mut invoice = fixture::invoice();
    invoice.lines.iter_mut().for_each(|line| line.tax_rate = Some("28".parse().unwrap()));
    (invoice.cgst, invoice.sgst) = ("140".parse().unwrap(), "140".parse().unwrap());
    (invoice.cess, invoice.total) = ("120".parse().unwrap(), "1400".parse().unwrap());
    posted(&handler, invoice).await;
    let bill = &books(&running).await[0];
    assert_eq!((&bill["total"], &bill["tax_total"]), (&json!("1400.00"), &json!("400.00")));
    assert_eq!(bill["taxes"][2]["tax_name"], "Cess12");
}

#[tokio::test]
async fn under_reverse_charge_the_vendor_is_owed_the_amount_without_tax() {
    let (running, handler) = open().await;
    let mut invoice = fixture::invoice();
    (invoice.cgst, invoice.sgst) = (Decimal::ZERO, Decimal::ZERO);
    (invoice.reverse_charge, invoice.total) = (Some(true), "1000".parse().unwrap());
    let posted = posted(&handler, invoice).await;
    let bill = &books(&running).await[0];
    assert_eq!((&bill["total"], &bill["tax_total"]), (&json!("1000.00"), &json!("0.00")));
    assert_eq!(posted.bill.total, "1000".parse().unwrap());
}
