//! What tells where a PDF paints which character. To be called in a child only: an engine may panic, overflow its
//! stack, eat all memory or never end on some files.

pub(super) mod hayro;
mod pdf_extract;

use layout::Page;
use runtime::settings::Extractor;
use std::ops::ControlFlow;

/// More characters than this on one page are not an invoice.
const MAX_GLYPHS_PER_PAGE: usize = 500_000;

/// An engine that reads PDFs.
pub(super) trait GlyphSource {
    /// Hands out one page after the other, as long as more are wanted.
    ///
    /// # Errors
    /// In the engine's words, when the file as a whole cannot be read.
    fn read(&self, pdf: Vec<u8>, page: &mut dyn FnMut(Page) -> ControlFlow<()>) -> Result<Facts, Unreadable>;
}

pub(super) fn of(extractor: Extractor) -> &'static dyn GlyphSource {
    match extractor {
        Extractor::Hayro => &hayro::Hayro,
        Extractor::PdfExtract => &pdf_extract::PdfExtract,
    }
}

/// What a PDF says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Facts {
    pub(super) pages: u32,
    /// The program that made it.
    pub(super) producer: Option<String>,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It opens with a password that is not the empty one.
    Password,
    Broken(String),
}
