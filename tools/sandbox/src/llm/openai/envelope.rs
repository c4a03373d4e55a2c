//! OpenAI's error envelope, for refusals and for scripted errors.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::error::ApiError;
use crate::{fault::StatusAnswer, llm::id};

/// The header with the id of the request.
pub(super) const REQUEST_ID: &str = "x-request-id";

/// Errors that share their status with others. A script asks for them by the beginning of the message.
const BY_MESSAGE: &[(&str, &str, &str)] = &[
    ("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
    ("This model's maximum context length", "invalid_request_error", "context_length_exceeded"),
    ("Slow down", "server_error", "slow_down"),
];

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        envelope(self.status, "invalid_request_error", &self)
    }
}

/// A scripted error, with the words the real API uses for the status.
pub(crate) fn failure(answer: &StatusAnswer) -> Response {
    let (kind, code, words) = usual(answer.status);
    let message = answer.message.as_deref().unwrap_or(words);
    let special = BY_MESSAGE.iter().find(|(beginning, ..)| message.starts_with(*beginning));
    let (kind, code) = special.map_or((kind, code), |&(_, kind, code)| (kind, Some(code)));
    let error = ApiError { status: answer.status, code, ..ApiError::invalid(message) };
    envelope(answer.status, kind, &error)
}

fn envelope(status: u16, kind: &str, error: &ApiError) -> Response {
    let body = json!({ "error": {
        "message": error.message,
        "type": kind,
        "param": error.param,
        "code": error.code,
    }});
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    id::stamped((status, Json(body)).into_response(), REQUEST_ID, &id::fresh("req_"))
}

/// Type, code and words of an error by its status.
fn usual(status: u16) -> (&'static str, Option<&'static str>, &'static str) {
    match status {
        401 => ("invalid_request_error", Some("invalid_api_key"), "Incorrect API key provided."),
        403 => ("invalid_request_error", None, "You are not allowed to do this."),
        404 => {
            let words = "The model does not exist or you do not have access to it.";
            ("invalid_request_error", Some("model_not_found"), words)
        }
        429 => ("requests", Some("rate_limit_exceeded"), "Rate limit reached for requests."),
        503 => ("server_error", None, "The engine is currently overloaded, please try again later."),
        500..=599 => ("server_error", None, "The server had an error while processing your request."),
        _ => ("invalid_request_error", None, "Invalid request"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(status: u16, message: Option<&str>) -> (u16, bool) {
        let message = message.map(str::to_owned);
        let response = failure(&StatusAnswer { status, code: None, message, retry_after: None });
        (response.status().as_u16(), response.headers().contains_key(REQUEST_ID))
    }

    #[test]
    fn every_error_has_its_status_and_an_id() {
        for status in [400, 401, 402, 403, 404, 408, 413, 429, 500, 503, 529] {
            assert_eq!(sent(status, None), (status, true));
        }
        assert_eq!(sent(429, Some("You exceeded your current quota.")), (429, true));
    }
}
