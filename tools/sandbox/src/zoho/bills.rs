//! `/bills` and their attachments.

use axum::{
    Extension,
    extract::{Multipart, Path, RawQuery, State, multipart::MultipartRejection},
    http::HeaderMap,
};
use bytes::Bytes;

use super::envelope::{Reply, Success, object};
use crate::{
    ledger::{ListLag, Query, Refusal, Step, UniqueKey, Upserted},
    world::{self, World},
};

const CREATED: &str = "The bill has been created.";
const UPDATED: &str = "Bill information has been updated.";

pub(super) async fn create(State(world): State<World>, Extension(lag): Extension<ListLag>, body: Bytes) -> Reply {
    let bill = world.ledger().create_bill(object(&body)?, world::moment(lag))?;
    Ok(Success::created(CREATED).with("bill", bill))
}

pub(super) async fn list(State(world): State<World>, RawQuery(query): RawQuery) -> Reply {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let page = world.ledger().bills(&query, world::now());
    Ok(Success::list("bills", page))
}

pub(super) async fn get(State(world): State<World>, Path(id): Path<String>) -> Reply {
    let bill = world.ledger().bill(&id)?;
    Ok(Success::ok("success").with("bill", bill))
}

pub(super) async fn update(State(world): State<World>, Path(id): Path<String>, body: Bytes) -> Reply {
    let moment = world::moment(ListLag::default());
    let bill = world.ledger().update_bill(&id, object(&body)?, moment)?;
    Ok(Success::ok(UPDATED).with("bill", bill))
}

/// Both outcomes are 200: the specification lists no other success.
pub(super) async fn upsert(
    State(world): State<World>,
    Extension(lag): Extension<ListLag>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let key = header("x-unique-identifier-key").zip(header("x-unique-identifier-value"));
    let (field, value) = key.ok_or_else(Refusal::missing_parameter)?;
    let create = header("x-upsert").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let key = UniqueKey { field, value };
    let moment = world::moment(lag);
    let upserted = world.ledger().upsert_bill(key, create, object(&body)?, moment)?;
    Ok(match upserted {
        Upserted::Created(bill) => Success::ok(CREATED).with("bill", bill),
        Upserted::Updated(bill) => Success::ok(UPDATED).with("bill", bill),
    })
}

pub(super) async fn delete(State(world): State<World>, Path(id): Path<String>) -> Reply {
    world.ledger().delete_bill(&id)?;
    Ok(Success::ok("The bill has been deleted."))
}

pub(super) async fn open(world: State<World>, id: Path<String>) -> Reply {
    step(&world, &id, Step::Open)?;
    // Zoho's own spelling.
    Ok(Success::created("The status of the bill has been chaged to open."))
}

pub(super) async fn void(world: State<World>, id: Path<String>) -> Reply {
    step(&world, &id, Step::Void)?;
    Ok(Success::created("The bill has been marked as void."))
}

pub(super) async fn submit(world: State<World>, id: Path<String>) -> Reply {
    step(&world, &id, Step::Submit)?;
    Ok(Success::ok("The bill has been submitted for approval successfully."))
}

pub(super) async fn approve(world: State<World>, id: Path<String>) -> Reply {
    step(&world, &id, Step::Approve)?;
    Ok(Success::ok("success"))
}

fn step(world: &World, id: &str, step: Step) -> Result<(), Refusal> {
    world.ledger().step_bill(id, step, world::moment(ListLag::default()))
}

pub(super) async fn attach(
    State(world): State<World>,
    Path(id): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Reply {
    let form = form.map_err(|_| Refusal::invalid_value("attachment"))?;
    let (file_name, bytes) = attachment(form).await?;
    world.ledger().attach(&id, &file_name, &bytes)?;
    Ok(Success::created("The document has been attached."))
}

/// Name and bytes of the field `attachment`.
async fn attachment(mut form: Multipart) -> Result<(String, Bytes), Refusal> {
    let refused = || Refusal::invalid_value("attachment");
    while let Some(field) = form.next_field().await.map_err(|_| refused())? {
        if field.name() == Some("attachment") {
            let file_name = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|_| refused())?;
            return Ok((file_name, bytes));
        }
    }
    Err(refused())
}
