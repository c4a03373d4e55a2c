//! The ids by which the support of an API finds a request or an answer.

use axum::{http::HeaderValue, response::Response};

/// A fresh id in the style of both APIs: the prefix and 24 digits.
pub(super) fn fresh(prefix: &str) -> String {
    format!("{prefix}{:024x}", rand::random::<u128>() >> 32)
}

/// Adds the id of the request as that header.
pub(super) fn stamped(mut response: Response, header: &'static str, id: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(header, value);
    }
    response
}
