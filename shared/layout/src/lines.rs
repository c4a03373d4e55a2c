//! Assembles glyphs into lines, by their places alone.
//!
//! What stands on one baseline is one line, whatever was painted first: so a value stays beside its label and a table's
//! row on one line. Text that runs in another direction has lines of its own, below.

use crate::geometry::{Point, Rect};
use crate::glyph::Glyph;
use crate::reading_order;
use std::collections::BTreeMap;

/// Baselines that are no farther apart than this, in points, are the same line; so are tops, of what stands side by side.
const SAME_LINE: f32 = 3.0;
/// A gap wider than this, in points, parts two words, also where no space was painted.
const WORD_GAP: f32 = 3.0;
/// A character painted twice no farther apart than this share of its size is bold and not doubled.
const BOLD_SHIFT: f32 = 0.1;

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Words with one space between them, in the order of reading.
    pub text: String,
    pub bounds: Rect,
}

/// The lines of a page from top to bottom; the direction in which most of it runs goes first.
#[must_use]
pub fn lines(glyphs: &[Glyph]) -> Vec<Line> {
    let mut directions: BTreeMap<i32, Vec<Placed>> = BTreeMap::new();
    for glyph in glyphs {
        let angle = whole_degrees(glyph.angle());
        directions.entry(angle).or_default().push(Placed::new(*glyph, angle));
    }
    let mut directions: Vec<Vec<Placed>> = directions.into_values().collect();
    directions.sort_by_key(|placed| std::cmp::Reverse(placed.len()));
    directions.into_iter().flat_map(lines_of_one_direction).collect()
}

/// A glyph in a frame that is turned so that its text runs to the right.
#[derive(Debug, Clone, Copy)]
struct Placed {
    glyph: Glyph,
    start: f32,
    end: f32,
    baseline: f32,
}

impl Placed {
    #[expect(clippy::cast_precision_loss, reason = "at most 360")]
    fn new(glyph: Glyph, angle: i32) -> Self {
        let (sin, cos) = if angle == 0 { (0.0, 1.0) } else { (angle as f32).to_radians().sin_cos() };
        let along = |at: Point| at.x * cos + at.y * sin;
        let start = along(glyph.origin);
        let width = along(glyph.advance);
        Self { glyph, start, end: start + width.max(0.0), baseline: glyph.origin.y * cos - glyph.origin.x * sin }
    }

    fn top(&self) -> f32 {
        self.baseline - self.glyph.size * Glyph::ASCENT
    }
}

/// Degrees that differ by less than one are the same direction: scanners and arithmetic are not exact.
#[expect(clippy::cast_possible_truncation, reason = "an angle is between -180 and 180")]
fn whole_degrees(angle: f32) -> i32 {
    let whole = angle.round() as i32;
    if whole == -180 { 180 } else { whole }
}

fn lines_of_one_direction(mut placed: Vec<Placed>) -> Vec<Line> {
    placed.sort_by(|one, other| one.baseline.total_cmp(&other.baseline));
    let mut rows: Vec<Row> = Vec::new();
    for on_baseline in placed.chunk_by_mut(|above, below| below.baseline - above.baseline <= SAME_LINE) {
        on_baseline.sort_by(|one, other| one.start.total_cmp(&other.start));
        let Some(row) = Row::of(words(on_baseline)) else { continue };
        match rows.last_mut().filter(|above| above.is_beside(&row)) {
            Some(above) => above.take(row),
            None => rows.push(row),
        }
    }
    rows.into_iter().filter_map(|row| line(&row.words)).collect()
}

/// Words that are one line.
struct Row {
    words: Vec<Vec<Placed>>,
    top: f32,
}

impl Row {
    fn of(words: Vec<Vec<Placed>>) -> Option<Self> {
        let top = words.iter().flatten().map(Placed::top).reduce(f32::min)?;
        Some(Self { words, top })
    }

    /// Forms print a small label and a large value with their tops on one height. Two lines of one column never stand
    /// side by side.
    fn is_beside(&self, below: &Self) -> bool {
        let overlaps = |one: &[Placed], other: &[Placed]| start(one) < end(other) && start(other) < end(one);
        (below.top - self.top).abs() <= SAME_LINE
            && !self.words.iter().any(|one| below.words.iter().any(|other| overlaps(one, other)))
    }

    fn take(&mut self, other: Self) {
        self.words.extend(other.words);
        self.words.sort_by(|one, other| start(one).total_cmp(&start(other)));
        self.top = self.top.min(other.top);
    }
}

fn start(word: &[Placed]) -> f32 {
    word.first().map_or(f32::NAN, |placed| placed.start)
}

fn end(word: &[Placed]) -> f32 {
    word.last().map_or(f32::NAN, |placed| placed.end)
}

fn line(words: &[Vec<Placed>]) -> Option<Line> {
    let bounds = words.iter().flatten().map(|placed| placed.glyph.bounds()).reduce(Rect::union)?;
    let words = words.iter().map(|word| word.iter().map(|placed| placed.glyph.character).collect()).collect();
    Some(Line { text: reading_order::logical(words).join(" "), bounds })
}

fn words(row: &[Placed]) -> Vec<Vec<Placed>> {
    let mut words: Vec<Vec<Placed>> = Vec::new();
    let mut parted = true;
    for placed in row {
        if placed.glyph.is_blank() {
            parted = true;
            continue;
        }
        let Some(word) = words.last_mut().filter(|_| !parted) else {
            // A blank may be painted between the two strokes of a bold character.
            words.push(vec![*placed]);
            parted = false;
            continue;
        };
        let doubled = word.iter().rev().take(3).any(|before| is_double(before, placed));
        if doubled {
            continue;
        }
        let gap = word.last().map_or(0.0, |before| placed.start - before.end);
        if gap > WORD_GAP {
            words.push(vec![*placed]);
        } else {
            word.push(*placed);
        }
    }
    words
}

/// Whether the same character is painted once more to look bold.
fn is_double(before: &Placed, now: &Placed) -> bool {
    let shift = before.glyph.size * BOLD_SHIFT;
    before.glyph.character == now.glyph.character
        && now.start - before.start <= shift
        && (now.baseline - before.baseline).abs() <= shift
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
