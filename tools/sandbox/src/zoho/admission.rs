//! What stands before every resource: token, organisation, limits.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header::AUTHORIZATION},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{quota::Place, scope};
use crate::{
    ledger::{Query, Refusal},
    world::{self, World, latency},
};

pub(super) async fn admit(State(world): State<World>, request: Request, next: Next) -> Response {
    let place = match check(&world, &request) {
        Ok(place) => place,
        Err(refusal) => return refusal.into_response(),
    };
    latency(world.settings.latency_zoho_ms).await;
    let response = next.run(request).await;
    drop(place);
    response
}

/// The access token a call was made with.
pub(crate) fn access_token(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Zoho-oauthtoken ")
}

fn check(world: &World, request: &Request) -> Result<Place, Refusal> {
    let now = world::now();
    if !access_token(request.headers()).is_some_and(|token| world.tokens().accepts(token, now)) {
        return Err(Refusal::unauthorized());
    }
    let path = request.uri().path();
    if !scope::allows(&world.settings.scope, request.method(), path) {
        return Err(Refusal::unauthorized());
    }
    if !path.ends_with("/organizations") {
        check_organization(world, request)?;
    }
    let creates_bill = request.method() == Method::POST && path.ends_with("/bills");
    Place::take(world, creates_bill, now)
}

fn check_organization(world: &World, request: &Request) -> Result<(), Refusal> {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    match query.get("organization_id") {
        None => Err(Refusal::missing_parameter()),
        Some(id) if id == world.settings.organization_id => Ok(()),
        Some(id) => Err(Refusal::wrong_organization(id)),
    }
}
