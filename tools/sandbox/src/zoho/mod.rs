//! Zoho Books v3 over HTTP: paths, headers and envelopes around the [`Ledger`](crate::ledger::Ledger).

mod admission;
mod bills;
mod contacts;
mod credits;
mod envelope;
mod oauth;
mod quota;
mod reference;
mod scope;

use axum::{
    Router,
    http::Uri,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use serde_json::Value;

pub(crate) use admission::access_token;
pub(crate) use envelope::failure;
pub(crate) use oauth::{TokenDesk, token};
pub(crate) use quota::Quota;

use crate::{
    ledger::{Query, Refusal},
    world::World,
};

/// The API below one of its roots.
pub(crate) fn api(world: &World) -> Router<World> {
    let bill = get(bills::get).put(bills::update).delete(bills::delete);
    let credit = get(credits::get).delete(credits::delete);
    Router::new()
        .route("/contacts", get(contacts::list).post(contacts::create))
        .route("/contacts/{id}", get(contacts::get))
        .route("/bills", get(bills::list).post(bills::create).put(bills::upsert))
        .route("/bills/{id}", bill)
        .route("/bills/{id}/attachment", post(bills::attach))
        .route("/bills/{id}/status/open", post(bills::open))
        .route("/bills/{id}/status/void", post(bills::void))
        .route("/bills/{id}/submit", post(bills::submit))
        .route("/bills/{id}/approve", post(bills::approve))
        .route("/vendorcredits", get(credits::list).post(credits::create))
        .route("/vendorcredits/{id}", credit)
        .route("/vendorcredits/{id}/status/open", post(credits::open))
        .route("/vendorcredits/{id}/status/void", post(credits::void))
        .route("/vendorcredits/{id}/submit", post(credits::submit))
        .route("/vendorcredits/{id}/approve", post(credits::approve))
        .route("/chartofaccounts", get(reference::accounts))
        .route("/settings/taxes", get(reference::taxes))
        .route("/settings/taxgroups/{id}", get(reference::tax_group))
        .route("/settings/currencies", get(reference::currencies))
        .route("/organizations", get(reference::organizations))
        .fallback(|| async { Refusal::invalid_url() })
        .method_not_allowed_fallback(|| async { Refusal::wrong_method() })
        .layer(from_fn_with_state(world.clone(), admission::admit))
}

/// The `reference_number` a call about bills or vendor credits is for: from the body, the query or
/// the one it names.
pub(crate) fn reference_number(world: &World, uri: &Uri, body: &[u8]) -> Option<String> {
    let sent = serde_json::from_slice::<Value>(body).ok();
    if let Some(reference) = sent.as_ref().and_then(|body| body["reference_number"].as_str()) {
        return Some(reference.to_owned());
    }
    let query = Query::parse(uri.query().unwrap_or_default());
    if let Some(reference) = query.get("reference_number") {
        return Some(reference.to_owned());
    }
    let ledger = world.ledger();
    let named = |collection: &str| uri.path().split_once(collection)?.1.split('/').next();
    let bill = named("/bills/").and_then(|id| ledger.bill_reference(id));
    let found = bill.or_else(|| named("/vendorcredits/").and_then(|id| ledger.credit_reference(id)));
    found.map(str::to_owned)
}
