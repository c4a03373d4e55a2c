//! The model: an endpoint with Anthropic's contract and a rule-based reader in the model's place.
//!
//! It must read nothing but what it is sent, and must refuse every request that the real API
//! refuses: a client that works here must not meet its first 400 in production.

mod answer;
mod content;
mod error;
mod model;
mod project;
mod request;
mod rules;
mod scan;
mod schema;
mod version;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use bytes::Bytes;

pub(crate) use answer::prose;
pub(crate) use error::failure;

use crate::{
    fault::Distortion,
    world::{World, latency},
};
use answer::Answer;
use error::ApiError;
use request::Request;
use version::Version;

/// `POST /v1/messages`, without streaming.
pub(crate) async fn messages(
    State(world): State<World>,
    distortion: Option<axum::Extension<Distortion>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = match accept(&headers, &body) {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    latency(world.settings.latency_llm_ms).await;
    let answer = Answer::to(&request, distortion.as_ref().map(|extension| &extension.0.0));
    answer.into_response()
}

/// The invoice number a request is about, as far as the text says.
pub(crate) fn invoice_number(body: &[u8]) -> Option<String> {
    let request = Request::parse(body, Version::V2023June).ok()?;
    let number = request.invoice().invoice_number;
    (!number.is_empty()).then_some(number)
}

fn accept(headers: &HeaderMap, body: &[u8]) -> Result<Request, ApiError> {
    let version = version::check(headers)?;
    Request::parse(body, version)
}
