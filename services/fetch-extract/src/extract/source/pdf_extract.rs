//! The engine pdf-extract. It tells neither colours nor render modes, so nothing hidden is left out but what stands
//! off the page or is too small.

use super::{Facts, GlyphSource, MAX_GLYPHS_PER_PAGE, Unreadable};
use layout::{Canvas, Glyph, Page, Paint, Point};
use pdf_extract::{Document, MediaBox, OutputDev, OutputError, Transform, output_doc_page};
use std::ops::ControlFlow;

#[derive(Debug)]
pub(in crate::extract) struct PdfExtract;

impl GlyphSource for PdfExtract {
    fn read(&self, pdf: Vec<u8>, page: &mut dyn FnMut(Page) -> ControlFlow<()>) -> Result<Facts, Unreadable> {
        let mut document = Document::load_mem(&pdf).map_err(broken)?;
        if document.is_encrypted() {
            // As viewers do, before they ask.
            document.decrypt("").map_err(|_| Unreadable::Password)?;
        }
        let numbers: Vec<u32> = document.get_pages().into_keys().collect();
        for number in &numbers {
            let mut painter = Painter::default();
            output_doc_page(&document, &mut painter, *number).map_err(broken)?;
            if page(painter.canvas.finish()).is_break() {
                break;
            }
        }
        Ok(Facts { pages: u32::try_from(numbers.len()).unwrap_or(u32::MAX), producer: None })
    }
}

fn broken(error: impl std::fmt::Display) -> Unreadable {
    Unreadable::Broken(error.to_string())
}

struct Painter {
    canvas: Canvas,
    /// The upper left corner of the page, in the PDF's coordinates.
    corner: (f64, f64),
}

impl Default for Painter {
    fn default() -> Self {
        Self { canvas: Canvas::new(0.0, 0.0), corner: (0.0, 0.0) }
    }
}

impl OutputDev for Painter {
    fn begin_page(&mut self, _: u32, media_box: &MediaBox, _: Option<(f64, f64, f64, f64)>) -> Result<(), OutputError> {
        self.canvas = Canvas::new(narrow(media_box.urx - media_box.llx), narrow(media_box.ury - media_box.lly));
        self.corner = (media_box.llx, media_box.ury);
        Ok(())
    }

    fn output_character(
        &mut self,
        transform: &Transform,
        width: f64,
        _spacing: f64,
        font_size: f64,
        characters: &str,
    ) -> Result<(), OutputError> {
        if self.canvas.len() >= MAX_GLYPHS_PER_PAGE {
            return Ok(());
        }
        let origin = Point { x: narrow(transform.m31 - self.corner.0), y: narrow(self.corner.1 - transform.m32) };
        // The engine's `width` is a share of the size.
        let along = width * font_size;
        let advance = Point { x: narrow(transform.m11 * along), y: narrow(-transform.m12 * along) };
        let size = narrow(transform.m21.hypot(transform.m22) * font_size.abs());
        let black = Paint { color: Some([0.0; 3]), opacity: 1.0 };
        let page = self.canvas.page();
        for glyph in Glyph::all(characters, origin, advance, size) {
            self.canvas.text(glyph, black, page);
        }
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a page is a few thousand points wide, and f32 knows a hundredth")]
const fn narrow(length: f64) -> f32 {
    length as f32
}
