//! The routes of the pages: each asks the desk and hands plain values to a page. What is posted is a form of ours, and its
//! answer leads to a page that says what was done.

mod account;
mod convert;
mod frame;
mod invoice;
mod invoices;
mod item;
mod review;
mod stages;
mod submit;

use super::layout::Section;
use super::{assets, fix, help, problem};
use crate::auth::{Guard, Role, Visitor};
use crate::desk::Desk;
use crate::problem::Problem;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use frame::Content;

/// What the pages answer from. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Pages {
    pub guard: Guard,
    pub desk: Desk,
    /// Where bills are shown; `None` if the ledger has no such place.
    pub books: Option<Books>,
}

/// The web pages of Zoho Books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    /// Without a slash at the end.
    pub url: String,
    pub organization: String,
}

/// Who asks, and what is to be shown to them.
type Shown = Result<Content, Problem>;

/// The page with the form that is sent to this address.
#[must_use]
pub fn before_form(path: &str) -> &str {
    if path.starts_with("/stages/") {
        return "/stages";
    }
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let parent = parent.strip_suffix("/replay").unwrap_or(parent);
    if parent.is_empty() { "/" } else { parent }
}

/// The pages' router.
pub fn router<S: Clone + Send + Sync + 'static>(pages: Pages) -> Router<S> {
    // Without scripts, several files come in one request.
    let most = usize::try_from(pages.desk.limits().pdf_bytes).unwrap_or(usize::MAX).saturating_mul(4);
    Router::new()
        .route("/", get(|| async { Redirect::to("/invoices") }))
        .route("/invoices", get(invoices::list))
        .route("/invoices/live", get(invoices::live))
        .route("/invoices/{id}", get(invoice::show))
        .route("/invoices/{id}/records", get(invoice::records))
        .route("/invoices/{id}/cancel", post(invoice::cancel))
        .route("/invoices/{id}/erase", post(invoice::erase))
        .route("/review", get(review::list))
        .route("/review/next", get(review::next))
        .route("/review/replay", post(review::forecast))
        .route("/review/replay/run", post(review::run))
        .route("/review/{id}", get(item::show))
        .route("/review/{id}/check", post(item::check))
        .route("/review/{id}/approve", post(item::approve))
        .route("/review/{id}/replay", post(item::replay))
        .route("/review/{id}/discard", post(item::discard))
        .route("/stages", get(stages::show))
        .route("/stages/{stage}/pause", post(stages::pause))
        .route("/stages/{stage}/resume", post(stages::resume))
        .route("/submit", get(submit::show).post(submit::links))
        .route("/submit/files", post(submit::files).layer(DefaultBodyLimit::max(most)))
        .route("/login", get(account::ask).post(account::log_in))
        .route("/logout", post(account::log_out))
        .route("/help", get(shown_help))
        .route("/codes", get(codes))
        .route("/codes/{code}", get(code))
        .route("/assets/{version}/{name}", get(asset))
        .route("/favicon.ico", get(|| async { Redirect::permanent(&assets::path("icon.svg")) }))
        .fallback(nothing_here)
        .with_state(pages)
}

/// The page for whatever address is nobody's.
async fn nothing_here(State(pages): State<Pages>, Visitor(by): Visitor) -> Response {
    let content = Content::new("Not found", Section::Other, problem::not_found());
    pages.answer(&by, None, Ok(content.with_status(StatusCode::NOT_FOUND))).await
}

async fn shown_help(State(pages): State<Pages>, Visitor(by): Visitor) -> Response {
    pages.answer(&by, None, Ok(Content::new("Help", Section::Other, help::page()))).await
}

async fn codes(State(pages): State<Pages>, Visitor(by): Visitor) -> Response {
    pages.answer(&by, None, Ok(Content::new("Error codes", Section::Other, problem::codes()))).await
}

async fn code(State(pages): State<Pages>, Visitor(by): Visitor, Path(code): Path<String>) -> Response {
    let fix = fix::Fix::of(&code).ok_or_else(|| Problem::not_found("there is no such code"));
    pages.answer(&by, None, fix.map(|fix| Content::new(fix.code, Section::Other, problem::code(&fix)))).await
}

/// A file of the program. Its address names its content, so a browser may keep it for good.
async fn asset(Path((version, name)): Path<(String, String)>) -> Response {
    let Some(asset) = assets::find(&version, &name) else { return StatusCode::NOT_FOUND.into_response() };
    let headers =
        [(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, asset.bytes).into_response()
}

/// Whether somebody may do it.
fn may(by: &crate::auth::Identity, role: Role) -> Result<(), Problem> {
    if by.may(role) {
        return Ok(());
    }
    let detail = format!("this takes the role {}; yours is {}", role.as_str(), by.role.as_str());
    Err(Problem::new(StatusCode::FORBIDDEN, contract::code::API_FORBIDDEN, detail))
}

#[cfg(test)]
mod tests {
    use super::before_form;

    #[test]
    fn loading_again_what_a_form_has_led_to_shows_the_page_of_the_form() {
        for (form, page) in [
            ("/review/replay", "/review"),
            ("/review/replay/run", "/review"),
            ("/review/A-1/check", "/review/A-1"),
            ("/invoices/A-1/erase", "/invoices/A-1"),
            ("/stages/llm-structure/pause", "/stages"),
            ("/submit/files", "/submit"),
            ("/logout", "/"),
        ] {
            assert_eq!(before_form(form), page);
        }
    }
}
