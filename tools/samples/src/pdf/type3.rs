//! The Type 3 font: every glyph is a small drawing of dots, and only the ToUnicode map says what it means.

use pdf_writer::types::UnicodeCmap;
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

use super::dots::{self, COLUMNS, FIRST_CODE, GLYPHS, ROWS};

/// Thousandths of the size between two dots; a dot leaves some of it white.
const PITCH: f32 = 100.0;
const DOT: f32 = 88.0;
const ADVANCE: f32 = 600.0;

/// Writes the font and everything it needs.
pub(super) fn write(pdf: &mut Pdf, free: &mut Ref) -> Ref {
    let (font, cmap) = (free.bump(), free.bump());
    let names: Vec<String> = (0..GLYPHS.len()).map(|at| format!("g{at}")).collect();
    let procedures: Vec<Ref> = GLYPHS.iter().map(|(character, _)| write_glyph(pdf, free.bump(), *character)).collect();

    let mut out = pdf.type3_font(font);
    out.bbox(Rect::new(0.0, 0.0, ADVANCE, PITCH * f32::from(ROWS)));
    out.matrix([0.001, 0.0, 0.0, 0.001, 0.0, 0.0]);
    out.char_procs().pairs(names.iter().zip(&procedures).map(|(name, id)| (Name(name.as_bytes()), *id)));
    out.encoding_custom().differences().consecutive(FIRST_CODE, names.iter().map(|name| Name(name.as_bytes())));
    out.first_char(FIRST_CODE).last_char(dots::code('₹'));
    out.widths(GLYPHS.iter().map(|_| ADVANCE));
    out.to_unicode(cmap);
    out.finish();
    pdf.stream(cmap, &unicode_map());
    font
}

fn write_glyph(pdf: &mut Pdf, id: Ref, character: char) -> Ref {
    let shape = dots::dots(character);
    let mut ink = Content::new();
    ink.start_shape_glyph(ADVANCE, 0.0, 0.0, ADVANCE, PITCH * f32::from(ROWS));
    for row in 0..ROWS {
        for column in (0..COLUMNS).filter(|column| dots::is_set(shape, *column, row)) {
            ink.rect(PITCH * f32::from(column), PITCH * f32::from(ROWS - 1 - row), DOT, DOT);
        }
    }
    ink.fill_nonzero();
    pdf.stream(id, &ink.finish());
    id
}

fn unicode_map() -> Vec<u8> {
    let system = pdf_writer::types::SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"UCS"), supplement: 0 };
    let mut map = UnicodeCmap::new(Name(b"Dots"), system);
    for (code, (character, _)) in (FIRST_CODE..).zip(&GLYPHS) {
        map.pair(code, *character);
    }
    map.finish().into_vec()
}
