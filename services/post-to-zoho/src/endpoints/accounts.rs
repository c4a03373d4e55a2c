//! `GET /chartofaccounts`, scope `ZohoBooks.accountants.READ`.

use super::{once, read, refused};
use crate::Job;
use crate::account::{AccountRow, first_expense};
use crate::answer::CallError;
use crate::client::Client;
use serde_json::json;

/// The account that lines are booked to where none is set.
async fn list(client: &Client, job: &Job) -> Result<String, CallError> {
    let rows: Vec<AccountRow> =
        client.list(job, "chartofaccounts", "chartofaccounts", &[("filter_by", "AccountType.Active")]).await?;
    Ok(first_expense(&rows).map_or_else(|| "none".to_owned(), |row| format!("{} {}", row.account_id, row.account_name)))
}

#[tokio::test]
async fn it_asks_for_active_accounts() {
    let (_, seen) = once(200, &json!({}), list).await;
    assert_eq!(seen.what, "GET /books/v3/chartofaccounts");
    assert_eq!(seen.query, "filter_by=AccountType.Active&page=1&per_page=200&organization_id=7");
}

#[tokio::test]
async fn accounts_are_read_in_every_documented_shape() {
    let table = [
        (
            "as documented",
            json!({"account_id": "460000000000403", "account_name": "Job Costing", "account_code": "",
            "account_type": "expense", "is_user_created": false, "is_system_account": true, "is_active": true}),
            "460000000000403 Job Costing",
        ),
        (
            "an id as a number",
            json!({"account_id": 460_000_000_000_403_u64, "account_type": "expense"}),
            "460000000000403 ",
        ),
        (
            "without saying whether it is active",
            json!({"account_id": "1", "account_name": "A", "account_type": "expense"}),
            "1 A",
        ),
        (
            "inactive, as the filter was ignored",
            json!({"account_id": "1", "account_type": "expense", "is_active": false}),
            "none",
        ),
        ("of another type", json!({"account_id": "1", "account_type": "income", "is_active": true}), "none"),
        ("without a type", json!({"account_id": "1"}), "none"),
    ];
    for (shape, row, expected) in table {
        assert_eq!(read(200, &json!({"chartofaccounts": [row]}), list).await, expected, "{shape}");
    }
    assert_eq!(read(200, &json!({"chartofaccounts": []}), list).await, "none");
}

#[tokio::test]
async fn each_refusal_is_classed() {
    refused(&[], list).await;
}
