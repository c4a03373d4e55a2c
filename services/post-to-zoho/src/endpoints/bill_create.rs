//! `POST /bills`, scope `ZohoBooks.bills.CREATE`: 201 with the bill.

use super::{Done, Refusal, changed, documented_bill, line, once, read, refused};
use crate::Job;
use crate::answer::CallError;
use crate::client::Client;
use crate::reconcile::BillRow;
use contract::Class::Permanent;
use contract::code;
use serde_json::json;

/// What a bill, made in whatever way, may be refused for.
pub(super) const REFUSALS: [Refusal; 10] = [
    (
        "the number is taken",
        400,
        r#"{"code":13011,"message":"bill number A-1 already exists"}"#,
        Done::There,
        code::ZOHO_BAD_REQUEST,
        Permanent,
    ),
    (
        "the same in other words",
        400,
        r#"{"code":1,"message":"A bill with the number A-1 has already been created for this vendor."}"#,
        Done::There,
        code::ZOHO_BAD_REQUEST,
        Permanent,
    ),
    (
        "the vendor was deleted",
        400,
        r#"{"code":1002,"message":"Invalid value passed for vendor_id"}"#,
        Done::Nothing,
        code::ZOHO_BAD_REQUEST,
        Permanent,
    ),
    (
        "an account that is none",
        400,
        r#"{"code":2,"message":"Invalid value passed for account_id"}"#,
        Done::Nothing,
        code::ZOHO_BAD_REQUEST,
        Permanent,
    ),
    (
        "something mandatory is missing",
        400,
        r#"{"code":4,"message":"Invalid value/missing mandatory parameter"}"#,
        Done::Nothing,
        code::ZOHO_BAD_REQUEST,
        Permanent,
    ),
    (
        "a number of 100 characters",
        400,
        r#"{"code":15,"message":"Please ensure that the \"bill_number\" has less than 100 characters."}"#,
        Done::Nothing,
        code::ZOHO_BAD_REQUEST,
        Permanent,
    ),
    (
        "a body that is no JSON",
        400,
        r#"{"code":1038,"message":"JSON is not well formed"}"#,
        Done::Nothing,
        code::ZOHO_BAD_REQUEST,
        Permanent,
    ),
    (
        "an item of the name",
        400,
        r#"{"code":1001,"message":"Item with the name already exists."}"#,
        Done::There,
        code::ZOHO_BAD_REQUEST,
        Permanent,
    ),
    (
        "something it names is gone",
        404,
        r#"{"code":1002,"message":"Account does not exist."}"#,
        Done::Nothing,
        code::ZOHO_NOT_FOUND,
        Permanent,
    ),
    (
        "a locked period",
        400,
        r#"{"code":1018,"message":"The transaction date lies in a locked period."}"#,
        Done::Nothing,
        code::ZOHO_BAD_REQUEST,
        Permanent,
    ),
];

async fn create(client: &Client, job: &Job) -> Result<String, CallError> {
    let row: BillRow = client.post(job, "bills", &json!({"bill_number": "A-1"})).await?.part("bill")?;
    Ok(line(&row))
}

#[tokio::test]
async fn it_sends_json_once() {
    let (_, seen) = once(201, &json!({}), create).await;
    assert_eq!((seen.what.as_str(), seen.query.as_str()), ("POST /books/v3/bills", "organization_id=7"));
    assert_eq!(
        (&seen.headers["content-type"], seen.body.as_str()),
        (&"application/json".parse().unwrap(), r#"{"bill_number":"A-1"}"#)
    );
}

#[tokio::test]
async fn the_bill_is_read_in_every_documented_shape() {
    let whole = "460000000098765 A-1 inv-42 460000000038029 INR 1180 180";
    let bill = documented_bill();
    let table = [
        ("as documented", 201, bill.clone(), whole),
        ("with status 200", 200, bill.clone(), whole),
        ("with an id as a number", 201, changed(&bill, &[], &json!({"bill_id": 460_000_000_098_765_u64})), whole),
        (
            "without what is optional",
            201,
            changed(&bill, &["reference_number", "vendor_id", "currency_code", "tax_total", "line_items"], &json!({})),
            "460000000098765 A-1 - - - 1180 -",
        ),
        ("with fields that nobody knows", 201, changed(&bill, &[], &json!({"is_new": {"a": [1, null]}})), whole),
    ];
    for (shape, status, bill, expected) in table {
        assert_eq!(read(status, &json!({"bill": bill}), create).await, expected, "{shape}");
    }
}

#[tokio::test]
async fn a_success_without_a_bill_leaves_it_in_doubt() {
    for body in [json!({"code": 0, "message": "The bill has been created."}), json!({"code": 0, "bill": {}})] {
        assert!(matches!(once(201, &body, create).await.0, Err(CallError::Unknown(_))), "{body}");
    }
}

#[tokio::test]
async fn each_refusal_is_classed() {
    refused(&REFUSALS, create).await;
}
