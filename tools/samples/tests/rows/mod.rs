//! Text as an extractor with row assembly gives it: everything at one height on one line, left to right,
//! whatever the order of drawing.

use pdf_extract::{Document, MediaBox, OutputDev, OutputError, Transform, output_doc};

/// Glyphs whose base lines differ by less are one row.
const SAME_ROW: f64 = 3.0;
/// A gap wider than this part of the size parts two words.
const WORD_GAP: f64 = 0.15;
/// A gap wider than this part of the size parts two columns.
const COLUMN_GAP: f64 = 1.2;

/// The rows of all pages; `gap` is put between columns.
pub(crate) fn joined(pdf: &[u8], gap: &str) -> String {
    let document = Document::load_mem(pdf).expect("the sample is a PDF");
    let mut glyphs = Glyphs::default();
    output_doc(&document, &mut glyphs).expect("the sample can be drawn");
    glyphs.pages.into_iter().map(|page| page_text(page, gap)).collect()
}

struct Glyph {
    x: f64,
    y: f64,
    end: f64,
    size: f64,
    text: String,
}

#[derive(Default)]
struct Glyphs {
    pages: Vec<Vec<Glyph>>,
}

fn page_text(mut page: Vec<Glyph>, gap: &str) -> String {
    page.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut text = String::new();
    for row in page.chunk_by_mut(|above, below| above.y - below.y < SAME_ROW) {
        row.sort_by(|a, b| a.x.total_cmp(&b.x));
        let mut end = f64::INFINITY;
        for glyph in row {
            if glyph.x - end > COLUMN_GAP * glyph.size {
                text.push_str(gap);
            } else if glyph.x - end > WORD_GAP * glyph.size {
                text.push(' ');
            }
            text.push_str(&glyph.text);
            end = glyph.end;
        }
        text.push('\n');
    }
    text
}

impl OutputDev for Glyphs {
    fn begin_page(&mut self, _: u32, _: &MediaBox, _: Option<(f64, f64, f64, f64)>) -> Result<(), OutputError> {
        self.pages.push(Vec::new());
        Ok(())
    }

    fn output_character(
        &mut self,
        at: &Transform,
        width: f64,
        _: f64,
        size: f64,
        text: &str,
    ) -> Result<(), OutputError> {
        let glyph = Glyph { x: at.m31, y: at.m32, end: at.m31 + width * size, size, text: text.to_owned() };
        self.pages.last_mut().expect("a page has begun").push(glyph);
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
