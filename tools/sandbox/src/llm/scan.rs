//! PDFs in a request's content blocks. The sandbox has no eyes: it knows what is drawn on our own sample scans, and of
//! any other picture it reads nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use samples::{Expectation, Invoice};
use serde_json::Value;

use super::{error::ApiError, request::Checked};

/// What the first PDF in the user's messages shows; `None` without one.
pub(super) fn shown(messages: &[Value]) -> Checked<Option<Invoice>> {
    let blocks = messages.iter().filter_map(|message| message["content"].as_array()).flatten();
    let Some(block) = blocks.into_iter().find(|block| is_pdf(block)) else { return Ok(None) };
    let refused = || ApiError::invalid("messages: The PDF specified was not valid.");
    let data = block["source"]["data"].as_str().ok_or_else(refused)?;
    let pdf = STANDARD.decode(data).map_err(|_| refused())?;
    if block["source"]["media_type"] != "application/pdf" || !pdf.starts_with(b"%PDF-") {
        return Err(refused());
    }
    let scans = samples::all().into_iter().filter(|sample| sample.expectation == Expectation::NoText);
    Ok(Some(scans.into_iter().find(|scan| scan.pdf == pdf).map(|scan| scan.truth).unwrap_or_default()))
}

/// A document block that carries the file itself.
pub(super) fn is_pdf(block: &Value) -> bool {
    block["type"] == "document" && block["source"]["type"] == "base64"
}
