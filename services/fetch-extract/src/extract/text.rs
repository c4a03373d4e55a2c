//! The lines of a document within a bound: totals stand at the end, so what is too much is left out of the middle.

use super::wire::Line;
use layout::Page;
use std::collections::VecDeque;

/// Collects a document page by page. What it holds is bounded, however long the document is.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// Characters at either end.
    half: usize,
    head: Vec<Line>,
    tail: VecDeque<Line>,
    head_room: usize,
    tail_chars: usize,
    left_out: usize,
    pages: u32,
}

impl Excerpt {
    /// Of at most `cap` characters.
    pub(super) fn new(cap: usize) -> Self {
        let half = cap.div_ceil(2);
        Self { half, head: Vec::new(), tail: VecDeque::new(), head_room: half, tail_chars: 0, left_out: 0, pages: 0 }
    }

    /// Takes the next page.
    pub(super) fn page(&mut self, page: Page) {
        self.pages += 1;
        for line in page.lines {
            let bounds = [line.bounds.x0, line.bounds.y0, line.bounds.x1, line.bounds.y1].map(tenths);
            self.line(Line { page: self.pages, bounds, text: line.text });
        }
    }

    fn line(&mut self, line: Line) {
        let characters = length(&line);
        if self.tail.is_empty() && self.left_out == 0 && characters <= self.head_room {
            self.head_room -= characters;
            return self.head.push(line);
        }
        self.tail_chars += characters;
        self.tail.push_back(line);
        while self.tail_chars > self.half {
            let Some(gone) = self.tail.pop_front() else { break };
            self.tail_chars -= length(&gone);
            self.left_out += length(&gone);
        }
    }

    /// The lines, and how many characters are missing between them.
    pub(super) fn finish(self) -> (Vec<Line>, usize) {
        let mut lines = self.head;
        lines.extend(self.tail);
        (lines, self.left_out)
    }
}

/// With its end of line.
fn length(line: &Line) -> usize {
    line.text.chars().count() + 1
}

fn tenths(points: f32) -> f32 {
    (points * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lines: &[&str]) -> Page {
        let line = |text: &&str| layout::Line { text: (*text).to_owned(), bounds: layout::Rect::default() };
        Page { lines: lines.iter().map(line).collect(), ..Page::default() }
    }

    fn excerpt(cap: usize, pages: &[&[&str]]) -> (Vec<String>, usize) {
        let mut excerpt = Excerpt::new(cap);
        pages.iter().for_each(|lines| excerpt.page(page(lines)));
        let (lines, left_out) = excerpt.finish();
        (lines.into_iter().map(|line| line.text).collect(), left_out)
    }

    #[test]
    fn a_long_text_keeps_both_ends_and_says_how_much_is_missing() {
        let (lines, left_out) = excerpt(12, &[&["₹1234", "5678", "9"], &["total", "end"]]);
        assert_eq!(lines, ["₹1234", "end"]);
        assert_eq!(left_out, 5 + 2 + 6);
    }

    #[test]
    fn a_text_within_the_bound_is_whole() {
        assert_eq!(excerpt(12, &[&["₹1234", "99999"]]), (vec!["₹1234".to_owned(), "99999".to_owned()], 0));
        assert_eq!(excerpt(0, &[&[]]), (vec![], 0));
    }

    #[test]
    fn a_line_longer_than_the_bound_is_left_out_whole() {
        assert_eq!(excerpt(8, &[&["a", "much too long a line", "z"]]), (vec!["a".to_owned(), "z".to_owned()], 21));
    }
}
