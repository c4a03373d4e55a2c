//! One page: text and lines put at places, in the order in which they are drawn.

use std::collections::BTreeSet;

use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Name, Str};

use super::{Face, Style};

pub(crate) struct Page {
    width: f32,
    height: f32,
    rotation: i32,
    faces: BTreeSet<Face>,
    ink: Content,
}

impl Page {
    pub(crate) fn new((width, height): (f32, f32)) -> Self {
        Self { width, height, rotation: 0, faces: BTreeSet::new(), ink: Content::new() }
    }

    /// A page that viewers turn clockwise by so many degrees.
    pub(crate) fn turned(size: (f32, f32), rotation: i32) -> Self {
        Self { rotation, ..Self::new(size) }
    }

    pub(crate) fn width(&self) -> f32 {
        self.width
    }

    pub(crate) fn height(&self) -> f32 {
        self.height
    }

    pub(crate) fn rotation(&self) -> i32 {
        self.rotation
    }

    /// The faces used so far.
    pub(crate) fn faces(&self) -> &BTreeSet<Face> {
        &self.faces
    }

    /// Text that begins at `x` with its base line at `y`. Nothing is drawn for "".
    pub(crate) fn text(&mut self, x: f32, y: f32, style: Style, text: &str) {
        if text.is_empty() {
            return;
        }
        self.faces.insert(style.face);
        self.ink.begin_text();
        self.ink.set_font(Name(style.face.resource()), style.size);
        self.ink.next_line(hundredths(x), hundredths(self.height - y));
        self.ink.show(Str(&style.face.encode(text)));
        self.ink.end_text();
    }

    pub(crate) fn text_to(&mut self, right: f32, y: f32, style: Style, text: &str) {
        self.text(right - style.width(text), y, style, text);
    }

    pub(crate) fn centred(&mut self, y: f32, style: Style, text: &str) {
        self.text((self.width - style.width(text)) / 2.0, y, style, text);
    }

    /// Lines of text under each other; returns the base line that would come next.
    pub(crate) fn block(&mut self, x: f32, y: f32, leading: f32, style: Style, lines: &[&str]) -> f32 {
        let mut at = y;
        for line in lines {
            self.text(x, at, style, line);
            at += leading;
        }
        at
    }

    pub(crate) fn rule(&mut self, (x1, y1): (f32, f32), (x2, y2): (f32, f32), weight: f32) {
        let height = self.height;
        self.ink.set_line_width(weight);
        self.ink.move_to(x1, height - y1).line_to(x2, height - y2).stroke();
    }

    pub(crate) fn frame(&mut self, x: f32, y: f32, width: f32, height: f32) {
        self.ink.set_line_width(0.6);
        self.ink.rect(x, self.height - y - height, width, height).stroke();
    }

    /// A filled box, `gray` from 0 (black) to 1 (white).
    pub(crate) fn shade(&mut self, x: f32, y: f32, width: f32, height: f32, gray: f32) {
        self.ink.set_fill_gray(gray);
        self.ink.rect(x, self.height - y - height, width, height).fill_nonzero();
        self.ink.set_fill_gray(0.0);
    }

    /// The colour of the text that follows.
    pub(crate) fn colour(&mut self, [red, green, blue]: [f32; 3]) {
        self.ink.set_fill_rgb(red, green, blue);
    }

    /// Whether the text that follows is painted at all.
    pub(crate) fn transparent(&mut self, on: bool) {
        let mode = if on { TextRenderingMode::Invisible } else { TextRenderingMode::Fill };
        self.ink.set_text_rendering_mode(mode);
    }

    /// The paper's picture, over the whole page.
    pub(crate) fn picture(&mut self, name: &[u8]) {
        self.ink.transform([self.width, 0.0, 0.0, self.height, 0.0, 0.0]).x_object(Name(name));
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.ink.finish().into_vec()
    }
}

/// Keeps the operands short.
fn hundredths(points: f32) -> f32 {
    (points * 100.0).round() / 100.0
}
