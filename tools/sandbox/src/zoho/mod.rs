//! Zoho Books v3 over HTTP: paths, headers and envelopes around the [`Ledger`](crate::ledger::Ledger).

mod admission;
mod bills;
mod contacts;
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
    Router::new()
        .route("/contacts", get(contacts::list).post(contacts::create))
        .route("/contacts/{id}", get(contacts::get))
        .route("/bills", get(bills::list).post(bills::create).put(bills::upsert))
        .route("/bills/{id}", bill)
        .route("/bills/{id}/attachment", post(bills::attach))
        .route("/chartofaccounts", get(reference::accounts))
        .route("/settings/taxes", get(reference::taxes))
        .route("/settings/taxgroups/{id}", get(reference::tax_group))
        .route("/settings/currencies", get(reference::currencies))
        .route("/organizations", get(reference::organizations))
        .fallback(|| async { Refusal::invalid_url() })
        .method_not_allowed_fallback(|| async { Refusal::wrong_method() })
        .layer(from_fn_with_state(world.clone(), admission::admit))
}

/// The `reference_number` a call about bills is for: from the body, the query or the bill itself.
pub(crate) fn reference_number(world: &World, uri: &Uri, body: &[u8]) -> Option<String> {
    let sent = serde_json::from_slice::<Value>(body).ok();
    if let Some(reference) = sent.as_ref().and_then(|body| body["reference_number"].as_str()) {
        return Some(reference.to_owned());
    }
    let query = Query::parse(uri.query().unwrap_or_default());
    if let Some(reference) = query.get("reference_number") {
        return Some(reference.to_owned());
    }
    let (_, rest) = uri.path().split_once("/bills/")?;
    let id = rest.split('/').next()?;
    world.ledger().reference_of(id).map(str::to_owned)
}
