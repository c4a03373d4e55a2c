//! `GET /settings/taxes`, scope `ZohoBooks.settings.READ`. Within a state a line bears a group, across states IGST.

use super::{once, read, refused};
use crate::Job;
use crate::answer::CallError;
use crate::client::Client;
use crate::tax::{Supply, Tax};
use serde_json::json;

async fn list(client: &Client, job: &Job) -> Result<Vec<String>, CallError> {
    let rows: Vec<Tax> = client.list(job, "settings/taxes", "taxes", &[]).await?;
    let shown = |tax: &Tax| {
        let kind = if tax.is_for(Supply::IntraState) {
            "within a state"
        } else if tax.is_for(Supply::InterState) {
            "across states"
        } else {
            "part of a group"
        };
        format!("{} {} {kind}", tax.tax_id, tax.tax_percentage.0.normalize())
    };
    Ok(rows.iter().map(shown).collect())
}

#[tokio::test]
async fn it_asks_two_hundred_to_a_page() {
    let (_, seen) = once(200, &json!({}), list).await;
    assert_eq!(seen.what, "GET /books/v3/settings/taxes");
    assert_eq!(seen.query, "page=1&per_page=200&organization_id=7");
}

#[tokio::test]
async fn taxes_are_read_in_every_documented_shape() {
    let table = [
        (
            "a group",
            json!({"tax_id": "1", "tax_name": "GST18", "tax_percentage": 18, "tax_type": "tax_group", "is_editable": true}),
            "1 18 within a state",
        ),
        (
            "a group with an empty kind",
            json!({"tax_id": 1, "tax_percentage": 18.0, "tax_type": "tax_group", "tax_specific_type": ""}),
            "1 18 within a state",
        ),
        (
            "IGST",
            json!({"tax_id": "2", "tax_percentage": "18.00", "tax_type": "tax", "tax_specific_type": "igst"}),
            "2 18 across states",
        ),
        (
            "IGST by its name alone",
            json!({"tax_id": "2", "tax_name": "IGST5", "tax_percentage": 5, "tax_type": "tax"}),
            "2 5 across states",
        ),
        (
            "a half",
            json!({"tax_id": "3", "tax_percentage": 2.5, "tax_type": "tax", "tax_specific_type": "cgst"}),
            "3 2.5 part of a group",
        ),
        ("without a kind", json!({"tax_id": "4", "tax_percentage": 0}), "4 0 part of a group"),
    ];
    for (shape, row, expected) in table {
        assert_eq!(read(200, &json!({"taxes": [row]}), list).await, [expected], "{shape}");
    }
    assert!(read(200, &json!({"taxes": []}), list).await.is_empty());
}

#[tokio::test]
async fn each_refusal_is_classed() {
    refused(&[], list).await;
}
