//! Forms of our pages. One is read only if it carries the word of the session that it was shown in.

use super::{Identity, admit};
use crate::problem::Problem;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use contract::code;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

/// The largest form; files come by another way.
pub const MAX_FORM_BYTES: usize = 1 << 20;
/// The field that carries [`Identity::csrf`].
const FIELD: &str = "csrf";

/// The fields of a form (`application/x-www-form-urlencoded`) of the session's own, and whose session it is.
#[derive(Debug)]
pub struct Form<T> {
    pub by: Identity,
    pub fields: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let by = admit::identity(request.extensions()).ok_or_else(super::nobody)?;
        let (parts, body) = request.into_parts();
        let body =
            to_bytes(body, MAX_FORM_BYTES).await.map_err(|_| Problem::too_large("the form has more than 1 MiB"))?;
        let mut shown = form_urlencoded::parse(&body).filter(|(name, _)| name == FIELD);
        if !shown.next().is_some_and(|(_, word)| by.is_csrf(&word)) {
            return Err(not_ours());
        }
        let request = Request::from_parts(parts, Body::from(body));
        let form = axum::Form::from_request(request, state).await;
        let axum::Form(fields) = form.map_err(|refusal| Problem::bad_request(refusal.body_text()))?;
        Ok(Self { by, fields })
    }
}

fn not_ours() -> Problem {
    let detail = "the form is not of this session: go back, load the page again and send it once more";
    Problem::new(StatusCode::FORBIDDEN, code::API_CROSS_SITE, detail)
}
