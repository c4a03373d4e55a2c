//! Zoho's envelope: `{"code": …, "message": …}` around everything.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::{
    fault::StatusAnswer,
    ledger::{Page, Refusal},
};

/// What every handler of the API returns.
pub(super) type Reply = Result<Success, Refusal>;

/// A fulfilled call, code 0.
#[derive(Debug)]
pub(super) struct Success {
    status: StatusCode,
    body: Value,
}

impl Success {
    pub(super) fn ok(message: &str) -> Self {
        Self { status: StatusCode::OK, body: json!({ "code": 0, "message": message }) }
    }

    pub(super) fn created(message: &str) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(message) }
    }

    /// Adds a part under the resource's name.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.body[name] = value;
        self
    }

    pub(super) fn list(name: &str, page: Page) -> Self {
        Self::ok("success").with(name, Value::Array(page.rows)).with("page_context", page.context)
    }
}

impl IntoResponse for Success {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({ "code": self.code, "message": self.message });
        (status, Json(body)).into_response()
    }
}

/// A request body, which must be a JSON object.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::malformed_json())
}

/// A scripted error, with Zoho's own words for the status or the code.
pub(crate) fn failure(answer: &StatusAnswer) -> Response {
    let usual = match (answer.status, answer.code) {
        (429, Some(45)) => Refusal::too_many_per_day(1_000),
        (429, Some(1070)) => Refusal::too_many_in_process(),
        (429, _) => Refusal::too_many_per_minute(),
        (401, _) => Refusal::unauthorized(),
        (404, _) => Refusal::invalid_url(),
        (500.., _) => Refusal::new(answer.status, 1000, "Internal error"),
        _ => Refusal::missing_parameter(),
    };
    let refusal = Refusal {
        status: answer.status,
        code: answer.code.unwrap_or(usual.code),
        message: answer.message.clone().unwrap_or(usual.message),
    };
    let mut response = refusal.into_response();
    if let Some(seconds) = answer.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
