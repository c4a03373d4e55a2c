//! `PUT /bills` with `X-Unique-Identifier-…`, scope `ZohoBooks.bills.UPDATE`: 200 with the bill that has the value, made or changed.

use super::{Done, Refusal, bill_create, documented_bill, line, once, read, refused};
use crate::Job;
use crate::answer::CallError;
use crate::client::Client;
use crate::reconcile::BillRow;
use contract::Class::Permanent;
use contract::code;
use serde_json::json;

async fn upsert(client: &Client, job: &Job) -> Result<String, CallError> {
    let answer = client.upsert(job, "bills", "cf_invoice_id", &json!({"bill_number": "A-1"})).await?;
    let row: BillRow = answer.part("bill")?;
    Ok(line(&row))
}

#[tokio::test]
async fn it_names_the_field_and_our_invoice_id() {
    let (_, seen) = once(200, &json!({}), upsert).await;
    assert_eq!((seen.what.as_str(), seen.query.as_str()), ("PUT /books/v3/bills", "organization_id=7"));
    let header = |name: &str| seen.headers[name].to_str().unwrap();
    assert_eq!(header("x-unique-identifier-key"), "cf_invoice_id");
    assert_eq!((header("x-unique-identifier-value"), header("x-upsert")), ("inv-42", "true"));
}

#[tokio::test]
async fn the_bill_is_read_whether_it_was_made_or_changed() {
    for status in [200, 201] {
        let line = read(status, &json!({"bill": documented_bill()}), upsert).await;
        assert_eq!(line, "460000000098765 A-1 inv-42 460000000038029 INR 1180 180", "{status}");
    }
}

#[tokio::test]
async fn each_refusal_is_classed() {
    let own: [Refusal; 2] = [
        (
            "no such field",
            400,
            r#"{"code":2,"message":"Invalid value passed for X-Unique-Identifier-Key"}"#,
            Done::Nothing,
            code::ZOHO_BAD_REQUEST,
            Permanent,
        ),
        (
            "another bill has the value",
            400,
            r#"{"code":1,"message":"The value inv-42 of the field already exists"}"#,
            Done::There,
            code::ZOHO_BAD_REQUEST,
            Permanent,
        ),
    ];
    refused(&[&own[..], &bill_create::REFUSALS].concat(), upsert).await;
}
