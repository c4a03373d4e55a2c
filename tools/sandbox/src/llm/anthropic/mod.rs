//! Anthropic's Messages API: what it refuses, and the form of its answers.

mod content;
mod error;
mod message;
mod model;
mod request;
mod rules;
mod schema;
mod version;

use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};

pub(super) use error::failure;
pub(super) use message::message;

use super::task::Task;
use version::Version;

/// What the request asks for, or the refusal it gets.
pub(super) fn accept(headers: &HeaderMap, body: &[u8]) -> Result<Task, Response> {
    let task = version::check(headers).and_then(|version| request::parse(body, version));
    task.map_err(IntoResponse::into_response)
}

/// What a body asks for, whatever its headers are.
pub(super) fn peek(body: &[u8]) -> Option<Task> {
    request::parse(body, Version::V2023June).ok()
}
