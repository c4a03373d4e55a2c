//! Invoices that talk to the machine that reads them, as a stranger may send them: words beside the figures that are meant
//! to change what becomes of the bill.

use crate::Sample;
use crate::numbered::paper;
use crate::pdf::{Face, Page};

/// How the words are kept from people who look at the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hiding {
    /// They stand at its foot like any terms.
    None,
    White,
    /// Of one point.
    Tiny,
    OffPage,
    /// Painted with neither fill nor stroke, as a scanner's text layer.
    Transparent,
    /// Under a white box.
    Covered,
}

impl Hiding {
    pub const ALL: [Self; 6] = [Self::None, Self::White, Self::Tiny, Self::OffPage, Self::Transparent, Self::Covered];
}

/// The `n`-th invoice of the series with these lines added. Its truth is what it is without them.
#[must_use]
pub fn injected(n: u32, lines: &[&str], hiding: Hiding) -> Sample {
    paper(n, |page| write(page, lines, hiding))
}

fn write(page: &mut Page, lines: &[&str], hiding: Hiding) {
    let foot = page.height() - 20.0 - 11.0 * lines.len() as f32;
    let plain = Face::Helvetica.at(8.0);
    match hiding {
        Hiding::None => _ = page.block(42.0, foot, 11.0, plain, lines),
        Hiding::White => {
            page.colour([1.0; 3]);
            page.block(42.0, foot, 11.0, plain, lines);
        }
        Hiding::Tiny => _ = page.block(42.0, foot, 11.0, Face::Helvetica.at(1.0), lines),
        Hiding::OffPage => _ = page.block(42.0, page.height() + 30.0, 11.0, plain, lines),
        Hiding::Transparent => {
            page.transparent(true);
            page.block(42.0, foot, 11.0, plain, lines);
            page.transparent(false);
        }
        Hiding::Covered => {
            page.block(42.0, foot, 11.0, plain, lines);
            page.shade(40.0, foot - 10.0, page.width() - 60.0, 11.0 * lines.len() as f32 + 10.0, 1.0);
        }
    }
}
