//! The HTTP server: pages and API behind one gate, with the headers that keep a browser from being used against us.

use crate::api;
use crate::auth::{self, Guard};
use crate::desk::Desk;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::pages::routes::{self as pages, Books, Pages};
use crate::problem::Problem;
use axum::Router;
use axum::extract::{FromRef, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What every page may load: what we serve ourselves, and nothing that stands in the page itself.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                           connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What no answer is without, unless its handler has said otherwise.
const HEADERS: [(HeaderName, HeaderValue); 8] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Not `no-referrer`: browsers then name no origin with our own forms, which cannot be told from another site's.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    // Names and amounts are not to be found in a browser's cache by whoever uses it next.
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];
/// Two years, as the lists of browsers ask.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// What handlers answer from.
#[derive(Debug, Clone)]
pub struct App {
    pub desk: Desk,
    pub guard: Guard,
    pub live: Live,
    pub metrics: Metrics,
    /// Where bills are shown, if the ledger has such a place.
    pub books: Option<Books>,
    /// True from the first signal on.
    pub shutdown: watch::Receiver<bool>,
}

/// Everything the console answers to.
pub fn router(app: App) -> Router {
    let (guard, counting, framing) = (app.guard.clone(), app.metrics.clone(), app.guard.clone());
    let shown = Pages { guard: app.guard.clone(), desk: app.desk.clone(), books: app.books.clone() };
    Router::new()
        .nest(api::ROOT, api::router(&app.guard).fallback(nothing_here))
        .merge(pages::router(shown))
        .method_not_allowed_fallback(other_method)
        .with_state(app)
        .layer(middleware::from_fn_with_state(guard, auth::admit))
        .layer(middleware::from_fn_with_state(framing, secure))
        .layer(middleware::from_fn_with_state(counting, count))
}

/// Serves until the app's `shutdown` turns true and what was begun is answered. Streams of events end with it.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
    let mut shutdown = app.shutdown.clone();
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let stopped = async move {
        shutdown.wait_for(|stop| *stop).await.ok();
    };
    axum::serve(listener, service).with_graceful_shutdown(stopped).await
}

impl FromRef<App> for Desk {
    fn from_ref(app: &App) -> Self {
        app.desk.clone()
    }
}

impl FromRef<App> for Guard {
    fn from_ref(app: &App) -> Self {
        app.guard.clone()
    }
}

async fn secure(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    if guard.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    }
    response
}

async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let method = method_name(request.method());
    let response = next.run(request).await;
    metrics.answered(&route, method, response.status().as_u16());
    response
}

/// Anybody may make up a method; it is not to become a label.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

async fn nothing_here() -> Problem {
    Problem::not_found("there is nothing at this address")
}

/// Somebody who loads again what a form has led to gets the page that the form stood on.
async fn other_method(method: Method, uri: Uri) -> Response {
    if method == Method::GET && !uri.path().starts_with(api::ROOT) {
        return Redirect::to(pages::before_form(uri.path())).into_response();
    }
    let detail = "this address takes other methods: see /api/v1/openapi.json";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, contract::code::API_BAD_REQUEST, detail).into_response()
}
