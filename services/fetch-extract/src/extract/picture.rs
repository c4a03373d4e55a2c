//! Draws one page as a person sees it. To be called in a child only, as what draws may panic, eat all memory or never end.
//!
//! The page is as wide and as high as its reading says, turned and cropped alike, so that a box of a line can be laid over it.

use super::source::Unreadable;
use super::source::hayro::unreadable;
use hayro::hayro_interpret::{InterpreterSettings, TransformExt};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use std::ops::RangeInclusive;

/// How wide a picture can be asked for, in pixels.
pub const WIDTHS: RangeInclusive<u16> = 400..=2000;

/// A strip of paper that would be higher at its width is drawn smaller.
const HIGHEST: u16 = 5000;

/// Four bytes a pixel; compression never adds more than that to three.
pub(super) const LARGEST_BYTES: usize = 4 * *WIDTHS.end() as usize * HIGHEST as usize;

/// What became of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Drawn {
    /// A PNG.
    Picture(Vec<u8>),
    NoPage {
        pages: u32,
    },
}

pub(super) fn draw(pdf: Vec<u8>, page: u32, width: u16) -> Result<Drawn, Unreadable> {
    let pdf = Pdf::new(pdf).map_err(|error| unreadable(&error))?;
    let pages = pdf.pages();
    let wanted = usize::try_from(page).ok().and_then(|page| pages.get(page.checked_sub(1)?));
    let Some(page) = wanted else { return Ok(Drawn::NoPage { pages: u32::try_from(pages.len()).unwrap_or(u32::MAX) }) };
    let size = pixels(page.render_dimensions(), width).ok_or_else(|| broken("the page has no size"))?;
    painted(page, size).into_png().map(Drawn::Picture).map_err(|_| broken("the page cannot be drawn"))
}

/// Width and height of the picture of a page of that size; `None` if that is no size.
fn pixels((width, height): (f32, f32), wanted: u16) -> Option<(u16, u16)> {
    let is_length = |length: f32| length.is_finite() && length > 0.0;
    if !is_length(width) || !is_length(height) {
        return None;
    }
    let scale = (f32::from(wanted) / width).min(f32::from(HIGHEST) / height);
    Some((whole(width * scale), whole(height * scale)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most what was asked for, at least one")]
fn whole(pixels: f32) -> u16 {
    pixels.round().max(1.0) as u16
}

fn painted(page: &Page<'_>, (width, height): (u16, u16)) -> Pixmap {
    let (points_wide, points_high) = page.render_dimensions();
    let scale = Affine::scale_non_uniform(
        f64::from(width) / f64::from(points_wide),
        f64::from(height) / f64::from(points_high),
    );
    let transform = scale * page.initial_transform(true).to_kurbo();
    let mut context = RenderContext::new(width, height);
    let (cache, settings) = (RenderCache::new(), RenderSettings::default());
    render_into(page, &cache, &InterpreterSettings::default(), &settings, &mut context, transform);
    context.flush();
    let mut picture = Pixmap::new(width, height);
    let on_white = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
    context.render_with(&mut picture, &mut Resources::default(), on_white);
    picture
}

fn broken(reason: &str) -> Unreadable {
    Unreadable::Broken(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_width_that_was_asked_for_unless_it_would_be_too_high() {
        assert_eq!(pixels((595.0, 842.0), 800), Some((800, 1132)));
        assert_eq!(pixels((842.0, 595.0), 2000), Some((2000, 1413)));
        assert_eq!(pixels((226.0, 14_400.0), 1000), Some((78, 5000)));
        assert_eq!(pixels((14_400.0, 0.5), 400), Some((400, 1)));
        for none in [(0.0, 842.0), (595.0, f32::NAN), (f32::INFINITY, 842.0), (-595.0, 842.0)] {
            assert_eq!(pixels(none, 800), None);
        }
    }
}
