//! Just enough PDF to print an invoice: pages, the standard fonts, one Type 3 font, one scanned picture.
//!
//! Positions are in points from the *top* left corner, as one reads; the page turns them round. What is
//! written must not depend on the clock, on randomness or on the order of a hash map.

mod dots;
mod face;
mod page;
mod paper;
mod picture;
mod table;
mod type3;

pub(crate) use face::{Face, Style};
pub(crate) use page::Page;
pub(crate) use paper::Paper;
pub(crate) use picture::Picture;
pub(crate) use table::{Column, Table};

pub(crate) const A4: (f32, f32) = (595.0, 842.0);
pub(crate) const A5: (f32, f32) = (420.0, 595.0);
pub(crate) const LETTER: (f32, f32) = (612.0, 792.0);
/// Continuous stationery, 9½ by 11 inches.
pub(crate) const FANFOLD: (f32, f32) = (684.0, 792.0);
