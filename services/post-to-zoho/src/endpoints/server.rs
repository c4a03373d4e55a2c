//! A server that gives one answer to every call, and access tokens.

use crate::client::Client;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use runtime::Settings;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const TOKEN: &str = r#"{"access_token":"1000.a.b","expires_in":3600,"token_type":"Bearer"}"#;

/// A call as it came in; the token's calls are not kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// `POST /books/v3/bills`
    pub(super) what: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

#[derive(Debug)]
pub(super) struct Server {
    url: String,
    state: Arc<Mutex<Script>>,
}

#[derive(Debug, Default)]
struct Script {
    status: u16,
    body: String,
    /// In place of a good one.
    token: Option<(u16, String)>,
    last: Seen,
}

impl Server {
    pub(super) async fn answering(status: u16, body: String) -> Self {
        let state = Arc::new(Mutex::new(Script { status, body, ..Script::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    pub(super) fn answer(&self, status: u16, body: String) {
        let mut script = self.state.lock().unwrap();
        (script.status, script.body) = (status, body);
    }

    pub(super) fn answer_for_tokens(&self, status: u16, body: String) {
        self.state.lock().unwrap().token = Some((status, body));
    }

    pub(super) fn last(&self) -> Seen {
        self.state.lock().unwrap().last.clone()
    }

    /// A client that has no token yet.
    pub(super) fn client(&self) -> Client {
        let variables = [
            ("ACCOUNTS_URL", self.url.as_str()),
            ("API_URL", &self.url),
            ("ORGANIZATION_ID", "7"),
            ("CLIENT_ID", "client"),
            ("CLIENT_SECRET", "secret"),
            ("REFRESH_TOKEN", "refresh"),
        ];
        let variables = variables.map(|(name, value)| (format!("INVOICES__ZOHO__{name}").into(), value.into()));
        Client::new(&Settings::load_from(variables).unwrap().zoho).unwrap()
    }
}

async fn answer(
    State(state): State<Arc<Mutex<Script>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut script = state.lock().unwrap();
    let is_token = uri.path() == "/oauth/v2/token";
    if is_token && script.token.is_none() {
        return TOKEN.into_response();
    }
    script.last = Seen {
        what: format!("{method} {}", uri.path()),
        query: uri.query().unwrap_or_default().to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let (status, body) = match &script.token {
        Some(answer) if is_token => answer.clone(),
        _ => (script.status, script.body.clone()),
    };
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}
