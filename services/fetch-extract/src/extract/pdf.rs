//! The engine: pdf-extract. To be called in a child only, as it panics, overflows or never ends on some files.

use super::text;
use super::wire::Reading;
use pdf_extract::{Document, PlainTextOutput, output_doc};

/// Reads the text of all pages. An encrypted file is tried with the empty password, as viewers do.
pub(super) fn read(pdf: &[u8], text_cap_chars: usize) -> Result<Reading, String> {
    let mut document = Document::load_mem(pdf).map_err(|error| error.to_string())?;
    if document.is_encrypted() {
        document.decrypt("").map_err(|error| error.to_string())?;
    }
    let pages = u32::try_from(document.get_pages().len()).unwrap_or(u32::MAX);
    let mut text = String::new();
    output_doc(&document, &mut PlainTextOutput::new(&mut text)).map_err(|error| error.to_string())?;
    Ok(text::cap(pages, text, text_cap_chars))
}
