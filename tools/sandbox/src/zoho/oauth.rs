//! Access tokens: `POST /oauth/v2/token`.
//!
//! As at Zoho, a wrong refresh token is answered with status 200: a client must look for the token,
//! never at the status.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header::HOST},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::json;

use crate::{
    ledger::Query,
    settings::Settings,
    window::Window,
    world::{self, World, latency},
};

/// Tokens handed out, and how many of late.
#[derive(Debug)]
pub(crate) struct TokenDesk {
    good_until: HashMap<String, Instant>,
    grants: Window,
}

/// Why no token was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denial {
    Client,
    Secret,
    RefreshToken,
    GrantType,
    TooMany,
}

impl TokenDesk {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { good_until: HashMap::new(), grants: Window::new(Duration::from_secs(settings.token_window_s)) }
    }

    pub(crate) fn expire_all(&mut self) {
        self.good_until.clear();
    }

    pub(crate) fn expire(&mut self, token: &str) {
        self.good_until.remove(token);
    }

    pub(crate) fn forget_grants(&mut self) {
        self.grants.clear();
    }

    pub(super) fn accepts(&self, token: &str, now: Instant) -> bool {
        self.good_until.get(token).is_some_and(|until| now < *until)
    }

    fn grant(&mut self, asked: &Asked, settings: &Settings, now: Instant) -> Result<String, Denial> {
        asked.check(settings)?;
        if !self.grants.has_room(settings.tokens_per_window, now) {
            return Err(Denial::TooMany);
        }
        self.grants.push(now);
        let token = format!("1000.{:032x}.{:032x}", rand::random::<u128>(), rand::random::<u128>());
        let until = now + Duration::from_secs(settings.token_ttl_s);
        self.good_until.insert(token.clone(), until);
        Ok(token)
    }
}

/// The parameters, from the form body or else from the query string.
struct Asked {
    body: Query,
    query: Query,
}

impl Asked {
    fn get(&self, name: &str) -> Option<&str> {
        self.body.get(name).or_else(|| self.query.get(name))
    }

    fn check(&self, settings: &Settings) -> Result<(), Denial> {
        let expected = [
            ("grant_type", "refresh_token", Denial::GrantType),
            ("client_id", &settings.client_id, Denial::Client),
            ("client_secret", &settings.client_secret, Denial::Secret),
            ("refresh_token", &settings.refresh_token, Denial::RefreshToken),
        ];
        let wrong = expected.iter().find(|(name, value, _)| self.get(name) != Some(*value));
        wrong.map_or(Ok(()), |(_, _, denial)| Err(*denial))
    }
}

/// `POST /oauth/v2/token`.
pub(crate) async fn token(
    State(world): State<World>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    latency(world.settings.latency_zoho_ms).await;
    let asked = Asked {
        body: Query::parse(&String::from_utf8_lossy(&body)),
        query: Query::parse(query.as_deref().unwrap_or_default()),
    };
    let granted = world.tokens().grant(&asked, &world.settings, world::now());
    match granted {
        Ok(token) => {
            let host = headers.get(HOST).and_then(|host| host.to_str().ok());
            Json(json!({
                "access_token": token,
                "scope": world.settings.scope,
                "api_domain": format!("http://{}", host.unwrap_or_default()),
                "token_type": "Bearer",
                "expires_in": world.settings.token_ttl_s,
            }))
            .into_response()
        }
        Err(denial) => denial.into_response(),
    }
}

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Client => "invalid_client",
            Self::Secret => "invalid_client_secret",
            Self::RefreshToken => "invalid_code",
            Self::GrantType => "unsupported_grant_type",
            Self::TooMany => return too_many(),
        };
        Json(json!({ "error": error })).into_response()
    }
}

fn too_many() -> Response {
    let body = json!({
        "error_description": "You have made too many requests continuously. Please try again after \
                              some time.",
        "error": "Access Denied",
        "status": "failure",
    });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
