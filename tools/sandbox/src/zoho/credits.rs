//! `/vendorcredits`.

use axum::{
    Extension,
    extract::{Path, RawQuery, State},
};
use bytes::Bytes;

use super::envelope::{Reply, Success, object};
use crate::{
    ledger::{ListLag, Query, Refusal, Step},
    world::{self, World},
};

pub(super) async fn create(
    State(world): State<World>,
    Extension(lag): Extension<ListLag>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Reply {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let own_number = query.get("ignore_auto_number_generation") == Some("true");
    let credit = world.ledger().create_credit(object(&body)?, own_number, world::moment(lag))?;
    Ok(Success::created("Vendor credit has been created.").with("vendor_credit", credit))
}

pub(super) async fn list(State(world): State<World>, RawQuery(query): RawQuery) -> Reply {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let page = world.ledger().credits(&query, world::now());
    Ok(Success::list("vendorcredits", page))
}

pub(super) async fn get(State(world): State<World>, Path(id): Path<String>) -> Reply {
    let credit = world.ledger().credit(&id)?;
    Ok(Success::ok("success").with("vendor_credit", credit))
}

pub(super) async fn delete(State(world): State<World>, Path(id): Path<String>) -> Reply {
    world.ledger().delete_credit(&id)?;
    Ok(Success::ok("The vendor credit has been deleted."))
}

pub(super) async fn open(world: State<World>, id: Path<String>) -> Reply {
    step(&world, &id, Step::Open)?;
    Ok(Success::created("The status of the vendor credit has been changed to open."))
}

pub(super) async fn void(world: State<World>, id: Path<String>) -> Reply {
    step(&world, &id, Step::Void)?;
    Ok(Success::created("The vendor credit has been voided."))
}

pub(super) async fn submit(world: State<World>, id: Path<String>) -> Reply {
    step(&world, &id, Step::Submit)?;
    Ok(Success::ok("The vendor credit has been submitted for approval successfully."))
}

pub(super) async fn approve(world: State<World>, id: Path<String>) -> Reply {
    step(&world, &id, Step::Approve)?;
    Ok(Success::ok("You have approved the vendor credit."))
}

fn step(world: &World, id: &str, step: Step) -> Result<(), Refusal> {
    world.ledger().step_credit(id, step, world::moment(ListLag::default()))
}
