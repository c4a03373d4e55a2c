//! What handlers take from a request; what cannot be read is a problem with a code.

use crate::problem::Problem;
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use contract::{InvoiceId, Stage, code};
use serde::de::DeserializeOwned;

/// The largest JSON body. An edited input is at most a record; a thousand URLs are less.
pub(super) const MAX_JSON_BYTES: usize = 2 << 20;

/// A JSON body.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

/// The query.
#[derive(Debug)]
pub(super) struct Params<T>(pub(super) T);

/// The invoice's id in the path.
#[derive(Debug)]
pub(super) struct Id(pub(super) InvoiceId);

/// The stage in the path.
#[derive(Debug)]
pub(super) struct OfStage(pub(super) Stage);

/// Without what follows the semicolon.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub(super) fn unsupported(takes: &str) -> Problem {
    let detail = format!("the Content-Type must be {takes}");
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code::API_BAD_REQUEST, detail)
}

/// The whole body, if it is not larger than this.
pub(super) async fn body(request: Request, max_bytes: usize) -> Result<Bytes, Problem> {
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let too_large = || Problem::too_large(format!("the body may have {max_bytes} bytes"));
    if declared.is_some_and(|bytes: u64| bytes > max_bytes as u64) {
        return Err(too_large());
    }
    to_bytes(request.into_body(), max_bytes).await.map_err(|_| too_large())
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if media_type(request.headers()) != super::route::JSON {
            return Err(unsupported(super::route::JSON));
        }
        let body = body(request, MAX_JSON_BYTES).await?;
        let read = serde_json::from_slice(&body);
        read.map(Self).map_err(|error| Problem::bad_request(format!("the JSON cannot be read: {error}")))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Query::from_request_parts(parts, state).await;
        read.map(|Query(query)| Self(query)).map_err(|refusal| Problem::bad_request(refusal.body_text()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = segment(parts, state, "id").await.and_then(|id| id.parse().ok());
        id.map(Self)
            .ok_or_else(|| Problem::not_found("an invoice id has 1 to 64 characters out of A-Z a-z 0-9 . _ : -"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OfStage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let stage = segment(parts, state, "stage").await.and_then(|stage| stage.parse().ok());
        stage.map(Self).ok_or_else(|| Problem::not_found("a stage is fetch-extract, llm-structure or post-to-zoho"))
    }
}

/// What stands in the path for `{name}`.
pub(super) async fn segment<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Option<String> {
    let Path(segments) = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await.ok()?;
    segments.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}
