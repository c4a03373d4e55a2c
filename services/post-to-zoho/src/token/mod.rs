//! Access tokens by OAuth's refresh-token flow.
//!
//! Zoho gives ten access tokens per refresh token in ten minutes and then none, so all calls of the process share
//! one: it is fetched once for all who wait for it, renewed before it ends, never renewed for every refusal, and kept
//! over a restart where a file is set for it. No token ever goes into a message or a log.

mod file;
mod grant;
mod kept;
mod pace;

use crate::answer::{self, Reply};
use contract::code;
use engine::StageError;
use file::TokenFile;
use grant::{Grant, throttled};
use kept::{Kept, KeptToken};
use pace::Pace;
use reqwest::header::HeaderValue;
use runtime::settings::Zoho;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A token is renewed this long before it ends, or earlier by a fifth of a shorter life.
const EARLY: Duration = Duration::from_secs(300);
/// The life of a token, if Zoho does not say; what it says beyond is milliseconds, as in its older answers.
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
    file: Option<TokenFile>,
    desk: Mutex<Desk>,
}

/// A token that was good when it was given.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// The value of the `Authorization` header.
    pub(crate) header: HeaderValue,
    /// The API's address that the token is good for, without a slash at its end.
    pub(crate) api_url: Arc<str>,
    /// What it may do, if Zoho said so.
    pub(crate) scope: Option<Arc<str>>,
    access_token: SecretString,
    api_domain: Option<String>,
    serial: u64,
    renew_at: Instant,
    expires_at: Instant,
}

#[derive(Debug, Default)]
struct Desk {
    current: Option<Token>,
    given: u64,
    pace: Pace,
}

impl Tokens {
    /// With the token that the process before this one has left, if it is still good.
    pub(crate) fn new(http: reqwest::Client, settings: &Zoho) -> Self {
        let mut tokens = Self {
            http,
            accounts_url: settings.accounts_url().trim_end_matches('/').to_owned(),
            api_url: settings.api_url().trim_end_matches('/').into(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            refresh_token: settings.refresh_token.clone(),
            file: TokenFile::of(settings),
            desk: Mutex::default(),
        };
        if let Some(kept) = tokens.file.as_ref().and_then(TokenFile::recall) {
            tokens.desk = Mutex::new(tokens.resumed(kept, Instant::now()));
        }
        tokens
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
        match desk.pace.spent_for(Instant::now()) {
            Some(_) => Err(answer::unauthorized()),
            None => self.renew(&mut desk).await,
        }
    }

    async fn renew(&self, desk: &mut Desk) -> Result<Token, StageError> {
        let now = Instant::now();
        if let Some(wait) = desk.pace.refused_for(now) {
            return Err(throttled(wait));
        }
        if let Some(wait) = desk.pace.spent_for(now) {
            return Err(spent(wait));
        }
        // As if it was given already, so that a process that dies before the answer has not taken one uncounted.
        let mut ahead = desk.pace.clone();
        ahead.took(now);
        self.keep(desk, &ahead);
        let outcome = self.take(desk).await;
        self.keep(desk, &desk.pace);
        outcome
    }

    async fn take(&self, desk: &mut Desk) -> Result<Token, StageError> {
        let reply = self.ask().await?;
        let grant = grant::judge(&reply).inspect_err(|error| {
            if error.code == code::ZOHO_TOKEN_THROTTLED {
                desk.pace.refused(Instant::now());
            }
        })?;
        let now = Instant::now();
        desk.pace.took(now);
        desk.given += 1;
        let token = self.granted(grant, desk.given, now)?;
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

    fn granted(&self, grant: Grant, serial: u64, now: Instant) -> Result<Token, StageError> {
        let life = Duration::from_secs(grant.expires_in.unwrap_or(USUAL_LIFE_S).min(USUAL_LIFE_S));
        let kept = KeptToken {
            access_token: grant.access_token,
            api_domain: grant.api_domain,
            renew_in: life.saturating_sub(EARLY.min(life / 5)),
            expires_in: life,
        };
        let token = self.token(kept, serial, now).ok_or_else(|| answer::unreadable("whose token is no header"))?;
        Ok(Token { scope: grant.scope.map(Arc::from), ..token })
    }

    fn token(&self, kept: KeptToken, serial: u64, now: Instant) -> Option<Token> {
        let text = format!("Zoho-oauthtoken {}", kept.access_token.expose_secret());
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(Token {
            header,
            api_url: self.api_for(kept.api_domain.as_deref()),
            scope: None,
            access_token: kept.access_token,
            api_domain: kept.api_domain,
            serial,
            renew_at: now + kept.renew_in,
            expires_at: now + kept.expires_in,
        })
    }

    /// A token is good in one of Zoho's regions, which it names. Over plain http there is no Zoho, and nobody may
    /// send the token elsewhere.
    fn api_for(&self, api_domain: Option<&str>) -> Arc<str> {
        let named = api_domain.filter(|domain| {
            self.accounts_url.starts_with("https://") && domain.starts_with("https://") && !domain.contains(['?', '#'])
        });
        named.map_or_else(|| self.api_url.clone(), |domain| domain.trim_end_matches('/').into())
    }

    fn resumed(&self, kept: Kept, now: Instant) -> Desk {
        let pace = Pace::resumed(now, &kept.counted_for, kept.refused_for);
        Desk { current: kept.token.and_then(|token| self.token(token, 0, now)), given: 0, pace }
    }

    fn keep(&self, desk: &Desk, pace: &Pace) {
        let Some(file) = &self.file else { return };
        let now = Instant::now();
        let token = desk.current.as_ref().map(|token| KeptToken {
            access_token: token.access_token.clone(),
            api_domain: token.api_domain.clone(),
            renew_in: token.renew_at.saturating_duration_since(now),
            expires_in: token.expires_at.saturating_duration_since(now),
        });
        file.keep(Kept { token, counted_for: pace.counted_for(now), refused_for: pace.refused_for(now) });
    }
}

fn spent(wait: Duration) -> StageError {
    StageError::unavailable(
        code::ZOHO_TOKEN_THROTTLED,
        "this replica took its share of Zoho's ten access tokens in ten minutes: it leaves the others to the rest",
    )
    .with_retry_after(Some(wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::Settings;

    #[test]
    fn a_token_is_sent_to_another_host_only_when_zoho_itself_names_it() {
        let tokens = |accounts: &str| {
            let variables = [("ACCOUNTS_URL", accounts), ("API_URL", "http://configured")];
            let variables = variables.map(|(name, value)| (format!("INVOICES__ZOHO__{name}").into(), value.into()));
            Tokens::new(reqwest::Client::new(), &Settings::load_from(variables).unwrap().zoho)
        };
        let zoho = tokens("https://accounts.zoho.eu");
        assert_eq!(&*zoho.api_for(Some("https://www.zohoapis.eu/")), "https://www.zohoapis.eu");
        assert_eq!(&*zoho.api_for(Some("http://www.zohoapis.eu")), "http://configured");
        assert_eq!(&*zoho.api_for(None), "http://configured");
        let sandbox = tokens("http://127.0.0.1:8787");
        assert_eq!(&*sandbox.api_for(Some("https://www.zohoapis.in")), "http://configured");
    }
}
