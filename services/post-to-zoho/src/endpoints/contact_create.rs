//! `POST /contacts`, scope `ZohoBooks.contacts.CREATE`: 201 with the contact. Zoho keeps names of contacts unique.

use super::{Done, Refusal, once, read, refused};
use crate::Job;
use crate::answer::CallError;
use crate::client::Client;
use crate::directory::Contact;
use contract::Class::Permanent;
use contract::code;
use serde_json::json;

async fn create(client: &Client, job: &Job) -> Result<String, CallError> {
    let contact: Contact = client.post(job, "contacts", &json!({"contact_name": "Asha"})).await?.part("contact")?;
    Ok(format!("{} {}", contact.contact_id, contact.contact_name))
}

#[tokio::test]
async fn it_sends_json() {
    let (_, seen) = once(201, &json!({}), create).await;
    assert_eq!((seen.what.as_str(), seen.query.as_str()), ("POST /books/v3/contacts", "organization_id=7"));
    assert_eq!(seen.body, r#"{"contact_name":"Asha"}"#);
}

#[tokio::test]
async fn the_contact_is_read_in_every_documented_shape() {
    let table = [
        (
            "as documented",
            json!({"contact_id": "460000000026049", "contact_name": "Asha", "has_transaction": false,
            "contact_type": "vendor", "contact_persons": [{"first_name": "A"}], "billing_address": {"city": "Pune"}}),
        ),
        ("with an id as a number", json!({"contact_id": 460_000_000_026_049_u64, "contact_name": "Asha"})),
    ];
    for (shape, contact) in table {
        assert_eq!(read(201, &json!({"contact": contact}), create).await, "460000000026049 Asha", "{shape}");
    }
}

#[tokio::test]
async fn a_success_without_a_contact_leaves_it_in_doubt() {
    let body = json!({"code": 0, "message": "The contact has been created."});
    assert!(matches!(once(201, &body, create).await.0, Err(CallError::Unknown(_))));
}

#[tokio::test]
async fn each_refusal_is_classed() {
    let own: [Refusal; 4] = [
        (
            "the name is taken",
            400,
            r#"{"code":3062,"message":"The customer \"Asha\" already exists. Please specify a different name."}"#,
            Done::There,
            code::ZOHO_BAD_REQUEST,
            Permanent,
        ),
        (
            "a name of 200 characters",
            400,
            r#"{"code":15,"message":"Please ensure that the \"contact_name\" has less than 200 characters."}"#,
            Done::Nothing,
            code::ZOHO_BAD_REQUEST,
            Permanent,
        ),
        (
            "a GSTIN that is none",
            400,
            r#"{"code":2,"message":"Invalid value passed for gst_no"}"#,
            Done::Nothing,
            code::ZOHO_BAD_REQUEST,
            Permanent,
        ),
        (
            "a currency that was deleted",
            400,
            r#"{"code":2,"message":"Invalid value passed for currency_id"}"#,
            Done::Nothing,
            code::ZOHO_BAD_REQUEST,
            Permanent,
        ),
    ];
    refused(&own, create).await;
}
