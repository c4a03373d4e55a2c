//! What an organisation is set up with: accounts, taxes, currencies, itself.

use axum::extract::{Path, RawQuery, State};
use serde_json::json;

use super::envelope::{Reply, Success};
use crate::{ledger::Query, world::World};

pub(super) async fn accounts(State(world): State<World>, RawQuery(query): RawQuery) -> Reply {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let page = world.ledger().accounts(&query);
    Ok(Success::list("chartofaccounts", page))
}

pub(super) async fn taxes(State(world): State<World>) -> Reply {
    let taxes = world.ledger().taxes();
    Ok(Success::ok("success").with("taxes", taxes))
}

pub(super) async fn tax_group(State(world): State<World>, Path(id): Path<String>) -> Reply {
    let group = world.ledger().tax_group(&id)?;
    Ok(Success::ok("success").with("tax_group", group))
}

pub(super) async fn currencies(State(world): State<World>) -> Reply {
    let currencies = world.ledger().currencies();
    Ok(Success::ok("success").with("currencies", currencies))
}

pub(super) async fn organizations(State(world): State<World>) -> Reply {
    let organization = json!({
        "organization_id": world.settings.organization_id,
        "name": "Sandbox Trading Private Limited",
        "currency_code": "INR",
        "country": "India",
        "country_code": "IN",
        "state_code": "KA",
        "time_zone": "Asia/Calcutta",
        "fiscal_year_start_month": "april",
        "is_default_org": true,
    });
    Ok(Success::ok("success").with("organizations", json!([organization])))
}
