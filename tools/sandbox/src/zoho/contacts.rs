//! `/contacts`.

use axum::{
    Extension,
    extract::{Path, RawQuery, State},
};
use bytes::Bytes;

use super::envelope::{Reply, Success, object};
use crate::{
    ledger::{ListLag, Query},
    world::{self, World},
};

pub(super) async fn create(State(world): State<World>, Extension(lag): Extension<ListLag>, body: Bytes) -> Reply {
    let contact = world.ledger().create_contact(&object(&body)?, world::moment(lag))?;
    Ok(Success::created("The contact has been created.").with("contact", contact))
}

pub(super) async fn list(State(world): State<World>, RawQuery(query): RawQuery) -> Reply {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let page = world.ledger().contacts(&query, world::now());
    Ok(Success::list("contacts", page))
}

pub(super) async fn get(State(world): State<World>, Path(id): Path<String>) -> Reply {
    let contact = world.ledger().contact(&id)?;
    Ok(Success::ok("success").with("contact", contact))
}
