//! The wrapper around every upstream handler: books the call, asks the faults, carries out the plan.
//!
//! A handler runs on a task of its own, because a real service does not stop working when its client
//! goes away: what was asked for happens, and nobody is told.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use crate::{
    calls::{Arrival, Outcome, Ticket},
    connection::Line,
    endpoint::Endpoint,
    fault::{Break, Call, Ending, Expiry, Plan, When},
    ledger::ListLag,
    llm,
    operation::Operation,
    pdf,
    world::{self, World},
    zoho,
};

/// Anthropic's limit, the largest of the upstreams; what is larger is not read.
const LARGEST_BODY: usize = 32 << 20;

/// What the connection gets in the end.
enum Finish {
    Answer(Response, Outcome),
    Hang,
    Reset,
}

pub(crate) async fn gate(
    State(world): State<World>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    let Some(endpoint) = Endpoint::of(request.uri().path()) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };

    let arrival = arrival(&world, endpoint, &parts, &body);
    let operation = arrival.operation;
    let mut ticket = Ticket::open(&world, arrival, world::now());
    let plan = decide(&world, endpoint, operation, &parts, &body);
    let request = rebuilt(parts, body, &plan);

    let finish = if let Some(Ending::LateCommit(delay)) = plan.ending {
        tokio::spawn(commit_later(delay, request, next));
        Finish::Reset
    } else {
        let run = tokio::spawn(run(Arc::clone(&world), endpoint, plan, request, next));
        run.await.unwrap_or_else(|panic| Finish::Answer(crashed(&panic), Outcome::Error))
    };
    match finish {
        Finish::Answer(response, outcome) => {
            ticket.ended(outcome);
            response
        }
        Finish::Hang => {
            ticket.ended(Outcome::Fault);
            std::future::pending().await
        }
        Finish::Reset => {
            ticket.ended(Outcome::Fault);
            line.reset();
            // Never sent: the line is cut.
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The life of one call, apart from its connection.
async fn run(world: World, endpoint: Endpoint, plan: Plan, request: Request, next: Next) -> Finish {
    pause(plan.delay_before).await;
    stand_still(&plan, When::Before).await;
    let token = zoho::access_token(request.headers()).map(str::to_owned);
    expire(&world, plan.expire_before, token.as_deref());
    let uri = request.uri().clone();
    if let Some(Ending::Before(how)) = plan.ending {
        return broken(endpoint, uri.path(), how);
    }

    let response = next.run(request).await;

    expire(&world, plan.expire_after, token.as_deref());
    pause(plan.delay_after).await;
    stand_still(&plan, When::After).await;
    if let Some(Ending::After(how)) = plan.ending {
        return broken(endpoint, uri.path(), how);
    }
    let outcome = match response.status() {
        status if status.as_u16() >= 400 => Outcome::Error,
        _ if plan.distortion.is_some() => Outcome::Fault,
        _ => Outcome::Ok,
    };
    Finish::Answer(response, outcome)
}

async fn commit_later(delay: Duration, request: Request, next: Next) {
    pause(delay).await;
    next.run(request).await;
}

fn expire(world: &World, whose: Option<Expiry>, token: Option<&str>) {
    match (whose, token) {
        (Some(Expiry::All), _) => world.tokens().expire_all(),
        (Some(Expiry::Own), Some(token)) => world.tokens().expire(token),
        (Some(Expiry::Own), None) | (None, _) => {}
    }
}

fn arrival(world: &World, endpoint: Endpoint, parts: &Parts, body: &[u8]) -> Arrival {
    Arrival {
        endpoint,
        operation: Operation::of(endpoint, parts.method.as_str(), parts.uri.path()),
        invoice: invoice_header(parts).map(str::to_owned),
        key: invoice_key(world, endpoint, parts, body),
    }
}

fn decide(world: &World, endpoint: Endpoint, operation: Operation, parts: &Parts, body: &[u8]) -> Plan {
    let text =
        [parts.uri.to_string().as_str(), invoice_header(parts).unwrap_or_default(), &String::from_utf8_lossy(body)]
            .join("\n");
    world.faults().decide(Call { endpoint, operation, method: parts.method.as_str(), text: &text })
}

fn rebuilt(parts: Parts, body: Bytes, plan: &Plan) -> Request {
    let mut request = Request::from_parts(parts, Body::from(body));
    if let Some(distortion) = plan.distortion.clone() {
        request.extensions_mut().insert(distortion);
    }
    let lag = plan.list_lag.unwrap_or_default();
    request.extensions_mut().insert(ListLag(lag));
    request
}

fn broken(endpoint: Endpoint, path: &str, how: Break) -> Finish {
    let response = match (how, endpoint) {
        (Break::Hang, _) => return Finish::Hang,
        (Break::Reset, _) => return Finish::Reset,
        (Break::Status(answer), Endpoint::Pdf) => pdf::failure(&answer),
        (Break::Status(answer), Endpoint::Llm) => llm::failure(path, &answer),
        (Break::Status(answer), _) => zoho::failure(&answer),
        (Break::Garbage, Endpoint::Llm) => llm::prose(path),
        (Break::Garbage, _) => pdf::sign_in_page(),
    };
    Finish::Answer(response, Outcome::Fault)
}

fn crashed(panic: &tokio::task::JoinError) -> Response {
    tracing::error!(%panic, "a handler of the sandbox panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

async fn stand_still(plan: &Plan, moment: When) {
    if let Some((when, hold)) = &plan.hold
        && *when == moment
    {
        hold.clone().released().await;
    }
}

/// The invoice a call is booked under, when it says.
fn invoice_key(world: &World, endpoint: Endpoint, parts: &Parts, body: &[u8]) -> Option<String> {
    let header = || invoice_header(parts).map(str::to_owned);
    match endpoint {
        Endpoint::Pdf => Some(parts.uri.to_string()),
        Endpoint::Llm => header().or_else(|| llm::invoice_number(parts.uri.path(), body)),
        Endpoint::Bills | Endpoint::Attachments | Endpoint::VendorCredits => {
            zoho::reference_number(world, &parts.uri, body).or_else(header)
        }
        Endpoint::Token | Endpoint::Contacts | Endpoint::Reference => header(),
    }
}

fn invoice_header(parts: &Parts) -> Option<&str> {
    parts.headers.get("x-invoice-id")?.to_str().ok()
}
