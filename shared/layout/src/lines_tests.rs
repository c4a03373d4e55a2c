use super::*;
use proptest::prelude::*;

/// Text at a place, with half its size per character.
fn painted(text: &str, x: f32, y: f32, size: f32) -> Vec<Glyph> {
    let width = size / 2.0;
    let mut at = x;
    text.chars()
        .map(|character| {
            let glyph = Glyph { character, origin: Point { x: at, y }, advance: Point { x: width, y: 0.0 }, size };
            at += width;
            glyph
        })
        .collect()
}

fn texts(glyphs: &[Glyph]) -> Vec<String> {
    lines(glyphs).into_iter().map(|line| line.text).collect()
}

/// The same page, turned clockwise by quarters.
fn turned(glyphs: &[Glyph], quarters: u32) -> Vec<Glyph> {
    let turn = |at: Point| Point { x: -at.y, y: at.x };
    (0..quarters).fold(glyphs.to_vec(), |glyphs, _| {
        let turned = |glyph: Glyph| Glyph { origin: turn(glyph.origin), advance: turn(glyph.advance), ..glyph };
        glyphs.into_iter().map(turned).collect()
    })
}

#[test]
fn a_value_stays_beside_its_label_whatever_was_painted_first() {
    let mut glyphs = painted("1,180.00", 400.0, 700.4, 12.0);
    glyphs.extend(painted("Due: 5 May", 50.0, 680.0, 9.0));
    glyphs.extend(painted("Grand total", 50.0, 700.0, 9.0));
    assert_eq!(texts(&glyphs), ["Due: 5 May", "Grand total 1,180.00"]);
}

#[test]
fn a_small_label_with_its_top_on_the_height_of_a_large_value_is_on_its_line() {
    let mut glyphs = painted("Deutschland", 53.0, 107.0, 10.8);
    glyphs.extend(painted("Rechnungsdatum", 364.0, 103.0, 6.9));
    glyphs.extend(painted("05.03.2013", 510.0, 107.2, 10.8));
    assert_eq!(texts(&glyphs), ["Deutschland Rechnungsdatum 05.03.2013"]);
}

#[test]
fn two_small_lines_beside_a_large_one_are_not_mixed() {
    let mut glyphs = painted("INVOICE", 50.0, 112.8, 16.0);
    glyphs.extend(painted("Kalyan & Co", 300.0, 105.6, 7.0));
    glyphs.extend(painted("Pune 411001", 300.0, 113.6, 7.0));
    assert_eq!(texts(&glyphs), ["Kalyan & Co", "INVOICE Pune 411001"]);
}

#[test]
fn a_character_painted_twice_to_look_bold_is_there_once() {
    let mut glyphs = painted("Total 99", 50.0, 700.0, 12.0);
    glyphs.extend(painted("Total 99", 50.4, 700.0, 12.0));
    assert_eq!(texts(&glyphs), ["Total 99"]);
}

#[test]
fn doubled_letters_of_narrow_type_stay_doubled() {
    let narrow =
        |character, x| Glyph { character, origin: Point { x, y: 10.0 }, advance: Point { x: 2.0, y: 0.0 }, size: 10.0 };
    assert_eq!(texts(&[narrow('1', 0.0), narrow('1', 2.0), narrow('l', 4.0), narrow('l', 6.0)]), ["11ll"]);
}

#[test]
fn ligatures_are_spelled() {
    let origin = Point { x: 0.0, y: 10.0 };
    let glyphs: Vec<Glyph> = Glyph::all("\u{fb01}", origin, Point { x: 10.0, y: 0.0 }, 10.0).collect();
    assert_eq!(texts(&glyphs), ["fi"]);
}

#[test]
fn a_slanted_stamp_does_not_break_the_rows_under_it() {
    let mut glyphs = painted("Subtotal", 50.0, 700.0, 10.0);
    glyphs.extend(painted("90.00", 300.0, 700.0, 10.0));
    let stamp = painted("PAID", 0.0, 0.0, 40.0).into_iter().map(|glyph| {
        let (sin, cos) = (-30.0_f32).to_radians().sin_cos();
        let turn = |at: Point| Point { x: at.x * cos - at.y * sin, y: at.x * sin + at.y * cos };
        let origin = turn(glyph.origin);
        let origin = Point { x: origin.x + 100.0, y: origin.y + 720.0 };
        Glyph { origin, advance: turn(glyph.advance), ..glyph }
    });
    glyphs.extend(stamp);
    assert_eq!(texts(&glyphs), ["Subtotal 90.00", "PAID"]);
}

/// Rows of words on a page, far enough apart to be rows.
fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
    prop::collection::vec(prop::collection::vec("[A-Za-z0-9.,:%-]{1,12}", 1..6), 1..12)
}

fn page_of(rows: &[Vec<String>]) -> Vec<Glyph> {
    let mut glyphs = Vec::new();
    let mut y = 40.0;
    for row in rows {
        let mut x = 30.0;
        for word in row {
            let painted = painted(word, x, y, 10.0);
            x = painted.last().map_or(x, |glyph| glyph.origin.x + glyph.advance.x) + 12.0;
            glyphs.extend(painted);
        }
        y += 13.0;
    }
    glyphs
}

proptest! {
    #[test]
    fn words_and_rows_come_back_in_order_however_they_were_painted(rows in rows(), seed in any::<u64>()) {
        let mut glyphs = page_of(&rows);
        // A deterministic shuffle.
        let mut state = seed | 1;
        for index in (1..glyphs.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            glyphs.swap(index, usize::try_from(state >> 33).unwrap() % (index + 1));
        }
        let expected: Vec<String> = rows.iter().map(|row| row.join(" ")).collect();
        prop_assert_eq!(texts(&glyphs), expected);
    }

    #[test]
    fn a_page_that_is_turned_reads_the_same(rows in rows(), quarters in 0_u32..4) {
        let glyphs = page_of(&rows);
        prop_assert_eq!(texts(&turned(&glyphs, quarters)), texts(&glyphs));
    }

    #[test]
    fn a_lines_box_holds_all_its_characters(rows in rows()) {
        let glyphs = page_of(&rows);
        let lines = lines(&glyphs);
        for glyph in &glyphs {
            let holds = |line: &Line| line.bounds.contains(glyph.centre());
            prop_assert_eq!(lines.iter().filter(|line| holds(line)).count(), 1);
        }
    }

    #[test]
    fn no_place_makes_it_panic_or_lose_a_character(
        places in prop::collection::vec((any::<f32>(), any::<f32>(), any::<f32>(), any::<f32>(), any::<f32>()), 0..40)
    ) {
        let glyphs: Vec<Glyph> = places.into_iter().enumerate().map(|(index, (x, y, ax, ay, size))| Glyph {
            character: char::from_u32(0x4e00 + u32::try_from(index).unwrap()).unwrap(),
            origin: Point { x, y },
            advance: Point { x: ax, y: ay },
            size,
        }).filter(Glyph::is_placed).collect();
        let shown: usize = texts(&glyphs).iter().map(|line| line.chars().filter(|one| *one != ' ').count()).sum();
        prop_assert_eq!(shown, glyphs.len());
    }
}
