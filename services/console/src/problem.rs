//! What the API answers when it cannot do what was asked: RFC 9457 `application/problem+json` with one of our codes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::{Code, code};
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was not carried out. Each code has a page in docs/errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// `urn:invoices:error:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    status: u16,
    code: Code,
    /// What is wrong and what to do, for people.
    detail: String,
    /// What is wrong with each of several things.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mistakes: Vec<Mistake>,
    #[serde(skip)]
    again_after: Option<Duration>,
}

/// What is wrong with one of several things that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mistake {
    /// Its place in the request, from 0.
    pub index: usize,
    pub detail: String,
}

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode, code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:invoices:error:{code}"),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            mistakes: Vec::new(),
            again_after: None,
        }
    }

    #[must_use]
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::API_BAD_REQUEST, detail)
    }

    /// Nothing of it was done, because of these.
    #[must_use]
    pub fn mistakes(mistakes: Vec<Mistake>) -> Self {
        let detail = format!("nothing was done: {} of what was asked for is wrong", mistakes.len());
        Self { mistakes, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code::API_BAD_REQUEST, detail) }
    }

    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code::API_NOT_FOUND, detail)
    }

    #[must_use]
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, code::API_TOO_LARGE, detail)
    }

    #[must_use]
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code::API_CONFLICT, detail)
    }

    #[must_use]
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code::API_UNAVAILABLE, detail)
    }

    /// The request may be made again then.
    #[must_use]
    pub fn again_after(self, wait: Duration) -> Self {
        Self { again_after: Some(wait), ..self }
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    #[must_use]
    pub const fn code(&self) -> &Code {
        &self.code
    }

    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    #[must_use]
    pub fn mistakes_of(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status(), [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        if let Some(wait) = self.again_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED.as_u16() {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
