//! What a request gives to read: text, and the picture in a PDF. The sandbox has no eyes: it knows what is drawn on our
//! own sample scans, and of any other picture it reads nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use samples::{Expectation, Invoice};

/// The user's part of a request.
#[derive(Debug, Default)]
pub(super) struct Material {
    text: String,
    picture: Option<Invoice>,
}

/// What was sent as a PDF is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotAPdf;

impl Material {
    /// Adds a block of text on a line of its own.
    pub(super) fn add_text(&mut self, part: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(part);
    }

    /// Adds a PDF in base64. Of several, the first is read.
    pub(super) fn add_pdf(&mut self, base64: &str) -> Result<(), NotAPdf> {
        let pdf = STANDARD.decode(base64).map_err(|_| NotAPdf)?;
        if !pdf.starts_with(b"%PDF-") {
            return Err(NotAPdf);
        }
        if self.picture.is_none() {
            self.picture = Some(drawn_on(&pdf));
        }
        Ok(())
    }

    /// All blocks of text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What a faultless reader finds in it.
    pub(super) fn invoice(&self) -> Invoice {
        self.picture.clone().unwrap_or_else(|| samples::reader::read(self.document()))
    }

    /// The untrusted part: what stands between the tags, or the whole text without them.
    fn document(&self) -> &str {
        let text = self.text.as_str();
        let inside = text.split_once("<invoice_text>").map(|(_, rest)| rest);
        let inside = inside.and_then(|rest| rest.rsplit_once("</invoice_text>"));
        inside.map_or(text, |(document, _)| document)
    }
}

fn drawn_on(pdf: &[u8]) -> Invoice {
    let scans = samples::all().into_iter().filter(|sample| sample.expectation == Expectation::NoText);
    let mut truths = scans.filter(|scan| scan.pdf == pdf).map(|scan| scan.truth);
    truths.next().unwrap_or_default()
}
