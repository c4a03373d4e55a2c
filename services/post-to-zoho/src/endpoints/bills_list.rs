//! `GET /bills`, scope `ZohoBooks.bills.READ`: the look before a bill is made. Filters that Zoho does not know it ignores, so
//! rows are checked again by whoever asked.

use super::{changed, documented_bill, line, once, read, refused};
use crate::Job;
use crate::answer::CallError;
use crate::client::Client;
use crate::reconcile::BillRow;
use serde_json::{Value, json};

/// As the service does it, by our invoice id.
async fn list(client: &Client, job: &Job) -> Result<Vec<String>, CallError> {
    let answer = client.get(job, "bills", &[("reference_number", "inv-42")]).await?;
    let rows: Vec<BillRow> = answer.part("bills")?;
    Ok(rows.iter().map(line).chain(answer.has_more().then(|| "and more".to_owned())).collect())
}

/// A row of a list has no lines and no taxes.
fn row() -> Value {
    changed(
        &documented_bill(),
        &["line_items", "tax_total", "taxes", "sub_total", "documents"],
        &json!({"due_days": ""}),
    )
}

#[tokio::test]
async fn it_asks_by_reference_number_in_the_organisation() {
    let (_, seen) = once(200, &json!({}), list).await;
    assert_eq!(seen.what, "GET /books/v3/bills");
    assert_eq!(seen.query, "reference_number=inv-42&organization_id=7");
    assert_eq!(seen.headers["x-invoice-id"], "inv-42");
}

#[tokio::test]
async fn bills_are_read_in_every_documented_shape() {
    let whole = "460000000098765 A-1 inv-42 460000000038029 INR 1180 -";
    let numbers = json!({"bill_id": 460_000_000_098_765_u64, "vendor_id": 460_000_000_038_029_u64, "total": 1180});
    let table = [
        ("as documented", json!([row()]), json!({}), vec![whole]),
        ("ids as numbers", json!([changed(&row(), &[], &numbers)]), json!({}), vec![whole]),
        (
            "19 digits",
            json!([changed(&row(), &[], &json!({"bill_id": i64::MAX}))]),
            json!({}),
            vec!["9223372036854775807 A-1 inv-42 460000000038029 INR 1180 -"],
        ),
        ("an amount as text", json!([changed(&row(), &[], &json!({"total": "1180.00"}))]), json!({}), vec![whole]),
        (
            "only what must be there",
            json!([{"bill_id": "1", "bill_number": "A-1", "total": 0.1}]),
            json!({}),
            vec!["1 A-1 - - - 0.1 -"],
        ),
        (
            "empty texts",
            json!([changed(&row(), &[], &json!({"reference_number": "", "currency_code": ""}))]),
            json!({}),
            vec!["460000000098765 A-1  460000000038029  1180 -"],
        ),
        ("no bill", json!([]), json!({"page": 1, "per_page": 200, "has_more_page": false}), vec![]),
        (
            "a page of several",
            json!([row()]),
            json!({"page": 1, "per_page": 200, "has_more_page": true}),
            vec![whole, "and more"],
        ),
    ];
    for (shape, rows, page, expected) in table {
        assert_eq!(read(200, &json!({"bills": rows, "page_context": page}), list).await, expected, "{shape}");
    }
}

#[tokio::test]
async fn a_list_that_is_none_is_not_an_empty_one() {
    for parts in [json!({}), json!({"bills": null}), json!({"bills": {}}), json!({"bills": [{"bill_id": null}]})] {
        let mut body = json!({"code": 0, "message": "success"});
        body.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
        assert!(matches!(once(200, &body, list).await.0, Err(CallError::Unknown(_))), "{parts}");
    }
}

#[tokio::test]
async fn each_refusal_is_classed() {
    refused(&[], list).await;
}
