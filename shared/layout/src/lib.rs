//! Turns what a PDF paints into what a person reads: lines of text, each with its box.
//!
//! A PDF paints glyphs at places, in any order, often without spaces, some of them where nobody sees them. An invoice
//! is read by rows: a value belongs to the label that stands beside it. So lines are assembled from the places alone,
//! and what a person would not see is left out and counted, as the text goes to a language model that would read it.
//!
//! Architecture invariant: pure. No I/O and no PDF: any engine that tells where it paints what can be the source.

mod canvas;
mod geometry;
mod glyph;
mod lines;
mod reading_order;

pub use canvas::{Canvas, Color, Paint};
pub use geometry::{Point, Rect};
pub use glyph::Glyph;
pub use lines::{Line, lines};

/// A page as a person sees it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// In points.
    pub width: f32,
    pub height: f32,
    /// From top to bottom.
    pub lines: Vec<Line>,
    pub counts: Counts,
}

/// What was painted on a page and is not in its text, or not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Characters that are in the text, white space aside.
    pub shown: u32,
    /// Of these: glyphs of which the PDF does not say which character they are. They are U+FFFD in the text.
    pub unknown: u32,
    pub hidden: Hidden,
    /// Pictures that cover a tenth of the page or more.
    pub pictures: u32,
}

/// Characters that nobody sees, by the reason. White space does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hidden {
    /// Painted with neither fill nor stroke, as the text layer that a scanner adds, or wholly transparent.
    pub transparent: u32,
    /// In the colour of what is behind it.
    pub background: u32,
    /// Painted over.
    pub covered: u32,
    /// Too small to be read.
    pub tiny: u32,
    /// Outside of the page or of what the page shows of it.
    pub outside: u32,
}

impl Hidden {
    #[must_use]
    pub fn total(&self) -> u32 {
        [self.transparent, self.background, self.covered, self.tiny, self.outside]
            .into_iter()
            .fold(0, u32::saturating_add)
    }
}
