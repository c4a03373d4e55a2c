//! What is painted on a page, in the order of painting, and which of its characters can be seen.

use crate::geometry::{Point, Rect};
use crate::glyph::Glyph;
use crate::lines::lines;
use crate::{Counts, Page};

/// Smaller type than this, in points, is not meant for people.
const TINY: f32 = 2.0;
/// Colours that differ less than this in each part cannot be told apart: 5 % of the range.
const SAME: f32 = 0.05;
/// What lets through more of what is behind it covers nothing; text with less opacity is not seen.
const OPAQUE: f32 = 0.95;
const SEE_THROUGH: f32 = 0.05;
/// Fills below this size, in square points, are rules and dots: no character is on or under them.
const SMALLEST_GROUND: f32 = 9.0;
/// The share of a page from which on a picture may be a scan.
const LARGE_PICTURE: f32 = 0.1;

/// Red, green and blue from 0 to 1.
pub type Color = [f32; 3];

/// How something is painted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paint {
    /// `None` for patterns and pictures.
    pub color: Option<Color>,
    /// From 0 to 1.
    pub opacity: f32,
}

impl Paint {
    /// Neither filled nor stroked.
    pub const NONE: Self = Self { color: None, opacity: 0.0 };
}

/// A page while it is painted.
#[derive(Debug)]
pub struct Canvas {
    page: Rect,
    grounds: Vec<Ground>,
    texts: Vec<Text>,
    counts: Counts,
}

/// Something that text can stand on, or under.
#[derive(Debug)]
struct Ground {
    area: Rect,
    paint: Paint,
}

#[derive(Debug)]
struct Text {
    glyph: Glyph,
    paint: Paint,
    /// What of the page could be painted on just then.
    clip: Rect,
    /// How many grounds were there before.
    above: usize,
}

/// Why a character is not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unseen {
    Transparent,
    Background,
    Covered,
    Tiny,
    Outside,
}

impl Canvas {
    /// An empty white page.
    #[must_use]
    pub fn new(width: f32, height: f32) -> Self {
        let page = Rect { x0: 0.0, y0: 0.0, x1: width, y1: height };
        Self { page, grounds: Vec::new(), texts: Vec::new(), counts: Counts::default() }
    }

    #[must_use]
    pub fn page(&self) -> Rect {
        self.page
    }

    /// How many characters were painted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Paints a character inside of `clip`.
    pub fn text(&mut self, glyph: Glyph, paint: Paint, clip: Rect) {
        if glyph.is_placed() && !glyph.is_mark() {
            self.texts.push(Text { glyph, paint, clip, above: self.grounds.len() });
        }
    }

    /// Fills a box. Other shapes are not reported: what they cover is not known.
    pub fn fill(&mut self, area: Rect, paint: Paint) {
        let area = area.intersection(self.page);
        if area.area() >= SMALLEST_GROUND && paint.opacity > SEE_THROUGH {
            self.grounds.push(Ground { area, paint });
        }
    }

    /// Paints a picture into a box. Whether it covers what is there is not known: it may be a transparent one.
    pub fn picture(&mut self, area: Rect) {
        let area = area.intersection(self.page);
        self.fill(area, Paint { color: None, opacity: OPAQUE - SEE_THROUGH });
        if area.area() >= self.page.area() * LARGE_PICTURE {
            self.counts.pictures += 1;
        }
    }

    /// The page, with the characters that can be seen.
    #[must_use]
    pub fn finish(self) -> Page {
        let mut counts = self.counts;
        let mut seen = Vec::with_capacity(self.texts.len());
        for text in &self.texts {
            let weight = u32::from(!text.glyph.is_blank());
            match self.unseen(text) {
                None => {
                    counts.shown += weight;
                    counts.unknown += u32::from(text.glyph.character == Glyph::UNKNOWN);
                    seen.push(text.glyph);
                }
                Some(Unseen::Transparent) => counts.hidden.transparent += weight,
                Some(Unseen::Background) => counts.hidden.background += weight,
                Some(Unseen::Covered) => counts.hidden.covered += weight,
                Some(Unseen::Tiny) => counts.hidden.tiny += weight,
                Some(Unseen::Outside) => counts.hidden.outside += weight,
            }
        }
        Page { width: self.page.x1, height: self.page.y1, lines: lines(&seen), counts }
    }

    fn unseen(&self, text: &Text) -> Option<Unseen> {
        let centre = text.glyph.centre();
        if text.paint.opacity < SEE_THROUGH {
            return Some(Unseen::Transparent);
        }
        if text.glyph.size < TINY {
            return Some(Unseen::Tiny);
        }
        if !self.page.contains(centre) || !text.clip.contains(centre) {
            return Some(Unseen::Outside);
        }
        if self.ground_at(text.above, centre).is_some_and(|ground| is_same(text.paint.color, ground)) {
            return Some(Unseen::Background);
        }
        let covers = |ground: &Ground| {
            ground.paint.opacity >= OPAQUE && ground.paint.color.is_some() && ground.area.contains(centre)
        };
        self.grounds[text.above..].iter().any(covers).then_some(Unseen::Covered)
    }

    /// The colour that is behind what is painted there; `None` if that is not known.
    fn ground_at(&self, above: usize, at: Point) -> Option<Color> {
        const WHITE: Color = [1.0; 3];
        let last = self.grounds[..above].iter().rev().find(|ground| ground.area.contains(at));
        last.map_or(Some(WHITE), |ground| ground.paint.color.filter(|_| ground.paint.opacity >= OPAQUE))
    }
}

fn is_same(color: Option<Color>, ground: Color) -> bool {
    color.is_some_and(|color| color.iter().zip(ground).all(|(one, other)| (one - other).abs() < SAME))
}
