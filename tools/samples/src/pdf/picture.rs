//! A page as a scanner sees it: black dots on white, a little askew, and not one letter of text.

use super::dots::{self, COLUMNS, ROWS};

/// Pixels the page slopes: one down for so many to the right.
const SLOPE: usize = 300;

/// One bit per pixel, 1 is white; rows are padded to whole bytes.
#[derive(Debug)]
pub(crate) struct Picture {
    width: usize,
    height: usize,
    bits: Vec<u8>,
}

impl Picture {
    pub(crate) fn blank(width: usize, height: usize) -> Self {
        Self { width, height, bits: vec![0xFF; width.div_ceil(8) * height] }
    }

    /// Text with its top left corner at `x`, `y`; one dot of the glyph is `scale` pixels wide.
    pub(crate) fn text(&mut self, x: usize, y: usize, scale: usize, text: &str) {
        let advance = usize::from(COLUMNS + 1) * scale;
        for (at, character) in text.chars().enumerate() {
            self.glyph(x + at * advance, y, scale, character);
        }
    }

    /// Text that ends at `right`.
    pub(crate) fn text_to(&mut self, right: usize, y: usize, scale: usize, text: &str) {
        let width = text.chars().count() * usize::from(COLUMNS + 1) * scale;
        self.text(right.saturating_sub(width), y, scale, text);
    }

    pub(crate) fn fill(&mut self, x: usize, y: usize, width: usize, height: usize) {
        for row in y..y + height {
            for column in x..x + width {
                self.blacken(column, row);
            }
        }
    }

    pub(crate) fn bits(&self) -> &[u8] {
        &self.bits
    }

    pub(crate) fn width(&self) -> i32 {
        i32::try_from(self.width).unwrap_or(i32::MAX)
    }

    pub(crate) fn height(&self) -> i32 {
        i32::try_from(self.height).unwrap_or(i32::MAX)
    }

    fn glyph(&mut self, x: usize, y: usize, scale: usize, character: char) {
        let shape = dots::dots(character);
        for row in 0..ROWS {
            for column in (0..COLUMNS).filter(|column| dots::is_set(shape, *column, row)) {
                self.fill(x + usize::from(column) * scale, y + usize::from(row) * scale, scale, scale);
            }
        }
    }

    fn blacken(&mut self, x: usize, y: usize) {
        let y = y + x / SLOPE;
        if x < self.width && y < self.height {
            self.bits[y * self.width.div_ceil(8) + x / 8] &= !(0x80 >> (x % 8));
        }
    }
}
