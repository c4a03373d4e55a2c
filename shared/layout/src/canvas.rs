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

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Paint = Paint { color: Some([0.0; 3]), opacity: 1.0 };
    const WHITE: Paint = Paint { color: Some([1.0; 3]), opacity: 1.0 };
    const NAVY: Paint = Paint { color: Some([0.0, 0.0, 0.4]), opacity: 1.0 };

    fn canvas() -> Canvas {
        Canvas::new(595.0, 842.0)
    }

    fn area(x0: f32, y0: f32, x1: f32, y1: f32) -> Rect {
        Rect { x0, y0, x1, y1 }
    }

    /// Four characters, at (100, 100) unless moved.
    fn write(canvas: &mut Canvas, paint: Paint, size: f32, by: (f32, f32), clip: Option<Rect>) {
        let origin = Point { x: 100.0 + by.0, y: 100.0 + by.1 };
        let clip = clip.unwrap_or_else(|| canvas.page());
        for glyph in Glyph::all("1.00", origin, Point { x: 2.0 * size, y: 0.0 }, size) {
            canvas.text(glyph, paint, clip);
        }
    }

    fn hidden_of(canvas: Canvas) -> crate::Hidden {
        let page = canvas.finish();
        assert_eq!(page.counts.shown + page.counts.hidden.total(), 4);
        assert_eq!(page.lines.is_empty(), page.counts.shown == 0);
        page.counts.hidden
    }

    #[test]
    fn what_is_neither_filled_nor_stroked_nor_opaque_is_not_read() {
        for paint in [Paint::NONE, Paint { opacity: 0.01, ..BLACK }] {
            let mut canvas = canvas();
            write(&mut canvas, paint, 10.0, (0.0, 0.0), None);
            assert_eq!(hidden_of(canvas).transparent, 4);
        }
    }

    #[test]
    fn text_in_the_colour_of_the_paper_or_of_the_box_behind_it_is_not_read() {
        let mut on_paper = canvas();
        write(&mut on_paper, Paint { color: Some([0.98; 3]), opacity: 1.0 }, 10.0, (0.0, 0.0), None);
        assert_eq!(hidden_of(on_paper).background, 4);
        let mut on_box = canvas();
        on_box.fill(area(50.0, 50.0, 300.0, 150.0), NAVY);
        write(&mut on_box, NAVY, 10.0, (0.0, 0.0), None);
        assert_eq!(hidden_of(on_box).background, 4);
    }

    #[test]
    fn white_text_on_a_dark_box_or_on_a_picture_is_read() {
        let mut on_box = canvas();
        on_box.fill(area(50.0, 50.0, 300.0, 150.0), NAVY);
        write(&mut on_box, WHITE, 10.0, (0.0, 0.0), None);
        assert_eq!(hidden_of(on_box).total(), 0);
        let mut on_picture = canvas();
        on_picture.picture(area(50.0, 50.0, 300.0, 150.0));
        write(&mut on_picture, WHITE, 10.0, (0.0, 0.0), None);
        assert_eq!(hidden_of(on_picture).total(), 0);
    }

    #[test]
    fn what_is_painted_over_is_not_read_and_what_is_only_tinted_is() {
        let cover = area(50.0, 50.0, 300.0, 150.0);
        let mut covered = canvas();
        write(&mut covered, BLACK, 10.0, (0.0, 0.0), None);
        covered.fill(cover, WHITE);
        assert_eq!(hidden_of(covered).covered, 4);
        let mut tinted = canvas();
        write(&mut tinted, BLACK, 10.0, (0.0, 0.0), None);
        tinted.fill(cover, Paint { color: Some([1.0, 1.0, 0.0]), opacity: 0.4 });
        tinted.picture(cover);
        assert_eq!(hidden_of(tinted).total(), 0);
    }

    #[test]
    fn what_is_too_small_off_the_page_or_clipped_away_is_not_read() {
        let mut tiny = canvas();
        write(&mut tiny, BLACK, 1.5, (0.0, 0.0), None);
        assert_eq!(hidden_of(tiny).tiny, 4);
        let mut off = canvas();
        write(&mut off, BLACK, 10.0, (-400.0, 0.0), None);
        assert_eq!(hidden_of(off).outside, 4);
        let mut clipped = canvas();
        write(&mut clipped, BLACK, 10.0, (0.0, 0.0), Some(area(0.0, 0.0, 50.0, 50.0)));
        assert_eq!(hidden_of(clipped).outside, 4);
    }

    #[test]
    fn a_picture_of_a_tenth_of_the_page_is_counted() {
        let mut canvas = canvas();
        canvas.picture(area(0.0, 0.0, 20.0, 20.0));
        canvas.picture(area(0.0, 0.0, 595.0, 842.0));
        assert_eq!(canvas.finish().counts.pictures, 1);
    }
}
