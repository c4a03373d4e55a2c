//! Access tokens by OAuth's refresh-token flow.
//!
//! Zoho gives ten access tokens per refresh token in ten minutes and then none, so all calls of the process share
//! one: it is fetched once for all who wait for it, renewed before it ends, and never renewed for every refusal.

use crate::answer::{self, Reply};
use contract::code;
use engine::StageError;
use reqwest::header::HeaderValue;
use runtime::settings::Zoho;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The span over which Zoho counts access tokens, and the longest it refuses new ones.
const WINDOW: Duration = Duration::from_secs(600);
/// How many tokens per window may be fetched because one was refused. A scope that is missing looks like a stale
/// token; it must not use up the tokens of the calls that work.
const MAX_RENEWALS: usize = 5;
/// A token is renewed this long before it ends, or earlier by a fifth of a shorter life.
const EARLY: Duration = Duration::from_secs(300);
/// The life of a token when Zoho does not say.
const USUAL_LIFE_S: u64 = 3600;

/// Where access tokens come from.
#[derive(Debug)]
pub(crate) struct Tokens {
    http: reqwest::Client,
    accounts_url: String,
    api_url: Arc<str>,
    client_id: SecretString,
    client_secret: SecretString,
    refresh_token: SecretString,
    desk: Mutex<Desk>,
}

/// A token that was good when it was given.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// The value of the `Authorization` header.
    pub(crate) header: HeaderValue,
    /// The API's address that the token is good for, without a slash at its end.
    pub(crate) api_url: Arc<str>,
    serial: u64,
    renew_at: Instant,
}

#[derive(Debug, Default)]
struct Desk {
    current: Option<Token>,
    given: u64,
    throttled_until: Option<Instant>,
    renewals: VecDeque<Instant>,
}

/// Zoho's answer to a refresh, as far as it matters.
#[derive(Debug, Default, Deserialize)]
struct Grant {
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    api_domain: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

impl Tokens {
    pub(crate) fn new(http: reqwest::Client, settings: &Zoho) -> Self {
        Self {
            http,
            accounts_url: settings.accounts_url.trim_end_matches('/').to_owned(),
            api_url: settings.api_url.trim_end_matches('/').into(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            refresh_token: settings.refresh_token.clone(),
            desk: Mutex::default(),
        }
    }

    /// The token to use now.
    pub(crate) async fn current(&self) -> Result<Token, StageError> {
        let mut desk = self.desk.lock().await;
        match &desk.current {
            Some(token) if Instant::now() < token.renew_at => Ok(token.clone()),
            _ => self.renew(&mut desk).await,
        }
    }

    /// A newer token than this one, which Zoho has refused.
    pub(crate) async fn newer_than(&self, refused: &Token) -> Result<Token, StageError> {
        let mut desk = self.desk.lock().await;
        if let Some(token) = desk.current.as_ref().filter(|token| token.serial > refused.serial) {
            return Ok(token.clone());
        }
        if !desk.may_renew(Instant::now()) {
            return Err(answer::unauthorized());
        }
        let token = self.renew(&mut desk).await?;
        desk.renewals.push_back(Instant::now());
        Ok(token)
    }

    async fn renew(&self, desk: &mut Desk) -> Result<Token, StageError> {
        if let Some(wait) = desk.throttled_until.and_then(|until| until.checked_duration_since(Instant::now())) {
            return Err(throttled(wait));
        }
        let reply = self.ask().await?;
        let grant = judge(&reply).inspect_err(|error| {
            if error.code == code::ZOHO_TOKEN_THROTTLED {
                desk.throttled_until = Some(Instant::now() + WINDOW);
            }
        })?;
        desk.given += 1;
        let token = self.token(grant, desk.given)?;
        desk.current = Some(token.clone());
        Ok(token)
    }

    async fn ask(&self) -> Result<Reply, StageError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id.expose_secret()),
            ("client_secret", self.client_secret.expose_secret()),
            ("refresh_token", self.refresh_token.expose_secret()),
        ];
        let request = self.http.post(format!("{}/oauth/v2/token", self.accounts_url)).form(&form);
        Ok(crate::client::exchange(request).await?)
    }

    fn token(&self, grant: Grant, serial: u64) -> Result<Token, StageError> {
        let life = Duration::from_secs(grant.expires_in.unwrap_or(USUAL_LIFE_S));
        let text = format!("Zoho-oauthtoken {}", grant.access_token.unwrap_or_default());
        let mut header = HeaderValue::from_str(&text).map_err(|_| answer::unreadable("whose token is no header"))?;
        header.set_sensitive(true);
        let renew_at = Instant::now() + life.saturating_sub(EARLY.min(life / 5));
        Ok(Token { header, api_url: self.api_for(grant.api_domain), serial, renew_at })
    }

    /// A token is good in one of Zoho's regions, which it names. Over plain http there is no Zoho, and nobody may
    /// send the token elsewhere.
    fn api_for(&self, api_domain: Option<String>) -> Arc<str> {
        let named = api_domain.filter(|domain| {
            self.accounts_url.starts_with("https://") && domain.starts_with("https://") && !domain.contains(['?', '#'])
        });
        named.map_or_else(|| self.api_url.clone(), |domain| domain.trim_end_matches('/').into())
    }
}

impl Desk {
    /// Whether there may be another renewal after a refusal. Only tokens that were given count: a token service that fails
    /// has given none, and must not lock us out when it is back.
    fn may_renew(&mut self, now: Instant) -> bool {
        while self.renewals.front().is_some_and(|at| now.duration_since(*at) >= WINDOW) {
            self.renewals.pop_front();
        }
        self.renewals.len() < MAX_RENEWALS
    }
}

/// Whether there is an access token decides; Zoho refuses with status 200 as well.
fn judge(reply: &Reply) -> Result<Grant, StageError> {
    let grant: Option<Grant> = serde_json::from_slice(&reply.body).ok();
    let readable = grant.is_some();
    let grant = grant.unwrap_or_default();
    if grant.access_token.as_deref().is_some_and(|token| !token.is_empty()) {
        return Ok(grant);
    }
    let description = grant.error_description.unwrap_or_default().to_ascii_lowercase();
    match grant.error {
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

fn throttled(wait: Duration) -> StageError {
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
    fn refusals_cannot_use_up_the_tokens_of_calls_that_work() {
        let mut desk = Desk::default();
        let start = Instant::now();
        for _ in 0..MAX_RENEWALS {
            assert!(desk.may_renew(start));
            desk.renewals.push_back(start);
        }
        assert!(!desk.may_renew(start));
        assert!(desk.may_renew(start + WINDOW));
    }

    #[test]
    fn a_token_is_sent_to_another_host_only_when_zoho_itself_names_it() {
        let tokens = |accounts: &str| Tokens {
            http: reqwest::Client::new(),
            accounts_url: accounts.to_owned(),
            api_url: "http://configured".into(),
            client_id: "a".into(),
            client_secret: "b".into(),
            refresh_token: "c".into(),
            desk: Mutex::default(),
        };
        let zoho = tokens("https://accounts.zoho.eu");
        assert_eq!(&*zoho.api_for(Some("https://www.zohoapis.eu/".to_owned())), "https://www.zohoapis.eu");
        assert_eq!(&*zoho.api_for(Some("http://www.zohoapis.eu".to_owned())), "http://configured");
        assert_eq!(&*zoho.api_for(None), "http://configured");
        let sandbox = tokens("http://127.0.0.1:8787");
        assert_eq!(&*sandbox.api_for(Some("https://www.zohoapis.in".to_owned())), "http://configured");
    }
}
