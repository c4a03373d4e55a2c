//! Binding the port and putting the parts behind it. Only 127.0.0.1 is bound unless another address is asked for.

use std::{io, net::SocketAddr};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    connection::{Line, Lines},
    control, gate, llm, pdf,
    settings::Settings,
    world::{State, World},
    zoho,
};

/// A sandbox that serves until it is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Binds and serves on the current runtime.
///
/// # Errors
/// The port cannot be bound.
pub async fn start(settings: Settings) -> io::Result<Running> {
    let listener = TcpListener::bind((settings.host, settings.port)).await?;
    let address = listener.local_addr()?;
    let service = router(&State::new(settings)).into_make_service_with_connect_info::<Line>();
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(Lines(listener), service).await {
            tracing::error!(%error, "the sandbox stopped serving");
        }
    });
    Ok(Running { address, task })
}

fn router(world: &World) -> Router {
    Router::new()
        .route("/pdf", get(pdf::list))
        .route("/pdf/{file}", get(pdf::sample))
        .route("/pdf/numbered/{file}", get(pdf::numbered))
        .route("/v1/messages", post(llm::ask))
        .route("/v1/chat/completions", post(llm::ask))
        .route("/oauth/v2/token", post(zoho::token))
        .nest("/books/v3", zoho::api(world))
        .nest("/api/v3", zoho::api(world))
        .layer(from_fn_with_state(world.clone(), gate::gate))
        .nest("/_sandbox", control::routes())
        .layer(DefaultBodyLimit::disable())
        .with_state(world.clone())
}
