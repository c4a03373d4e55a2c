//! The control plane, `/_sandbox`: scripting faults and reading what happened. A stable interface,
//! described in the crate's README.

use axum::{
    Json, Router,
    extract::{Path, State, rejection::JsonRejection},
    http::StatusCode,
    routing::{delete, get, post},
};
use serde_json::{Map, Value, json};

use crate::{
    fault::{Fault, FaultRequest},
    ledger::{ListLag, Refusal},
    settings::Settings,
    world::{self, World},
};

type Answer = (StatusCode, Json<Value>);

pub(crate) fn routes() -> Router<World> {
    let faults = get(list_faults).post(add_fault).delete(clear_faults);
    Router::new()
        .route("/faults", faults)
        .route("/faults/{id}", delete(remove_fault))
        .route("/bills", get(bills).post(enter_bill))
        .route("/bills/{id}", post(change_bill).delete(delete_bill))
        .route("/contacts", get(contacts))
        .route("/vendorcredits", get(credits))
        .route("/calls", get(calls))
        .route("/reset", post(reset))
        .route("/settings", get(settings))
}

async fn add_fault(State(world): State<World>, request: Result<Json<FaultRequest>, JsonRejection>) -> Answer {
    let Json(request) = match request {
        Ok(request) => request,
        Err(rejection) => return bad_request(&rejection.body_text()),
    };
    match Fault::try_from(request) {
        Ok(fault) => {
            let id = world.faults().add(fault);
            (StatusCode::CREATED, Json(json!({ "id": id })))
        }
        Err(error) => bad_request(&error.to_string()),
    }
}

async fn list_faults(State(world): State<World>) -> Json<Value> {
    Json(world.faults().view())
}

async fn clear_faults(State(world): State<World>) -> StatusCode {
    world.faults().clear();
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(world): State<World>, Path(id): Path<u64>) -> StatusCode {
    if world.faults().remove(id) { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn bills(State(world): State<World>) -> Json<Value> {
    Json(world.ledger().audit())
}

async fn contacts(State(world): State<World>) -> Json<Value> {
    Json(world.ledger().audit_contacts())
}

/// As a person does it in Zoho's own pages: no token, no limits, no faults.
async fn enter_bill(State(world): State<World>, Json(bill): Json<Map<String, Value>>) -> Answer {
    by_hand(world.ledger().create_bill(bill, world::moment(ListLag::default())))
}

async fn change_bill(
    State(world): State<World>,
    Path(id): Path<String>,
    Json(fields): Json<Map<String, Value>>,
) -> Answer {
    by_hand(world.ledger().update_bill(&id, fields, world::moment(ListLag::default())))
}

async fn delete_bill(State(world): State<World>, Path(id): Path<String>) -> Answer {
    by_hand(world.ledger().delete_bill(&id).map(|()| json!({})))
}

fn by_hand(done: Result<Value, Refusal>) -> Answer {
    match done {
        Ok(bill) => (StatusCode::OK, Json(bill)),
        Err(refusal) => bad_request(&refusal.to_string()),
    }
}

async fn credits(State(world): State<World>) -> Json<Value> {
    Json(world.ledger().audit_credits())
}

async fn calls(State(world): State<World>) -> Json<Value> {
    let mut view = world.calls().view();
    view["organization"]["refused"] = json!(world.quota().refused());
    Json(view)
}

async fn reset(State(world): State<World>) -> StatusCode {
    world.reset();
    StatusCode::NO_CONTENT
}

async fn settings(State(world): State<World>) -> Json<Settings> {
    Json(world.settings.clone())
}

fn bad_request(message: &str) -> Answer {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": message })))
}
