//! The HTTP server for probes and metrics.
//!
//! Liveness fails only when our own loop stands still, never because a dependency is down, or every outage would
//! restart the whole fleet. There is no log-in, so nothing here changes anything or shows an invoice.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::{Registry, TEXT_FORMAT, TextEncoder};
use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the probes ask.
pub trait Health: Send + Sync + 'static {
    /// Whether the process makes progress of its own. If not, it is restarted.
    fn live(&self) -> bool;
    /// Whether it takes part in the work.
    fn ready(&self) -> bool;
    /// What the two rest on, by name.
    fn checks(&self) -> Vec<(&'static str, bool)>;
}

/// What the endpoints answer from.
#[derive(Clone)]
pub struct Endpoints {
    pub health: Arc<dyn Health>,
    pub registry: Registry,
    /// True from the first signal on.
    pub shutdown: watch::Receiver<bool>,
}

/// Binds the address and serves in the background until the runtime ends; probes are answered during a drain, too.
///
/// # Errors
/// When the address cannot be bound.
pub async fn serve(listen: SocketAddr, endpoints: Endpoints) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(listen).await?;
    let bound = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, router(endpoints)).into_future());
    Ok(bound)
}

/// `/livez` and `/readyz` (both with `?verbose`) and `/metrics`.
pub fn router(endpoints: Endpoints) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(endpoints)
}

impl std::fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoints").field("shutdown", &*self.shutdown.borrow()).finish_non_exhaustive()
    }
}

async fn livez(State(endpoints): State<Endpoints>, RawQuery(query): RawQuery) -> Response {
    answer("livez", endpoints.health.live(), &endpoints.health.checks(), query.as_deref())
}

async fn readyz(State(endpoints): State<Endpoints>, RawQuery(query): RawQuery) -> Response {
    let stays = !*endpoints.shutdown.borrow();
    let mut checks = endpoints.health.checks();
    checks.push(("shutdown", stays));
    answer("readyz", stays && endpoints.health.ready(), &checks, query.as_deref())
}

/// As Kubernetes' own endpoints do: `ok` alone, or the checks when asked for or when failing.
fn answer(name: &str, passed: bool, checks: &[(&str, bool)], query: Option<&str>) -> Response {
    let verbose = query.is_some_and(|query| query.split('&').any(|part| part.split('=').next() == Some("verbose")));
    let body = if passed && !verbose { "ok".to_owned() } else { list(name, passed, checks) };
    let status = if passed { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, body).into_response()
}

fn list(name: &str, passed: bool, checks: &[(&str, bool)]) -> String {
    let mut body = String::new();
    for (check, holds) in checks {
        let line = if *holds { format!("[+]{check} ok") } else { format!("[-]{check} failed") };
        let _ = writeln!(body, "{line}"); // Writing to a String cannot fail.
    }
    body + name + if passed { " check passed\n" } else { " check failed\n" }
}

async fn metrics(State(endpoints): State<Endpoints>) -> Response {
    match TextEncoder::new().encode_to_string(&endpoints.registry.gather()) {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot write the metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use prometheus::IntCounter;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tower::ServiceExt;

    #[derive(Default)]
    struct Switches {
        live: AtomicBool,
        ready: AtomicBool,
    }

    impl Health for Switches {
        fn live(&self) -> bool {
            self.live.load(Ordering::SeqCst)
        }

        fn ready(&self) -> bool {
            self.ready.load(Ordering::SeqCst)
        }

        fn checks(&self) -> Vec<(&'static str, bool)> {
            vec![("poll", self.live()), ("assigned", self.ready())]
        }
    }

    struct Server {
        switches: Arc<Switches>,
        shutdown: watch::Sender<bool>,
        endpoints: Endpoints,
    }

    impl Server {
        fn new(live: bool, ready: bool) -> Self {
            let switches = Arc::new(Switches { live: live.into(), ready: ready.into() });
            let (shutdown, receiver) = watch::channel(false);
            let endpoints = Endpoints { health: switches.clone(), registry: Registry::new(), shutdown: receiver };
            Self { switches, shutdown, endpoints }
        }

        async fn get(&self, path: &str) -> (u16, String) {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router(self.endpoints.clone()).oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        }
    }

    #[tokio::test]
    async fn a_service_without_partitions_is_live_and_not_ready() {
        let server = Server::new(true, false);
        assert_eq!(server.get("/livez").await, (200, "ok".to_owned()));
        let failing = "[+]poll ok\n[-]assigned failed\n[+]shutdown ok\nreadyz check failed\n";
        assert_eq!(server.get("/readyz").await, (503, failing.to_owned()));
        server.switches.ready.store(true, Ordering::SeqCst);
        assert_eq!(server.get("/readyz").await, (200, "ok".to_owned()));
    }

    #[tokio::test]
    async fn only_our_own_loop_standing_still_fails_liveness() {
        let (status, body) = Server::new(false, true).get("/livez").await;
        assert_eq!((status, body.as_str()), (503, "[-]poll failed\n[+]assigned ok\nlivez check failed\n"));
    }

    #[tokio::test]
    async fn a_draining_service_is_live_and_no_longer_ready() {
        let server = Server::new(true, true);
        server.shutdown.send_replace(true);
        assert_eq!(server.get("/livez").await.0, 200);
        let (status, body) = server.get("/readyz").await;
        assert_eq!(status, 503);
        assert!(body.contains("[-]shutdown failed"), "{body}");
    }

    #[tokio::test]
    async fn verbose_lists_the_checks_of_a_passing_probe() {
        let (status, body) = Server::new(true, true).get("/livez?verbose").await;
        assert_eq!((status, body.as_str()), (200, "[+]poll ok\n[+]assigned ok\nlivez check passed\n"));
    }

    #[tokio::test]
    async fn metrics_are_those_of_the_registry_alone() {
        let server = Server::new(true, true);
        let counter = IntCounter::new("invoice_test_total", "A test.").unwrap();
        server.endpoints.registry.register(Box::new(counter.clone())).unwrap();
        counter.inc();
        let (status, body) = server.get("/metrics").await;
        assert_eq!(status, 200);
        assert_eq!(
            body,
            "# HELP invoice_test_total A test.\n# TYPE invoice_test_total counter\ninvoice_test_total 1\n"
        );
    }

    #[tokio::test]
    async fn port_0_serves_on_a_free_port_of_loopback() {
        let bound = serve("127.0.0.1:0".parse().unwrap(), Server::new(true, true).endpoints).await.unwrap();
        assert!(bound.ip().is_loopback() && bound.port() != 0);
        let taken = serve(bound, Server::new(true, true).endpoints).await;
        assert_eq!(taken.unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }
}
