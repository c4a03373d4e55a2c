//! The PDF host. Query strings are ignored, so that many URLs can name one file: copies, re-signed
//! links.

use std::{collections::HashMap, sync::OnceLock};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use bytes::Bytes;
use samples::{Expectation, Sample};
use serde_json::{Value, json};

use crate::{
    fault::StatusAnswer,
    world::{World, latency},
};

/// `GET /pdf`: one object per sample, with the URL it is served at.
pub(crate) async fn list(headers: HeaderMap) -> Json<Value> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let base = host.map_or_else(String::new, |host| format!("http://{host}"));
    let rows = samples::all().into_iter().map(|sample| {
        json!({
            "name": sample.name,
            "url": format!("{base}/pdf/{}.pdf", sample.name),
            "summary": sample.summary,
            "expectation": expectation(&sample),
        })
    });
    Json(rows.collect())
}

/// `GET /pdf/{name}.pdf`: a sample, or one of the two files that are not what their name says.
pub(crate) async fn sample(State(world): State<World>, Path(file): Path<String>) -> Response {
    latency(world.settings.latency_pdf_ms).await;
    if file == "not-a-pdf.pdf" {
        return sign_in_page();
    }
    let name = file.strip_suffix(".pdf");
    match name.and_then(|name| library().get(name)) {
        Some(pdf) => document(pdf.clone()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /pdf/numbered/{n}.pdf`: one of four thousand million small invoices.
pub(crate) async fn numbered(State(world): State<World>, Path(file): Path<String>) -> Response {
    latency(world.settings.latency_pdf_ms).await;
    let number = file.strip_suffix(".pdf").and_then(|n| n.parse().ok());
    match number {
        Some(n) => document(samples::numbered(n).pdf.into()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A scripted error of a file host: the status and a line of text.
pub(crate) fn failure(answer: &StatusAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = answer.message.clone().unwrap_or_else(|| status.to_string());
    let mut response = (status, message).into_response();
    if let Some(seconds) = answer.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// What a portal sends, with status 200, once the link's session has ended.
pub(crate) fn sign_in_page() -> Response {
    Html("<!doctype html><title>Sign in</title><p>Your session has ended. Please sign in again.</p>").into_response()
}

fn document(pdf: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response()
}

fn expectation(sample: &Sample) -> &'static str {
    match sample.expectation {
        Expectation::Bill => "bill",
        Expectation::Review => "review",
        Expectation::NoText => "no_text",
    }
}

fn library() -> &'static HashMap<&'static str, Bytes> {
    static LIBRARY: OnceLock<HashMap<&'static str, Bytes>> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let files = samples::all().into_iter();
        files.map(|file| (file.name, file.pdf.into())).collect()
    })
}
