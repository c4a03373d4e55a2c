//! The headers every request needs: a key, and the version of the API it was written for.

use axum::http::HeaderMap;

use super::error::ApiError;

/// A version of the API, as its header names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// `2023-06-01`
    V2023June,
    /// `2026-10-21`: no sampling parameters, stricter content blocks.
    V2026October,
}

/// Checks the key, then the version.
pub(super) fn check(headers: &HeaderMap) -> Result<Version, ApiError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    // Official clients before October 2026 send `x-api-key`, later ones a bearer token.
    let bearer = header("authorization").strip_prefix("Bearer ").unwrap_or_default();
    if header("x-api-key").is_empty() && bearer.trim().is_empty() {
        return Err(ApiError::authentication("x-api-key header is required"));
    }
    match header("anthropic-version") {
        "2023-06-01" => Ok(Version::V2023June),
        "2026-10-21" => Ok(Version::V2026October),
        "" => Err(ApiError::invalid("anthropic-version: header is required")),
        other => Err(ApiError::invalid(format!("anthropic-version: \"{other}\" is not a valid version"))),
    }
}
