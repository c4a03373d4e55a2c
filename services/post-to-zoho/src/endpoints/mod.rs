//! What Zoho documents, endpoint by endpoint: what a call of ours looks like, which answers it may get, and what is made of
//! each. One file an endpoint; the tables are to be read like documentation.
//!
//! Calls go over HTTP to a server that answers what a row says, through the very client that the service uses.

mod accounts;
mod attachment;
mod bill_create;
mod bill_get;
mod bill_upsert;
mod bills_list;
mod contact_create;
mod contacts_list;
mod currencies;
mod organizations;
mod server;
mod taxes;
mod token;

use crate::answer::CallError;
use crate::client::Client;
use crate::reconcile::BillRow;
use crate::{Job, fixture};
use contract::Class::{Permanent, Transient, Unavailable};
use contract::{Class, Code, code};
use engine::{StageError, Work};
use serde_json::{Value, json};
use server::{Seen, Server};
use std::fmt::Debug;

/// Whether Zoho has done what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Nothing,
    /// Nothing, as it is there already.
    There,
    /// That is in doubt: it is looked for before it is asked again.
    InDoubt,
}

/// When; Zoho's status and body; what it has done; the code and class that follow.
type Refusal = (&'static str, u16, &'static str, Done, Code, Class);

/// What any call may meet.
const EVERYWHERE: [Refusal; 16] = [
    (
        "a stale token",
        401,
        r#"{"code":57,"message":"You are not authorized to perform this operation"}"#,
        Done::Nothing,
        code::ZOHO_UNAUTHORIZED,
        Unavailable,
    ),
    (
        "a token that is none",
        401,
        r#"{"code":14,"message":"Invalid value passed for authtoken."}"#,
        Done::Nothing,
        code::ZOHO_UNAUTHORIZED,
        Unavailable,
    ),
    (
        "the same inside of a success",
        200,
        r#"{"code":14,"message":"Invalid value passed for authtoken."}"#,
        Done::Nothing,
        code::ZOHO_UNAUTHORIZED,
        Unavailable,
    ),
    (
        "another organisation",
        401,
        r#"{"code":6041,"message":"This user is not associated with the CompanyID/CompanyName:7."}"#,
        Done::Nothing,
        code::ZOHO_ORGANIZATION,
        Unavailable,
    ),
    (
        "no such address",
        404,
        r#"{"code":5,"message":"Invalid URL Passed"}"#,
        Done::Nothing,
        code::ZOHO_SETUP,
        Unavailable,
    ),
    ("somebody else's server", 404, "<html>", Done::Nothing, code::ZOHO_SETUP, Unavailable),
    (
        "another method",
        405,
        r#"{"code":5,"message":"Method Not Allowed"}"#,
        Done::Nothing,
        code::ZOHO_SETUP,
        Unavailable,
    ),
    (
        "the minute's calls are used up",
        429,
        r#"{"code":44,"message":"blocked: maximum number of requests per minute"}"#,
        Done::Nothing,
        code::ZOHO_RATE_LIMITED,
        Transient,
    ),
    (
        "the day's calls are used up",
        429,
        r#"{"code":45,"message":"exceeded the maximum call rate limit of 1000."}"#,
        Done::Nothing,
        code::ZOHO_DAILY_QUOTA,
        Unavailable,
    ),
    (
        "too many calls at once",
        429,
        r#"{"code":1070,"message":"maximum number of in process requests allowed"}"#,
        Done::Nothing,
        code::ZOHO_BUSY,
        Transient,
    ),
    (
        "Zoho fails",
        500,
        r#"{"code":1000,"message":"Internal error"}"#,
        Done::InDoubt,
        code::ZOHO_UNAVAILABLE,
        Unavailable,
    ),
    ("what stands before Zoho fails", 502, "<html>", Done::InDoubt, code::ZOHO_UNAVAILABLE, Unavailable),
    ("Zoho gives up", 408, "", Done::InDoubt, code::ZOHO_TIMEOUT, Unavailable),
    ("a portal's page", 200, "<html>", Done::InDoubt, code::ZOHO_BAD_RESPONSE, Transient),
    ("half of an answer", 200, r#"{"code":0,"mess"#, Done::InDoubt, code::ZOHO_BAD_RESPONSE, Transient),
    (
        "a code that nobody knows",
        400,
        r#"{"code":4711,"message":"No."}"#,
        Done::Nothing,
        code::ZOHO_BAD_REQUEST,
        Permanent,
    ),
];

/// The call of the endpoint, and what is read from its answer.
trait Call<T>: AsyncFn(&Client, &Job) -> Result<T, CallError> {}
impl<T, F: AsyncFn(&Client, &Job) -> Result<T, CallError>> Call<T> for F {}

/// Makes the call once and says what came of it, and what Zoho saw.
async fn once<T>(status: u16, body: &Value, call: impl Call<T>) -> (Result<T, CallError>, Seen) {
    let server = Server::answering(status, body.to_string()).await;
    let outcome = call(&server.client(), &job()).await;
    (outcome, server.last())
}

/// What is read from a success with these parts.
async fn read<T>(status: u16, parts: &Value, call: impl Call<T>) -> T {
    let mut body = json!({"code": 0, "message": "success"});
    body.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    let (outcome, _) = once(status, &body, call).await;
    outcome.unwrap_or_else(|error| panic!("{body}: {error}"))
}

/// Holds the call against its own refusals and those of all calls.
async fn refused<T: Debug>(own: &[Refusal], call: impl Call<T>) {
    let server = Server::answering(200, String::new()).await;
    for (when, status, body, done, code, class) in own.iter().chain(&EVERYWHERE) {
        server.answer(*status, (*body).to_owned());
        let error = call(&server.client(), &job()).await.unwrap_err();
        let had = match &error {
            CallError::Refused(_) => Done::Nothing,
            CallError::Exists(_) => Done::There,
            CallError::Unknown(_) => Done::InDoubt,
        };
        let error = StageError::from(error);
        assert_eq!((had, &error.code, error.class), (*done, code, *class), "{when}: {error}");
    }
}

fn job() -> Job {
    let input = fixture::structured(fixture::invoice());
    Work::alone(input.invoice_id.clone(), input)
}

/// A bill as Zoho documents it, with more than is read of it.
fn documented_bill() -> Value {
    json!({
        "bill_id": "460000000098765", "vendor_id": "460000000038029", "vendor_name": "Asha Traders", "status": "open",
        "bill_number": "A-1", "date": "2025-11-03", "due_date": "2025-12-03", "reference_number": "inv-42",
        "currency_id": "460000000000097", "currency_code": "INR", "price_precision": 2, "exchange_rate": 1.0,
        "line_items": [{"line_item_id": "460000000067009", "account_id": "460000000000403", "rate": 1000.0, "quantity": 1}],
        "sub_total": 1000.0, "tax_total": 180.0, "total": 1180.0, "payment_made": 0, "balance": 1180.0,
        "taxes": [{"tax_name": "GST18", "tax_amount": 180.0}], "attachment_name": "", "documents": [],
        "created_time": "2025-11-03T11:09:01+0530", "last_modified_time": "2025-11-03T11:09:01+0530",
    })
}

/// The bill without some fields, and with others in their place.
fn changed(bill: &Value, without: &[&str], with: &Value) -> Value {
    let mut bill = bill.clone();
    let fields = bill.as_object_mut().unwrap();
    without.iter().for_each(|name| drop(fields.remove(*name)));
    fields.extend(with.as_object().unwrap().clone());
    bill
}

/// What is read of a bill, in a line.
fn line(row: &BillRow) -> String {
    let row = serde_json::to_value(row).unwrap();
    let text = |name: &str| match &row[name] {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    };
    ["bill_id", "bill_number", "reference_number", "vendor_id", "currency_code", "total", "tax_total"]
        .map(text)
        .join(" ")
}
