//! The engine hayro: an interpreter of PDFs in safe Rust that paints onto whatever it is given.

use super::{Facts, GlyphSource, MAX_GLYPHS_PER_PAGE, Unreadable};
use hayro_interpret::font::Glyph as PaintedGlyph;
use hayro_interpret::font::GlyphRun;
use hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro_interpret::hayro_syntax::page::Page as PdfPage;
use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, Paint, SoftMask, TransformExt, interpret_page,
};
use layout::{Canvas, Glyph, Page};
use std::ops::ControlFlow;

/// Font programs measure in thousandths of the type size.
const UNITS_PER_EM: f64 = 1000.0;

#[derive(Debug)]
pub(in crate::extract) struct Hayro;

impl GlyphSource for Hayro {
    fn read(&self, pdf: Vec<u8>, page: &mut dyn FnMut(Page) -> ControlFlow<()>) -> Result<Facts, Unreadable> {
        let pdf = Pdf::new(pdf).map_err(|error| unreadable(&error))?;
        let cache = InterpreterCache::new();
        for one in pdf.pages().iter() {
            if page(painted(one, &cache)).is_break() {
                break;
            }
        }
        let producer = pdf.metadata().producer.as_deref().map(text_string);
        Ok(Facts { pages: u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX), producer })
    }
}

pub(in crate::extract) fn unreadable(error: &LoadPdfError) -> Unreadable {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Unreadable::Password,
        LoadPdfError::Decryption(other) => Unreadable::Broken(format!("the encryption is not supported: {other:?}")),
        LoadPdfError::Invalid => Unreadable::Broken("it is damaged, or not a PDF".to_owned()),
    }
}

/// ISO 32000-2, 7.9.2.2: UTF-16 or UTF-8 if it begins so, else nearly Latin-1.
fn text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let units: Vec<u16> = rest.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        latin => latin.iter().copied().map(char::from).collect(),
    }
}

fn painted<'a>(page: &'a PdfPage<'a>, cache: &InterpreterCache<'a>) -> Page {
    let (width, height) = page.render_dimensions();
    let whole = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, whole, cache, page.xref(), InterpreterSettings::default());
    let mut painter =
        Painter { canvas: Canvas::new(width, height), clips: vec![place_of(whole)], opacities: vec![1.0] };
    interpret_page(page, &mut context, &mut painter);
    painter.canvas.finish()
}

struct Painter {
    canvas: Canvas,
    /// Each inside of the one before.
    clips: Vec<layout::Rect>,
    /// Of transparency groups inside of each other, each with those around it.
    opacities: Vec<f32>,
}

impl Painter {
    fn paint_of(&self, props: &DrawProps<'_>) -> layout::Paint {
        let around = self.opacities.last().copied().unwrap_or(1.0);
        match &props.paint {
            Paint::Color(color) => {
                let [red, green, blue, alpha] = color.to_rgba().components();
                let blends = props.blend_mode != BlendMode::Normal || props.soft_mask.is_some();
                layout::Paint { color: (!blends).then_some([red, green, blue]), opacity: alpha * around }
            }
            Paint::Pattern(_) => layout::Paint { color: None, opacity: around },
        }
    }

    fn clip(&mut self, clip: layout::Rect) {
        let around = self.clips.last().copied().unwrap_or_else(|| self.canvas.page());
        self.clips.push(around.intersection(clip));
    }

    fn current_clip(&self) -> layout::Rect {
        self.clips.last().copied().unwrap_or_else(|| self.canvas.page())
    }
}

impl<'a> Device<'a> for Painter {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        if matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..)) && is_box(path) {
            let area = place_of(props.transform.transform_rect_bbox(path.bounding_box()));
            let paint = self.paint_of(&props);
            self.canvas.fill(area.intersection(self.current_clip()), paint);
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.clip(place_of(clip.path.bounding_box()));
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.clip(place_of(*rect));
    }

    fn push_transparency_group(&mut self, opacity: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        let around = self.opacities.last().copied().unwrap_or(1.0);
        self.opacities.push(around * opacity);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let paint = if matches!(mode, DrawMode::Invisible) { layout::Paint::NONE } else { self.paint_of(&props) };
        let clip = self.current_clip();
        for one in run.glyphs() {
            if self.canvas.len() >= MAX_GLYPHS_PER_PAGE {
                return;
            }
            let glyph: &PaintedGlyph<'_> = one;
            let frame = Frame::of(glyph, props.transform * one.transform(), run.writing_mode());
            let characters = match glyph.as_unicode() {
                Some(BfString::Char(character)) => character.to_string(),
                Some(BfString::String(characters)) => characters,
                None => Glyph::UNKNOWN.to_string(),
            };
            for glyph in Glyph::all(&characters, frame.origin, frame.advance, frame.size) {
                self.canvas.text(glyph, paint, clip);
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let whole = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let area = place_of(props.transform.transform_rect_bbox(whole));
        self.canvas.picture(area.intersection(self.current_clip()));
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn pop_transparency_group(&mut self) {
        self.opacities.pop();
    }
}

/// Where a glyph stands, in the page's terms.
struct Frame {
    origin: layout::Point,
    advance: layout::Point,
    size: f32,
}

impl Frame {
    fn of(glyph: &PaintedGlyph<'_>, transform: Affine, mode: WritingMode) -> Self {
        let width = match glyph {
            PaintedGlyph::Outline(outline) => outline.advance_width(),
            PaintedGlyph::Type3(drawn) => drawn.advance_width(),
        };
        let width = width.map_or(UNITS_PER_EM / 2.0, f64::from);
        let origin = transform * Point::ORIGIN;
        let em = (transform * Point::new(0.0, UNITS_PER_EM) - origin).hypot();
        let advance = if mode == WritingMode::Vertical {
            transform * Point::new(0.0, -UNITS_PER_EM) - origin
        } else {
            transform * Point::new(width, 0.0) - origin
        };
        // A font that is drawn measures as it likes: its size is told by its widths alone.
        let size = if matches!(glyph, PaintedGlyph::Type3(_)) { em.max(2.0 * advance.hypot()) } else { em };
        Self { origin: point(origin), advance: point(advance.to_point()), size: narrow(size) }
    }
}

/// Whether the path is a rectangle along the axes of its own space.
fn is_box(path: &BezPath) -> bool {
    let mut corners = Vec::with_capacity(6);
    for element in path.elements() {
        match element {
            PathEl::MoveTo(_) if !corners.is_empty() => return false,
            PathEl::MoveTo(at) | PathEl::LineTo(at) => corners.push(*at),
            PathEl::ClosePath => {}
            PathEl::QuadTo(..) | PathEl::CurveTo(..) => return false,
        }
    }
    if corners.len() == 5 && corners.first() == corners.last() {
        corners.pop();
    }
    let is_side = |pair: (&Point, &Point)| pair.0.x == pair.1.x || pair.0.y == pair.1.y;
    corners.len() == 4 && corners.iter().zip(corners.iter().cycle().skip(1)).all(is_side)
}

fn place_of(rect: Rect) -> layout::Rect {
    layout::Rect { x0: narrow(rect.x0), y0: narrow(rect.y0), x1: narrow(rect.x1), y1: narrow(rect.y1) }
}

fn point(at: Point) -> layout::Point {
    layout::Point { x: narrow(at.x), y: narrow(at.y) }
}

#[expect(clippy::cast_possible_truncation, reason = "a page is a few thousand points wide, and f32 knows a hundredth")]
const fn narrow(length: f64) -> f32 {
    length as f32
}
