//! A console under test.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use console::auth::Guard;
use console::desk::{Desk, Limits, Parts};
use console::live::Live;
use console::metrics::Metrics;
use console::progress::Progress;
use console::server::{self, App};
use console::stages::Stages;
use console::view::{Place, Seen, Source, View};
use contract::{Bill, Headers, Stage, State, Status};
use documents::Documents;
use fetch_extract::extract::Pool;
use llm_structure::Company;
use prometheus::Registry;
use runtime::Settings;
use serde_json::{Value, json};
use std::ffi::OsString;
use stream::read::Record;
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

pub(crate) const READ: &str = "reads-and-nothing-else-0001";
pub(crate) const SUBMIT: &str = "hands-in-invoices-000000002";
pub(crate) const OPERATE: &str = "decides-everything-00000003";
/// A vendor's name as a stranger may print it.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\"'=HYPERLINK(\"http://evil.example\")";

/// The router and what is behind it.
pub(crate) struct Console {
    pub(crate) router: Router,
    pub(crate) view: View,
    pub(crate) app: App,
    pub(crate) shutdown: watch::Sender<bool>,
    pub(crate) registry: Registry,
    _documents: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Console {
    /// With three tokens, one for each role.
    pub(crate) fn guarded() -> Self {
        let token = |name: &str, token: &str| json!({ "name": name, "role": name, "token": token });
        let tokens = json!([token("read", READ), token("submit", SUBMIT), token("operate", OPERATE)]);
        Self::with(&[("INVOICES__CONSOLE__TOKENS", &tokens.to_string())])
    }

    /// Without tokens.
    pub(crate) fn open() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = folder.path().to_str().unwrap().to_owned();
        // Nothing listens there.
        let always =
            [("INVOICES__DOCUMENTS__LOCATION", location.as_str()), ("INVOICES__KAFKA__BROKERS", "127.0.0.1:1")];
        let variables =
            variables.iter().chain(&always).map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let settings = Settings::load_from(variables).unwrap();
        let view = View::open(&Place::Memory).unwrap();
        view.set_caught_up().unwrap();
        let registry = Registry::new();
        let metrics = Metrics::new(&registry, &view, &Progress::new()).unwrap();
        let (stages, (shutdown, stopped)) = (Stages::new(), watch::channel(false));
        let live = Live::start(&view, &stages, metrics.clone());
        let parts = Parts {
            view: view.clone(),
            live: live.clone(),
            stages,
            kafka: settings.kafka_client(),
            topics: settings.topic_names(),
            documents: Documents::open(&settings.documents.location, &settings.documents.options).unwrap(),
            pool: Pool::of_this_executable(&settings.fetch).unwrap(),
            company: Company::from(&settings),
            limits: Limits { pdf_bytes: 1 << 16, input_bytes: 1 << 16 },
        };
        let guard = Guard::new(&settings.console, metrics.clone());
        let app = App { desk: Desk::new(parts).unwrap(), guard, live, metrics, books: None, shutdown: stopped };
        Self { router: server::router(app.clone()), view, app, shutdown, registry, _documents: folder }
    }

    /// Puts an invoice into the view, posted or as the state says.
    pub(crate) async fn know(&self, id: &str, state: State, at_ms: i64, vendor: &str) {
        let bill = Bill { bill_number: "7".to_owned(), vendor_name: vendor.to_owned(), ..Bill::default() };
        let status = Status {
            run: 1,
            stage: Stage::PostToZoho,
            state,
            attempt: 1,
            at_ms,
            due_ms: None,
            code: None,
            url_hash: "0".repeat(12),
            bill: (state == State::Posted).then_some(bill),
            cost_usd: None,
            model: None,
        };
        let record = Record {
            topic: "invoices.status".to_owned(),
            partition: 0,
            offset: at_ms,
            timestamp_ms: at_ms,
            key: Some(id.to_owned().into()),
            value: Some(serde_json::to_vec(&status).unwrap().into()),
            headers: Headers::default(),
        };
        let view = self.view.clone();
        let apply = move || view.apply(vec![Seen { source: Source::Status, record }]).unwrap();
        tokio::task::spawn_blocking(apply).await.unwrap();
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 22).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(request("GET", path, &[("authorization", &format!("Bearer {token}"))], "")).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        let headers = [("authorization", &*format!("Bearer {token}")), ("content-type", "application/json")];
        self.ask(request("POST", path, &headers, &body.to_string())).await
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Of a problem; empty if it is none.
    pub(crate) fn code(&self) -> String {
        serde_json::from_str::<Value>(&self.body)
            .ok()
            .and_then(|body| Some(body["code"].as_str()?.to_owned()))
            .unwrap_or_default()
    }
}

/// To the console's own host, unless a header names another.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:8480");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}
