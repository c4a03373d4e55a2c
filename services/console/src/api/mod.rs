//! The HTTP API, `/api/v1`: JSON over the same desk that the pages use.
//!
//! Architecture invariant: what is served is what [`routes`] lists, each with the role that it needs; the OpenAPI document is
//! made from the same list.

mod extract;
mod openapi;
mod route;

use crate::auth::{Guard, Role};
use crate::server::App;
use axum::Router;
use axum::response::IntoResponse;
use route::Route;
use std::sync::LazyLock;

/// Where the API begins.
pub const ROOT: &str = "/api/v1";

static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi::document(&routes()).to_string());

/// The API's router, relative to [`ROOT`].
pub(crate) fn router(guard: &Guard) -> Router<App> {
    routes().into_iter().fold(Router::new(), |router, route| {
        let (path, handler) = route.guarded(guard);
        router.route(path, handler)
    })
}

fn routes() -> Vec<Route> {
    use Role::Read;
    vec![
        Route::get("/openapi.json", Read, ("describe", "This description."), describe)
            .gives_file(route::JSON, "An OpenAPI 3.1 document."),
    ]
}

async fn describe() -> impl IntoResponse {
    ([(axum::http::header::CONTENT_TYPE, route::JSON)], DOCUMENT.as_str())
}
