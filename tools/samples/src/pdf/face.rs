//! The type faces: how wide a text is in each, and how it is encoded.

use super::dots;

/// A face. All but `Dots` are of the standard fourteen that every viewer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    Helvetica,
    HelveticaBold,
    Times,
    TimesBold,
    Courier,
    /// The Type 3 font: capitals of a dot-matrix printer.
    Dots,
}

/// A face at a size in points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) face: Face,
    pub(crate) size: f32,
}

impl Style {
    pub(crate) fn width(self, text: &str) -> f32 {
        text.chars().map(|character| self.face.advance(character)).sum::<f32>() * self.size / 1000.0
    }
}

impl Face {
    pub(crate) const fn at(self, size: f32) -> Style {
        Style { face: self, size }
    }

    /// The name in a page's resources.
    pub(crate) fn resource(self) -> &'static [u8] {
        match self {
            Self::Helvetica => b"F1",
            Self::HelveticaBold => b"F2",
            Self::Times => b"F3",
            Self::TimesBold => b"F4",
            Self::Courier => b"F5",
            Self::Dots => b"F6",
        }
    }

    /// The name of a standard font; the Type 3 font has none.
    pub(crate) fn base_font(self) -> &'static [u8] {
        match self {
            Self::Helvetica => b"Helvetica",
            Self::HelveticaBold => b"Helvetica-Bold",
            Self::Times => b"Times-Roman",
            Self::TimesBold => b"Times-Bold",
            Self::Courier => b"Courier",
            Self::Dots => b"",
        }
    }

    /// Character codes: Windows-1252, or the Type 3 font's own.
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        text.chars().map(|character| self.code(character)).collect()
    }

    fn code(self, character: char) -> u8 {
        match character {
            _ if self == Self::Dots => dots::code(character),
            ' '..='~' => character as u8,
            '€' => 0x80,
            _ => b'?',
        }
    }

    /// In thousandths of the size.
    fn advance(self, character: char) -> f32 {
        let at = (character as usize).wrapping_sub(32);
        let table = match self {
            Self::Helvetica => &HELVETICA,
            Self::HelveticaBold => &HELVETICA_BOLD,
            Self::Times => &TIMES,
            Self::TimesBold => &TIMES_BOLD,
            Self::Courier | Self::Dots => return 600.0,
        };
        f32::from(*table.get(at).unwrap_or(&556))
    }
}

/// Advance widths of the characters from space to tilde, from Adobe's font metrics.
type Widths = [u16; 95];

#[rustfmt::skip]
const HELVETICA: Widths = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

#[rustfmt::skip]
const HELVETICA_BOLD: Widths = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

#[rustfmt::skip]
const TIMES: Widths = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
    556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
    722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
    278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];

#[rustfmt::skip]
const TIMES_BOLD: Widths = [
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500, 930, 722, 667, 722, 722, 667,
    611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778, 722, 556, 667, 722, 722, 1000, 722,
    722, 667, 333, 278, 333, 581, 500, 333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556,
    278, 833, 556, 500, 556, 556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
];
