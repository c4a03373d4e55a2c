//! One painted character.

use crate::geometry::{Point, Rect};

/// A character and its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    pub character: char,
    /// Where its baseline begins.
    pub origin: Point,
    /// From there to where the next character would begin.
    pub advance: Point,
    /// Height of the type.
    pub size: f32,
}

impl Glyph {
    /// The character that stands for one that the PDF does not name.
    pub const UNKNOWN: char = char::REPLACEMENT_CHARACTER;
    /// The part of the type size that stands above the baseline, for a box that fits all fonts.
    pub(crate) const ASCENT: f32 = 0.8;
    const DESCENT: f32 = 0.2;

    /// A glyph that paints several characters, as a ligature does: each with its share of the width.
    pub fn all(characters: &str, origin: Point, advance: Point, size: f32) -> impl Iterator<Item = Self> {
        let spelled: Vec<char> =
            characters.chars().flat_map(|one| spelled(one).iter().copied().chain(plain(one))).collect();
        #[expect(clippy::cast_precision_loss, reason = "a glyph stands for a handful of characters")]
        let share = 1.0 / spelled.len().max(1) as f32;
        spelled.into_iter().enumerate().map(move |(index, character)| {
            #[expect(clippy::cast_precision_loss, reason = "a glyph stands for a handful of characters")]
            let before = index as f32 * share;
            Self {
                character,
                origin: Point { x: origin.x + advance.x * before, y: origin.y + advance.y * before },
                advance: Point { x: advance.x * share, y: advance.y * share },
                size,
            }
        })
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.character.is_whitespace() || self.character.is_control()
    }

    /// Says how to write or to read what stands beside it, and paints nothing.
    pub(crate) const fn is_mark(&self) -> bool {
        matches!(
            self.character,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
        )
    }

    /// Direction of reading, in degrees clockwise from the page's horizontal.
    pub(crate) fn angle(&self) -> f32 {
        self.advance.y.atan2(self.advance.x).to_degrees()
    }

    pub(crate) fn bounds(&self) -> Rect {
        let length = self.advance.x.hypot(self.advance.y);
        let (dx, dy) = if length > 0.0 { (self.advance.x / length, self.advance.y / length) } else { (1.0, 0.0) };
        // Upwards from the baseline, on a page whose y points downwards.
        let (up_x, up_y) = (dy * self.size, -dx * self.size);
        let corner = |along: f32, above: f32| Point {
            x: self.origin.x + self.advance.x * along + up_x * above,
            y: self.origin.y + self.advance.y * along + up_y * above,
        };
        let corners = [
            corner(0.0, Self::ASCENT),
            corner(1.0, Self::ASCENT),
            corner(0.0, -Self::DESCENT),
            corner(1.0, -Self::DESCENT),
        ];
        Rect::around(corners).unwrap_or_default()
    }

    /// A place in the middle of what it paints.
    pub(crate) fn centre(&self) -> Point {
        let bounds = self.bounds();
        Point { x: f32::midpoint(bounds.x0, bounds.x1), y: f32::midpoint(bounds.y0, bounds.y1) }
    }

    pub(crate) fn is_placed(&self) -> bool {
        [self.origin.x, self.origin.y, self.advance.x, self.advance.y, self.size].into_iter().all(f32::is_finite)
    }
}

/// What fonts have and nobody types.
fn spelled(character: char) -> &'static [char] {
    match character {
        '\u{fb00}' => &['f', 'f'],
        '\u{fb01}' => &['f', 'i'],
        '\u{fb02}' => &['f', 'l'],
        '\u{fb03}' => &['f', 'f', 'i'],
        '\u{fb04}' => &['f', 'f', 'l'],
        '\u{fb05}' | '\u{fb06}' => &['s', 't'],
        // A soft hyphen that is painted is a hyphen; some writers use it in dates.
        '\u{ad}' => &['-'],
        _ => &[],
    }
}

fn plain(character: char) -> Option<char> {
    spelled(character).is_empty().then_some(character)
}
