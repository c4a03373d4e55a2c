//! `GET /contacts`, scope `ZohoBooks.contacts.READ`: all vendors, page by page. There is no documented filter by GSTIN.

use super::server::Server;
use super::{job, once, read, refused};
use crate::Job;
use crate::answer::CallError;
use crate::client::Client;
use crate::directory::Contact;
use serde_json::json;

async fn list(client: &Client, job: &Job) -> Result<Vec<String>, CallError> {
    let rows: Vec<Contact> = client.list(job, "contacts", "contacts", &[("contact_type", "vendor")]).await?;
    let shown = |row: &Contact| {
        let gst_no = row.gst_no.as_deref().unwrap_or("-");
        format!("{} {} {gst_no} {}", row.contact_id, row.contact_name, row.is_vendor())
    };
    Ok(rows.iter().map(shown).collect())
}

#[tokio::test]
async fn it_asks_for_vendors_two_hundred_to_a_page() {
    let (_, seen) = once(200, &json!({}), list).await;
    assert_eq!(seen.what, "GET /books/v3/contacts");
    assert_eq!(seen.query, "contact_type=vendor&page=1&per_page=200&organization_id=7");
}

#[tokio::test]
async fn contacts_are_read_in_every_documented_shape() {
    let table = [
        (
            "as documented",
            json!({"contact_id": "460000000026049", "contact_name": "Asha", "company_name": "Asha Traders", "contact_type": "vendor",
                "status": "active", "payment_terms": 15, "currency_id": "460000000000097", "gst_no": "29AAKCV4827Q1ZB",
                "gst_treatment": "business_gst", "custom_fields": [], "created_time": "2013-08-05T12:06:10+0530"}),
            "460000000026049 Asha 29AAKCV4827Q1ZB true",
        ),
        (
            "an id as a number",
            json!({"contact_id": 460_000_000_026_049_u64, "contact_name": "Asha"}),
            "460000000026049 Asha - true",
        ),
        ("without its type, as the filter was for vendors", json!({"contact_id": "1", "gst_no": null}), "1  - true"),
        ("a customer, as the filter was ignored", json!({"contact_id": "1", "contact_type": "customer"}), "1  - false"),
        ("without a GSTIN", json!({"contact_id": "1", "gst_no": ""}), "1   true"),
    ];
    for (shape, row, expected) in table {
        assert_eq!(read(200, &json!({"contacts": [row]}), list).await, [expected], "{shape}");
    }
    assert!(read(200, &json!({"contacts": []}), list).await.is_empty());
}

#[tokio::test]
async fn pages_are_read_as_long_as_zoho_says_that_there_are_more() {
    let page =
        |more: bool| json!({"code": 0, "contacts": [{"contact_id": "1"}], "page_context": {"has_more_page": more}});
    let server = Server::answering(200, page(true).to_string()).await;
    let client = server.client();
    let job = job();
    let reading = list(&client, &job);
    tokio::pin!(reading);
    // The server has said twice that there is more before it says that there is not.
    while !server.last().query.contains("page=2&") {
        tokio::select! {
            read = &mut reading => panic!("ended too early: {read:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    server.answer(200, page(false).to_string());
    assert!(reading.await.unwrap().len() >= 3);
}

#[tokio::test]
async fn each_refusal_is_classed() {
    refused(&[], list).await;
}
