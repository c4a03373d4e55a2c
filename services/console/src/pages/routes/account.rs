//! Logging in and out.

use super::Pages;
use super::frame::note;
use crate::auth::{Form, From, Identity};
use crate::pages::layout::{self, Frame, Section};
use crate::pages::login;
use crate::problem::Problem;
use axum::extract::rejection::FormRejection;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use url::form_urlencoded;

/// The form of the log-in page. It has no word of a session, as there is none yet; the gate looks at where it comes from.
#[derive(Debug, Deserialize)]
pub(super) struct Token {
    token: String,
    #[serde(default)]
    to: String,
}

pub(super) async fn ask(State(pages): State<Pages>, by: Option<Identity>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let to = pairs.find(|(name, _)| name == "to").map(|(_, to)| to.into_owned()).unwrap_or_default();
    if by.is_some() {
        return Redirect::to(ours(&to)).into_response();
    }
    pages.login_page(&to, false, &query, StatusCode::OK)
}

pub(super) async fn log_in(
    State(pages): State<Pages>,
    From(from): From,
    form: Result<axum::Form<Token>, FormRejection>,
) -> Response {
    let Ok(axum::Form(Token { token, to })) = form else {
        return pages.login_page("", true, "", StatusCode::BAD_REQUEST);
    };
    match pages.guard.log_in(token.trim(), from) {
        Ok((_, cookie)) => ([(header::SET_COOKIE, cookie)], Redirect::to(ours(&to))).into_response(),
        Err(problem) => pages.login_page(&to, true, "", problem.status()),
    }
}

pub(super) async fn log_out(State(pages): State<Pages>, form: Result<Form<()>, Problem>) -> Response {
    if let Err(problem) = form {
        return problem.into_response();
    }
    ([(header::SET_COOKIE, pages.guard.log_out())], Redirect::to("/login?note=logged_out")).into_response()
}

impl Pages {
    fn login_page(&self, to: &str, is_wrong: bool, query: &str, status: StatusCode) -> Response {
        let frame = Frame {
            title: "Log in",
            section: Section::Other,
            viewer: None,
            banners: &[],
            waiting: 0,
            caught_up: true,
            note: note(query),
            now_ms: 0,
        };
        (status, layout::page(&frame, &login::page(ours(to), is_wrong))).into_response()
    }
}

/// A path of ours, whatever was asked for: a log-in leads to no other site.
fn ours(to: &str) -> &str {
    let is_path = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\n', '\r', '\t']);
    if is_path { to } else { "/invoices" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_leads_to_no_other_site() {
        for to in
            ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\t/evil.example"]
        {
            assert_eq!(ours(to), "/invoices", "{to:?}");
        }
        assert_eq!(ours("/review/abc?x=1"), "/review/abc?x=1");
    }
}
