//! OpenAI's chat completions: what they refuse, and the form of their answers.
//!
//! The sentences of the refusals are the real API's own, as far as they are known: they end up in
//! logs and dead letters, where a person searches for them.

mod capability;
mod completion;
mod content;
mod envelope;
mod error;
mod file;
mod keywords;
mod limits;
mod model;
mod parameters;
mod request;
mod response_format;
mod schema;

use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

pub(super) use completion::completion;
pub(super) use envelope::failure;

use super::task::Task;
use error::{ApiError, Checked};

/// What the request asks for, or the refusal it gets.
pub(super) fn accept(headers: &HeaderMap, body: &[u8]) -> Result<Task, Response> {
    let task = check_key(headers).and_then(|()| request::parse(body));
    task.map_err(IntoResponse::into_response)
}

/// What a body asks for, whatever its headers are.
pub(super) fn peek(body: &[u8]) -> Option<Task> {
    request::parse(body).ok()
}

/// Any key will do, but there must be one.
fn check_key(headers: &HeaderMap) -> Checked<()> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = authorization.strip_prefix("Bearer ").unwrap_or_default();
    if key.trim().is_empty() { Err(ApiError::no_key()) } else { Ok(()) }
}
