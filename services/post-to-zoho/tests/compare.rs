//! The comparison with the books, against the sandbox's Zoho Books: what it costs, and what no list can make it believe.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use contract::{Stage, State, Status};
use post_to_zoho::compare::{self, Books, Budget, Kind, Names, Ours, Period, Reader};
use runtime::Settings;
use runtime::settings::Zoho;
use sandbox::server::{self, Running};
use serde_json::{Value, json};

const UNPACED: Budget = Budget { calls: 100, per_minute: 0 };

async fn open() -> Running {
    server::start(sandbox::Settings::for_tests()).await.unwrap()
}

fn settings(running: &Running) -> Zoho {
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
    Settings::load_from(variables).unwrap().zoho
}

async fn control(running: &Running, path: &str, body: &Value) -> Value {
    let url = format!("{}/_sandbox/{path}", running.url());
    let answer = reqwest::Client::new().post(url).json(body).send().await.unwrap();
    let status = answer.status();
    let body = answer.text().await.unwrap();
    assert!(status.is_success(), "{body}");
    serde_json::from_str(&body).unwrap()
}

/// A vendor of the sandbox's own.
async fn vendor(running: &Running) -> Value {
    let client = reqwest::Client::new();
    let asked = [
        ("grant_type", "refresh_token"),
        ("client_id", "sandbox"),
        ("client_secret", "sandbox"),
        ("refresh_token", "sandbox"),
    ];
    let token = client.post(format!("{}/oauth/v2/token", running.url())).form(&asked).send().await.unwrap();
    let token: Value = token.json().await.unwrap();
    let url = format!("{}/books/v3/contacts?organization_id=10234695&contact_type=vendor", running.url());
    let header = format!("Zoho-oauthtoken {}", token["access_token"].as_str().unwrap());
    let contacts = client.get(url).header("authorization", header).send().await.unwrap();
    let contacts: Value = contacts.json().await.unwrap();
    contacts["contacts"].as_array().unwrap().iter().find(|one| one["contact_type"] == "vendor").unwrap().clone()
}

/// Enters a bill for an invoice, and answers with the invoice's status.
async fn posted(running: &Running, vendor: &Value, id: &str) -> Status {
    let bill = json!({"vendor_id": vendor["contact_id"], "bill_number": id, "reference_number": id,
        "line_items": [{"item_id": "1", "name": "n", "rate": 118, "quantity": 10}]});
    let bill = control(running, "bills", &bill).await;
    status(&bill)
}

fn status(bill: &Value) -> Status {
    let bill = json!({"bill_id": bill["bill_id"], "bill_number": bill["bill_number"], "vendor_id": bill["vendor_id"],
        "vendor_name": bill["vendor_name"], "currency": bill["currency_code"], "total": "1180"});
    let status = json!({"run": 1, "stage": Stage::PostToZoho, "state": State::Posted, "attempt": 1,
        "at_ms": Utc::now().timestamp_millis(), "url_hash": "00", "bill": bill});
    serde_json::from_value(status).unwrap()
}

fn period() -> Period {
    let now: DateTime<Utc> = Utc::now();
    Period { since: now - TimeDelta::days(1), until: now + TimeDelta::days(1) }
}

fn ours<'a>(statuses: impl IntoIterator<Item = (&'a str, Status)>, period: &Period, books: &Books) -> Ours {
    let mut ours = Ours::default();
    for (id, status) in statuses {
        ours.take(0, id.parse().unwrap(), Some(status), period, books);
    }
    ours
}

#[tokio::test]
async fn a_page_of_two_hundred_bills_is_a_call() {
    let running = open().await;
    let vendor = vendor(&running).await;
    for number in 0..401 {
        posted(&running, &vendor, &format!("inv-{number}")).await;
    }
    let mut reader = Reader::new(&settings(&running), UNPACED).unwrap();
    let books = reader.changed_since(period().since).await.unwrap();
    assert_eq!((books.len(), reader.calls()), (401, 3));
    let later = reader.changed_since(period().until).await.unwrap();
    assert_eq!((later.len(), reader.calls()), (0, 4), "nothing was changed since");
}

#[tokio::test]
async fn what_a_list_does_not_show_is_asked_for_and_missing_only_if_it_is_gone() {
    let running = open().await;
    let (vendor, period) = (vendor(&running).await, period());
    let (kept, deleted) = (posted(&running, &vendor, "inv-1").await, posted(&running, &vendor, "inv-2").await);
    let id = deleted.bill.as_ref().unwrap().bill_id.clone();
    let url = format!("{}/_sandbox/bills/{id}", running.url());
    assert!(reqwest::Client::new().delete(url).send().await.unwrap().status().is_success());
    let mut reader = Reader::new(&settings(&running), UNPACED).unwrap();
    // As if the list lagged behind both.
    let mut books = reader.changed_since(period.until).await.unwrap();
    let ours = ours([("inv-1", kept), ("inv-2", deleted)], &period, &books);
    let unseen = compare::unseen(&ours, &books, period.until);
    assert_eq!(unseen.len(), 2);
    reader.look_for(&mut books, &unseen).await.unwrap();
    let found = compare::differences(&ours, &books, &Names::new(&settings(&running)), &period);
    let found: Vec<(Kind, Option<String>)> = found.into_iter().map(|one| (one.kind, one.invoice_id)).collect();
    assert_eq!(found, [(Kind::Missing, Some("inv-2".to_owned()))]);
    assert_eq!(reader.calls(), 3);
}

#[tokio::test]
async fn a_passing_failure_and_a_refusal_for_the_limit_are_waited_out_and_counted() {
    let running = open().await;
    let faults = [
        json!({"endpoint": "bills", "kind": "status", "status": 429, "code": 44, "retry_after": 1, "count": 1}),
        json!({"endpoint": "bills", "kind": "status", "status": 503, "retry_after": 1, "count": 1}),
    ];
    for fault in faults {
        control(&running, "faults", &fault).await;
    }
    let mut reader = Reader::new(&settings(&running), UNPACED).unwrap();
    assert!(reader.changed_since(period().since).await.unwrap().is_empty());
    assert_eq!(reader.calls(), 3);
}

#[tokio::test]
async fn a_spent_day_and_a_spent_budget_end_the_comparison_without_a_report() {
    let running = open().await;
    let fault = json!({"endpoint": "bills", "kind": "status", "status": 429, "code": 45, "count": 1});
    control(&running, "faults", &fault).await;
    let mut reader = Reader::new(&settings(&running), Budget { calls: 1, per_minute: 0 }).unwrap();
    let error = reader.changed_since(period().since).await.unwrap_err().to_string();
    assert!(error.starts_with("zoho.daily_quota: "), "{error}");
    let error = reader.changed_since(period().since).await.unwrap_err().to_string();
    assert!(error.contains("raise --max-calls"), "{error}");
}

#[test]
fn beside_the_services_it_takes_what_they_leave_of_the_minute() {
    let limit = |calls: &str| {
        let variable = ("INVOICES__ZOHO__CALLS_PER_MINUTE".into(), calls.into());
        Budget::beside_the_services(&Settings::load_from([variable]).unwrap().zoho, 7)
    };
    for (calls, per_minute) in [("100", 5), ("16", 1), ("0", 0), ("6000", 300)] {
        assert_eq!(limit(calls), Budget { calls: 7, per_minute }, "{calls}");
    }
}
