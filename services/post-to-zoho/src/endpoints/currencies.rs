//! `GET /settings/currencies`, scope `ZohoBooks.settings.READ`: bills name a currency by its id.

use super::{once, read, refused};
use crate::Job;
use crate::answer::CallError;
use crate::client::Client;
use crate::reference::Currency;
use serde_json::json;

async fn list(client: &Client, job: &Job) -> Result<Vec<String>, CallError> {
    let rows: Vec<Currency> = client.list(job, "settings/currencies", "currencies", &[]).await?;
    Ok(rows.iter().map(|row| format!("{} {}", row.currency_id, row.currency_code)).collect())
}

#[tokio::test]
async fn it_asks_two_hundred_to_a_page() {
    let (_, seen) = once(200, &json!({}), list).await;
    assert_eq!(seen.what, "GET /books/v3/settings/currencies");
    assert_eq!(seen.query, "page=1&per_page=200&organization_id=7");
}

#[tokio::test]
async fn currencies_are_read_in_every_documented_shape() {
    let rows = json!([
        {"currency_id": "460000000000097", "currency_code": "INR", "currency_name": "INR- Indian Rupee", "currency_symbol": "Rs.",
            "price_precision": 2, "is_base_currency": true, "exchange_rate": 0, "effective_date": ""},
        {"currency_id": 460_000_000_000_099_u64, "currency_code": "USD"},
        {"currency_id": "1"},
    ]);
    let expected = ["460000000000097 INR", "460000000000099 USD", "1 "];
    assert_eq!(read(200, &json!({"currencies": rows}), list).await, expected);
    assert!(read(200, &json!({"currencies": []}), list).await.is_empty());
}

#[tokio::test]
async fn each_refusal_is_classed() {
    refused(&[], list).await;
}
