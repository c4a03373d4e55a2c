//! Everything as a file.

use super::extract::{Params, segment};
use super::invoices::List;
use crate::desk::{Desk, Export};
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::Stream;

pub(super) async fn export(State(desk): State<Desk>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let name = segment(&mut parts, &desk, "file").await.unwrap_or_default();
    let unknown = || Problem::not_found("there are invoices.csv, invoices.jsonl, history.csv and history.jsonl");
    let (what, extension) = name.split_once('.').ok_or_else(unknown)?;
    let format = Export::of_extension(extension).ok_or_else(unknown)?;
    match what {
        "invoices" => {
            let Params(list) = Params::<List>::from_request_parts(&mut parts, &desk).await?;
            let (filter, _, _) = list.read()?;
            Ok(file(&name, format, desk.export_invoices(filter, format)))
        }
        "history" => Ok(file(&name, format, desk.export_history(format))),
        _ => Err(unknown()),
    }
}

/// A failure in the middle breaks the connection off, so that nobody takes half a file for a whole one.
fn file(
    name: &str,
    format: Export,
    rows: impl Stream<Item = Result<Bytes, crate::desk::Error>> + Send + 'static,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, Body::from_stream(rows)).into_response()
}
