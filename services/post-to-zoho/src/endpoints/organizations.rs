//! `GET /organizations`, scope `ZohoBooks.settings.READ`: the one call without an organisation.

use super::{once, read, refused};
use crate::Job;
use crate::answer::CallError;
use crate::check::Organization;
use crate::client::{Caller, Client, ORGANIZATIONS};
use serde_json::json;

async fn list(client: &Client, _: &Job) -> Result<Vec<String>, CallError> {
    let rows: Vec<Organization> = client.get(Caller::Person, ORGANIZATIONS, &[]).await?.part("organizations")?;
    Ok(rows
        .iter()
        .map(|row| format!("{} {} {:?} {:?}", row.organization_id, row.name, row.is_org_active, row.plan_name))
        .collect())
}

#[tokio::test]
async fn it_names_no_organisation() {
    let (_, seen) = once(200, &json!({}), list).await;
    assert_eq!((seen.what.as_str(), seen.query.as_str()), ("GET /books/v3/organizations", ""));
    assert_eq!(seen.headers["authorization"], "Zoho-oauthtoken 1000.a.b");
}

#[tokio::test]
async fn organisations_are_read_in_every_documented_shape() {
    let rows = json!([
        {"organization_id": "10234695", "name": "Asha", "contact_name": "A", "email": "a@asha.example", "is_default_org": false,
            "language_code": "en", "fiscal_year_start_month": 3, "account_created_date": "2016-02-18", "time_zone": "PST",
            "is_org_active": true, "currency_id": "460000000000097", "currency_code": "INR", "plan_type": 0,
            "plan_name": "TRIAL", "plan_period": ""},
        {"organization_id": 10_234_695, "is_org_active": false},
    ]);
    let expected = ["10234695 Asha Some(true) Some(\"TRIAL\")", "10234695  Some(false) None"];
    assert_eq!(read(200, &json!({"organizations": rows}), list).await, expected);
    assert!(read(200, &json!({"organizations": []}), list).await.is_empty());
}

#[tokio::test]
async fn each_refusal_is_classed() {
    refused(&[], list).await;
}
