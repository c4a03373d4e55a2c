//! Who asks, and what they may do.
//!
//! A program shows a token (`Authorization: Bearer`), a browser a session cookie that was given for one. Without tokens in the
//! settings everybody who reaches us may do everything, and only this machine does.
//!
//! Architecture invariant: nothing behind [`admit`] is reached by a request that another site made a browser send, and every name
//! in the history is one that the settings know.

mod admit;
mod form;
mod identity;
mod origin;
mod rate;
mod session;

pub(crate) use admit::require;
pub use admit::{Caller, From, Visitor, admit};
pub use form::{Form, MAX_FORM_BYTES};
pub use identity::Identity;
pub use runtime::settings::Role;

use crate::metrics::Metrics;
use crate::problem::Problem;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use contract::code;
use identity::Proof;
use rate::Rate;
use runtime::settings::Console;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use url::Url;

/// The name in the history of whoever uses a console without tokens.
pub const LOCAL: &str = "local";

/// Who may do what. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    members: Vec<Member>,
    /// Signs the forms of a console without tokens.
    local: session::Key,
    /// By which origin browsers know us, if not by the host that they ask.
    public: Option<String>,
    session: Duration,
    rate: Rate,
    metrics: Metrics,
}

/// One entry of `console.tokens`.
#[derive(Debug)]
struct Member {
    name: Arc<str>,
    role: Role,
    /// SHA-256 of the token.
    digest: [u8; 32],
    key: session::Key,
}

impl Guard {
    #[must_use]
    pub fn new(settings: &Console, metrics: Metrics) -> Self {
        let members = settings.tokens.iter().map(|token| Member {
            name: token.name.as_str().into(),
            role: token.role,
            digest: Sha256::digest(token.token.expose_secret()).into(),
            key: session::Key::of(token.token.expose_secret().as_bytes()),
        });
        Self(Arc::new(Rules {
            members: members.collect(),
            local: session::Key::of(&rand::random::<[u8; 32]>()),
            public: Url::parse(&settings.public_url).ok().map(|url| url.origin().ascii_serialization()),
            session: Duration::from_hours(u64::from(settings.session_hours)),
            rate: Rate::new(settings.requests_per_minute),
            metrics,
        }))
    }

    /// Whether nobody is asked for a token.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.members.is_empty()
    }

    /// Whether browsers reach us through TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.public.as_deref().is_some_and(|public| public.starts_with("https://"))
    }

    /// Takes a token for a session: who it is, and the cookie to set.
    ///
    /// # Errors
    /// When it is no token of the settings, or too many wrong ones came from there.
    pub fn log_in(&self, token: &str, from: IpAddr) -> Result<(Identity, HeaderValue), Problem> {
        let Some(member) = self.member(token) else { return Err(self.wrong_token(from)) };
        let lasts = self.0.session;
        let session = member.key.session(&member.name, now_s() + lasts.as_secs());
        let shown = session::Shown::parse(&session).expect("what a key makes can be taken apart");
        let identity = member.by(Proof::Session { key: member.key.clone(), nonce: shown.nonce().into() });
        Ok((identity, self.cookie(&session, lasts)))
    }

    /// The cookie that ends a browser's session.
    #[must_use]
    pub fn log_out(&self) -> HeaderValue {
        self.cookie("", Duration::ZERO)
    }

    fn cookie(&self, value: &str, lasts: Duration) -> HeaderValue {
        let secure = if self.is_secure() { "; Secure" } else { "" };
        let (name, lasts) = (self.cookie_name(), lasts.as_secs());
        let cookie = format!("{name}={value}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::try_from(cookie).expect("names and sessions are of characters that a header takes")
    }

    /// A browser sets a cookie of the first name only over TLS, and for no other host.
    fn cookie_name(&self) -> &'static str {
        if self.is_secure() { "__Host-invoices" } else { "invoices" }
    }

    /// Who the request's credentials say it is; `Nobody` without any.
    fn caller(&self, headers: &HeaderMap) -> Caller {
        if self.is_open() {
            return Caller::Known(Identity::new(LOCAL.into(), Role::Operate, Proof::Local(self.0.local.clone())));
        }
        let known = |identity: Option<Identity>| identity.map_or(Caller::Wrong, Caller::Known);
        match headers.get(header::AUTHORIZATION) {
            Some(header) => known(bearer(header).and_then(|token| Some(self.member(token)?.by(Proof::Token)))),
            None => match self.session_cookie(headers) {
                Some(cookie) => known(self.of_session(cookie)),
                None => Caller::Nobody,
            },
        }
    }

    /// Compares with every token, in a time that says nothing about any.
    fn member(&self, token: &str) -> Option<&Member> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let (mut is_found, mut place) = (Choice::from(0), 0_u64);
        for (index, member) in self.0.members.iter().enumerate() {
            let is_this = member.digest.ct_eq(&digest);
            place.conditional_assign(&(index as u64), is_this);
            is_found |= is_this;
        }
        bool::from(is_found).then(|| self.0.members.get(usize::try_from(place).ok()?)).flatten()
    }

    fn session_cookie<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|header| header.to_str().ok());
        let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, value)| *name == self.cookie_name() && !value.is_empty()).map(|(_, value)| value)
    }

    fn of_session(&self, cookie: &str) -> Option<Identity> {
        let shown = session::Shown::parse(cookie)?;
        let member = self.0.members.iter().find(|member| *member.name == *shown.name)?;
        let proof = Proof::Session { key: member.key.clone(), nonce: shown.nonce().into() };
        member.key.holds(&shown, now_s()).then(|| member.by(proof))
    }

    fn wrong_token(&self, from: IpAddr) -> Problem {
        self.0.metrics.refused("token");
        match self.0.rate.take(rate::Caller::Address(from), Instant::now()) {
            Ok(()) => nobody(),
            Err(wait) => too_many("too many wrong tokens came from this address", wait),
        }
    }

    fn permit(&self, identity: &Identity) -> Result<(), Problem> {
        let taken = self.0.rate.take(rate::Caller::Name(identity.name.clone()), Instant::now());
        taken.map_err(|wait| {
            self.0.metrics.refused("rate");
            too_many("this token has made more requests than console.requests_per_minute allows", wait)
        })
    }

    fn refuse(&self, reason: &'static str, detail: &str) -> Problem {
        self.0.metrics.refused(reason);
        let code = if reason == "role" { code::API_FORBIDDEN } else { code::API_CROSS_SITE };
        Problem::new(StatusCode::FORBIDDEN, code, detail)
    }
}

impl Member {
    fn by(&self, proof: Proof) -> Identity {
        Identity::new(self.name.clone(), self.role, proof)
    }
}

/// For whoever has shown no credentials, or wrong ones.
fn nobody() -> Problem {
    let detail = "send a token of console.tokens as `Authorization: Bearer TOKEN`, or log in at /login";
    Problem::new(StatusCode::UNAUTHORIZED, code::API_UNAUTHORIZED, detail)
}

fn too_many(detail: &str, wait: Duration) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, code::API_RATE_LIMITED, detail).again_after(wait)
}

fn bearer(header: &HeaderValue) -> Option<&str> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
