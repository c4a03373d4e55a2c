//! `GET /bills/{id}`, scope `ZohoBooks.bills.READ`: whether a bill has its PDF, and whether it is still there.

use super::{Done, changed, documented_bill, line, once, read, refused};
use crate::answer::CallError;
use crate::client::Client;
use crate::reconcile::BillRow;
use crate::{Job, attachment};
use contract::{Class, code};
use serde_json::json;

async fn get(client: &Client, job: &Job) -> Result<(String, bool), CallError> {
    let answer = client.get(job, "bills/460000000098765", &[]).await?;
    let row: BillRow = answer.part("bill")?;
    Ok((line(&row), attachment::is_any(&answer)))
}

#[tokio::test]
async fn it_asks_for_the_bill() {
    let (_, seen) = once(200, &json!({}), get).await;
    assert_eq!((seen.what.as_str(), seen.query.as_str()), ("GET /books/v3/bills/460000000098765", "organization_id=7"));
}

#[tokio::test]
async fn a_bill_says_in_each_documented_way_whether_it_has_a_file() {
    let document = json!([{"document_id": 460_000_000_067_111_u64, "file_name": "A-1.pdf"}]);
    let table = [
        ("no file", json!({}), false),
        ("a file by its name", json!({"attachment_name": "A-1.pdf"}), true),
        ("a file in the list", json!({"documents": document}), true),
        ("nothing said", json!({"attachment_name": null, "documents": []}), false),
    ];
    for (shape, with, has_file) in table {
        let bill = changed(&documented_bill(), &[], &with);
        let (line, is_any) = read(200, &json!({"bill": bill}), get).await;
        assert_eq!(line, "460000000098765 A-1 inv-42 460000000038029 INR 1180 180", "{shape}");
        assert_eq!(is_any, has_file, "{shape}");
    }
}

#[tokio::test]
async fn each_refusal_is_classed() {
    let gone = r#"{"code":1002,"message":"Bill does not exist."}"#;
    refused(&[("the bill was deleted", 404, gone, Done::Nothing, code::ZOHO_NOT_FOUND, Class::Permanent)], get).await;
}
