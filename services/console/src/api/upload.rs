//! PDFs that come as bytes: one as the body, or several as the files of a form.

use super::extract::{body, media_type};
use super::invoices::Ask;
use crate::desk::{Desk, Upload};
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::StatusCode;
use contract::InvoiceId;

pub(super) const PDF: &str = "application/pdf";
pub(super) const FORM: &str = "multipart/form-data";

/// Files of one form. They are held in memory until all are in the document store.
const MOST_FILES: usize = 50;
/// Of all files together.
const MOST_BYTES: usize = 256 << 20;

/// Files of a form; the fields' names do not matter.
#[derive(Debug, schemars::JsonSchema)]
pub(super) struct Files {
    #[allow(dead_code, reason = "describes a body")]
    file: Vec<super::invoices::Pdf>,
}

/// Requests for each of these, unless there are too many.
pub(super) fn requests(wanted: Vec<Ask>, most: usize) -> Result<Vec<contract::Request>, Problem> {
    match wanted.len() {
        0 => Err(Problem::bad_request("the list is empty")),
        count if count > most => Err(Problem::too_large(format!("one request may hand in {most} invoices"))),
        _ => Ok(wanted.into_iter().map(Ask::request).collect()),
    }
}

/// The PDF that is the body.
pub(super) async fn single(request: Request, desk: &Desk, invoice_id: Option<InvoiceId>) -> Result<Upload, Problem> {
    let pdf = body(request, most(desk)).await?;
    Ok(Upload { pdf, invoice_id })
}

/// The files of a form, whatever its fields are called.
pub(crate) async fn several(mut request: Request, desk: &Desk) -> Result<Vec<Upload>, Problem> {
    debug_assert_eq!(media_type(request.headers()), FORM);
    DefaultBodyLimit::disable().apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|refusal| Problem::bad_request(refusal.body_text()))?;
    let (mut uploads, mut bytes) = (Vec::new(), 0);
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
        if field.file_name().is_none() {
            return Err(Problem::bad_request("the form has a field that is no file"));
        }
        let pdf = read(field, most(desk).min(MOST_BYTES - bytes)).await?;
        bytes += pdf.len();
        uploads.push(Upload { pdf, invoice_id: None });
        if uploads.len() > MOST_FILES {
            return Err(Problem::too_large(format!("one request may hand in {MOST_FILES} files")));
        }
    }
    if uploads.is_empty() { Err(Problem::bad_request("the form has no file")) } else { Ok(uploads) }
}

/// One file, as long as it is not larger than this.
pub(crate) async fn read(mut field: Field<'_>, most: usize) -> Result<Bytes, Problem> {
    let mut pdf = Vec::new();
    while let Some(part) = field.chunk().await.map_err(|error| unreadable(&error))? {
        if pdf.len() + part.len() > most {
            return Err(Problem::too_large(format!("a PDF may have {most} bytes, and all together {MOST_BYTES}")));
        }
        pdf.extend_from_slice(&part);
    }
    Ok(pdf.into())
}

fn most(desk: &Desk) -> usize {
    usize::try_from(desk.limits().pdf_bytes).unwrap_or(MOST_BYTES)
}

fn unreadable(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::too_large("the form is too large");
    }
    Problem::bad_request(format!("the form cannot be read: {}", error.body_text()))
}
