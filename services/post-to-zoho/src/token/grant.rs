//! What Zoho's log-in server answers to a refresh token.

use super::pace::WINDOW;
use crate::answer::{self, Reply};
use contract::code;
use engine::StageError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::time::Duration;

/// An access token, as it was given.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) access_token: SecretString,
    /// Zoho does not always say.
    pub(super) expires_in: Option<u64>,
    /// The API that the token is good for.
    pub(super) api_domain: Option<String>,
    /// What the token may do, if Zoho says so.
    pub(super) scope: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(default)]
    access_token: Option<SecretString>,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    api_domain: Option<String>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

/// Whether there is an access token decides; Zoho refuses with status 200 as well.
pub(super) fn judge(reply: &Reply) -> Result<Grant, StageError> {
    let said: Option<Said> = serde_json::from_slice(&reply.body).ok();
    let readable = said.is_some();
    let said = said.unwrap_or_default();
    if let Some(access_token) = said.access_token.filter(|token| !token.expose_secret().is_empty()) {
        let (expires_in, api_domain, scope) = (said.expires_in, said.api_domain, said.scope);
        return Ok(Grant { access_token, expires_in, api_domain, scope });
    }
    let description = said.error_description.unwrap_or_default().to_ascii_lowercase();
    match said.error {
        _ if reply.status == 429 || description.contains("too many requests") => Err(throttled(WINDOW)),
        Some(error) if error.eq_ignore_ascii_case("access denied") => Err(throttled(WINDOW)),
        Some(error) => Err(refused().with_evidence(&error)),
        None if reply.status >= 500 => Err(StageError::unavailable(
            code::ZOHO_UNAVAILABLE,
            format!("Zoho's token service answered HTTP {}", reply.status),
        )
        .with_retry_after(reply.retry_after)),
        None if reply.status == 200 && !readable => {
            Err(answer::unreadable("to the request for a token that is no JSON"))
        }
        None => Err(refused()),
    }
}

fn refused() -> StageError {
    StageError::unavailable(
        code::ZOHO_TOKEN_REFUSED,
        "Zoho gives no access token for zoho.client_id, client_secret and refresh_token: make a new refresh token",
    )
}

pub(super) fn throttled(wait: Duration) -> StageError {
    StageError::unavailable(
        code::ZOHO_TOKEN_THROTTLED,
        "ten access tokens were taken within ten minutes: Zoho gives no more for up to ten minutes",
    )
    .with_retry_after(Some(wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Code;

    fn judged(status: u16, body: &str) -> Result<Grant, StageError> {
        judge(&Reply { status, retry_after: None, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn the_access_token_decides_and_not_the_status() {
        let good = r#"{"access_token":"1000.ab.cd","expires_in":3600,"api_domain":"https://www.zohoapis.in"}"#;
        assert_eq!(judged(200, good).unwrap().expires_in, Some(3600));
        let throttle =
            r#"{"error_description":"You have made too many requests continuously.","error":"Access Denied"}"#;
        let table: [(u16, &str, Code); 8] = [
            (200, r#"{"error":"invalid_code"}"#, code::ZOHO_TOKEN_REFUSED),
            (400, r#"{"error":"invalid_client"}"#, code::ZOHO_TOKEN_REFUSED),
            (200, r#"{"access_token":""}"#, code::ZOHO_TOKEN_REFUSED),
            (400, throttle, code::ZOHO_TOKEN_THROTTLED),
            (429, "", code::ZOHO_TOKEN_THROTTLED),
            (503, "<html>", code::ZOHO_UNAVAILABLE),
            (404, "<html>", code::ZOHO_TOKEN_REFUSED),
            (200, "<html>", code::ZOHO_BAD_RESPONSE),
        ];
        for (status, body, code) in table {
            assert_eq!(judged(status, body).unwrap_err().code, code, "{status} {body}");
        }
    }

    #[test]
    fn a_token_does_not_show_in_debug() {
        let grant = judged(200, r#"{"access_token":"1000.do-not-show"}"#).unwrap();
        assert!(!format!("{grant:?}").contains("do-not-show"));
    }
}
