//! `POST /bills/{id}/attachment`, scope `ZohoBooks.bills.CREATE`: 201 without the bill. Zoho adds what comes twice a second time.

use super::{Done, Refusal, once, read, refused};
use crate::Job;
use crate::answer::CallError;
use crate::client::Client;
use bytes::Bytes;
use contract::Class::Permanent;
use contract::code;
use serde_json::json;

async fn attach(client: &Client, job: &Job) -> Result<(), CallError> {
    client.attach(job, "bills/1/attachment", "A-1.pdf", &Bytes::from_static(b"%PDF-1.7")).await.map(drop)
}

#[tokio::test]
async fn the_pdf_is_the_forms_field_attachment() {
    let (_, seen) = once(201, &json!({}), attach).await;
    assert_eq!((seen.what.as_str(), seen.query.as_str()), ("POST /books/v3/bills/1/attachment", "organization_id=7"));
    assert!(seen.headers["content-type"].to_str().unwrap().starts_with("multipart/form-data; boundary="));
    for part in [r#"name="attachment"; filename="A-1.pdf""#, "Content-Type: application/pdf", "%PDF-1.7"] {
        assert!(seen.body.contains(part), "{}", seen.body);
    }
}

#[tokio::test]
async fn that_it_is_attached_is_known_by_the_code_alone() {
    for parts in [json!({"message": "The document has been attached."}), json!({}), json!({"documents": []})] {
        read(201, &parts, attach).await;
        read(200, &parts, attach).await;
    }
}

#[tokio::test]
async fn each_refusal_is_classed() {
    let own: [Refusal; 3] = [
        (
            "the bill was deleted",
            404,
            r#"{"code":1002,"message":"Bill does not exist."}"#,
            Done::Nothing,
            code::ZOHO_NOT_FOUND,
            Permanent,
        ),
        (
            "a file that Zoho does not take",
            400,
            r#"{"code":2,"message":"Invalid value passed for attachment"}"#,
            Done::Nothing,
            code::ZOHO_BAD_REQUEST,
            Permanent,
        ),
        ("a file that is too large", 413, "<html>", Done::Nothing, code::ZOHO_BAD_REQUEST, Permanent),
    ];
    refused(&own, attach).await;
}
