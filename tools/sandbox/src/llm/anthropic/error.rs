//! Anthropic's error envelope.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{fault::StatusAnswer, llm::id};

/// The header with the id of the request.
pub(super) const REQUEST_ID: &str = "request-id";

/// A refused request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: u16,
    pub(super) message: String,
}

impl ApiError {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into() }
    }

    pub(super) fn authentication(message: impl Into<String>) -> Self {
        Self { status: 401, message: message.into() }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self { status: 404, message: message.into() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        envelope(self.status, &self.message)
    }
}

/// A scripted error, with the words the real API uses for the status.
pub(crate) fn failure(answer: &StatusAnswer) -> Response {
    let (_, words) = kind_and_words(answer.status);
    envelope(answer.status, answer.message.as_deref().unwrap_or(words))
}

fn envelope(status: u16, message: &str) -> Response {
    let id = id::fresh("req_");
    let (kind, _) = kind_and_words(status);
    let body = json!({
        "type": "error",
        "error": { "type": kind, "message": message },
        "request_id": id,
    });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    id::stamped((status, Json(body)).into_response(), REQUEST_ID, &id)
}

fn kind_and_words(status: u16) -> (&'static str, &'static str) {
    match status {
        401 => ("authentication_error", "invalid x-api-key"),
        402 => ("billing_error", "Your credit balance is too low"),
        403 => ("permission_error", "Your API key does not have permission"),
        404 => ("not_found_error", "Not found"),
        409 => ("conflict_error", "Conflict"),
        413 => ("request_too_large", "Request exceeds the maximum size"),
        429 => ("rate_limit_error", "This request would exceed your organization's rate limit"),
        504 => ("timeout_error", "Request timed out"),
        529 => ("overloaded_error", "Overloaded"),
        500..=599 => ("api_error", "Internal server error"),
        _ => ("invalid_request_error", "Invalid request"),
    }
}
