//! Everything as a file.

use super::dead_letters::Which;
use super::extract::{Params, segment};
use super::invoices::List;
use crate::desk::Desk;
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::Stream;
use operations::table::Form;

pub(super) async fn export(State(desk): State<Desk>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let name = segment(&mut parts, &desk, "file").await.unwrap_or_default();
    let unknown = || Problem::not_found("there are invoices, history and dead-letters, each as .csv and .jsonl");
    let (what, extension) = name.split_once('.').ok_or_else(unknown)?;
    let form = form(extension).ok_or_else(unknown)?;
    match what {
        "invoices" => {
            let Params(list) = Params::<List>::from_request_parts(&mut parts, &desk).await?;
            let (filter, _, _) = list.read()?;
            Ok(file(&name, form, desk.export_invoices(filter, form)))
        }
        "dead-letters" => {
            let Params(which) = Params::<Which>::from_request_parts(&mut parts, &desk).await?;
            Ok(file(&name, form, desk.export_dead_letters(which.selection(), form)))
        }
        "history" => Ok(file(&name, form, desk.export_history(form))),
        _ => Err(unknown()),
    }
}

/// A failure in the middle breaks the connection off, so that nobody takes half a file for a whole one.
fn file(
    name: &str,
    form: Form,
    rows: impl Stream<Item = Result<Bytes, crate::desk::Error>> + Send + 'static,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type(form).to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, Body::from_stream(rows)).into_response()
}

/// By how a file's name ends.
fn form(extension: &str) -> Option<Form> {
    match extension {
        "csv" => Some(Form::Csv),
        "jsonl" => Some(Form::JsonLines),
        _ => None,
    }
}

const fn media_type(form: Form) -> &'static str {
    match form {
        Form::Csv => "text/csv; charset=utf-8",
        Form::JsonLines => "application/jsonl",
    }
}
