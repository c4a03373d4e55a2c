//! Pictures of pages: that they are where the reading says, and what a PDF may do to whoever draws it.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests and what they share")]

mod support;

use fetch_extract::extract::{Error, Line, Pool, Reading, WIDTHS};
use runtime::settings::Fetch;
use support::{pdf, pool, settings};

/// Darker than this is ink: the lightest text of the samples is, the shades behind their headings are not.
const INK: u8 = 160;

/// A picture's pixels, by their lightness.
struct Picture {
    width: usize,
    height: usize,
    lightness: Vec<u8>,
}

impl Picture {
    fn of(png: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let bytes = info.color_type.samples();
        let lightness =
            pixels[..info.buffer_size()].chunks(bytes).map(|pixel| pixel[..3.min(bytes)].iter().copied().max());
        let lightness = lightness.map(Option::unwrap).collect();
        Self { width: info.width as usize, height: info.height as usize, lightness }
    }

    /// Left, top, right and bottom of all ink within a box, in points of a page of that size; `None` if it is empty.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
    fn ink(&self, [width, height]: [f32; 2], [x0, y0, x1, y1]: [f32; 4]) -> Option<[f32; 4]> {
        let (across, down) = (self.width as f32 / width, self.height as f32 / height);
        let columns = (x0.max(0.0) * across) as usize..((x1 * across).ceil() as usize).min(self.width);
        let rows = (y0.max(0.0) * down) as usize..((y1 * down).ceil() as usize).min(self.height);
        let mut found: Option<[f32; 4]> = None;
        for row in rows {
            for column in columns.clone() {
                if self.lightness[row * self.width + column] < INK {
                    let (x, y) = (column as f32 / across, row as f32 / down);
                    let [left, top, right, bottom] = found.unwrap_or([x, y, x, y]);
                    found = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
                }
            }
        }
        found
    }
}

async fn read_and_drawn(pool: &Pool, pdf: &[u8], page: u32) -> (Reading, Picture) {
    (pool.read(pdf).await.unwrap(), Picture::of(&pool.picture(pdf, page, 1200).await.unwrap()))
}

fn size_of(reading: &Reading, line: &Line) -> [f32; 2] {
    reading.page_sizes[line.page as usize - 1]
}

#[tokio::test]
async fn a_line_is_where_its_box_says_however_the_page_is_turned_and_cropped() {
    let pool = pool(&settings());
    for (entries, at, size) in [
        ("/MediaBox [0 0 595 842]", (100, 700), [595.0, 842.0]),
        ("/MediaBox [0 0 595 842] /Rotate 90", (100, 700), [842.0, 595.0]),
        ("/MediaBox [0 0 595 842] /Rotate 180", (100, 700), [595.0, 842.0]),
        ("/MediaBox [0 0 595 842] /Rotate 270", (100, 700), [842.0, 595.0]),
        ("/MediaBox [-50 30 545 872]", (100, 700), [595.0, 842.0]),
        ("/MediaBox [0 0 595 842] /CropBox [60 500 500 800]", (100, 700), [440.0, 300.0]),
        ("/MediaBox [0 0 595 842] /CropBox [60 500 500 800] /Rotate 90", (100, 700), [300.0, 440.0]),
    ] {
        let (reading, picture) = read_and_drawn(&pool, &pdf::one_line(entries, at, "Total 1,180.00"), 1).await;
        let [line] = &reading.lines[..] else { panic!("{entries}: {:?}", reading.lines) };
        assert_eq!((line.text.as_str(), size_of(&reading, line)), ("Total 1,180.00", size), "{entries}");
        let everywhere = [0.0, 0.0, size[0], size[1]];
        let ink = picture.ink(size, everywhere).unwrap();
        let apart: Vec<f32> = ink.iter().zip(line.bounds).map(|(ink, bound)| ink - bound).collect();
        // All ink is in the box, and the box is not much larger: ascenders, descenders and side bearings of 20 points.
        let is_close = |apart: f32| (-1.0..=8.0).contains(&apart);
        assert!(is_close(apart[0]) && is_close(apart[1]), "{entries}: {ink:?} in {:?}", line.bounds);
        assert!(is_close(-apart[2]) && is_close(-apart[3]), "{entries}: {ink:?} in {:?}", line.bounds);
    }
}

#[tokio::test]
async fn in_every_sample_each_line_begins_and_ends_where_its_box_does() {
    let pool = pool(&settings());
    let mut lines = 0;
    for sample in samples::all() {
        let reading = pool.read(&sample.pdf).await.unwrap();
        for page in 1..=reading.pages {
            let picture = Picture::of(&pool.picture(&sample.pdf, page, 1200).await.unwrap());
            for line in reading.lines.iter().filter(|line| line.page == page) {
                lines += 1;
                let (size, [_, y0, _, y1]) = (size_of(&reading, line), line.bounds);
                let [left, _, right, _] =
                    picture.ink(size, line.bounds).unwrap_or_else(|| panic!("{}: no ink", sample.name));
                let reach = 0.5 * (y1 - y0) + 1.0;
                let [x0, _, x1, _] = line.bounds;
                assert!(left - x0 < reach && x1 - right < reach, "{}: {left}..{right} in {x0}..{x1}", sample.name);
            }
        }
    }
    assert!(lines > 200, "{lines}");
}

#[tokio::test]
async fn a_scan_is_drawn_as_it_is() {
    let scan = samples::all().into_iter().find(|sample| sample.expectation == samples::Expectation::NoText).unwrap();
    let (reading, picture) = read_and_drawn(&pool(&settings()), &scan.pdf, 1).await;
    let size = reading.page_sizes[0];
    assert!(picture.ink(size, [0.0, 0.0, size[0], size[1]]).is_some());
}

#[tokio::test]
async fn a_picture_is_as_wide_as_asked_within_its_bounds() {
    let pool = pool(&settings());
    let pdf = pdf::invoice(&["TAX INVOICE"]);
    for (asked, width) in [(800, 800), (1, *WIDTHS.start()), (u16::MAX, *WIDTHS.end())] {
        assert_eq!(Picture::of(&pool.picture(&pdf, 1, asked).await.unwrap()).width, usize::from(width));
    }
}

#[tokio::test]
async fn a_page_that_is_not_there_is_named_as_such_and_costs_no_child() {
    let pool = pool(&Fetch { extract_children: 1, ..settings() });
    let pdf = pdf::invoice(&["TAX INVOICE"]);
    for page in [0, 2, u32::MAX] {
        assert_eq!(pool.picture(&pdf, page, 800).await, Err(Error::NoPage { pages: 1 }));
    }
    assert!(pool.picture(&pdf, 1, 800).await.is_ok());
}

#[tokio::test]
async fn a_hostile_page_costs_one_child_and_the_next_is_drawn() {
    let pool = pool(&Fetch { extract_children: 1, extract_timeout_ms: 1500, extract_memory_mb: 200, ..settings() });
    let limit = std::time::Duration::from_millis(1500);
    assert_eq!(pool.picture(&pdf::billion_laughs(12), 1, 800).await, Err(Error::Timeout { limit }));
    let mut bomb = pdf::invoice(&["x"]);
    bomb.resize(300 << 20, b' ');
    assert_eq!(pool.picture(&bomb, 1, 800).await, Err(Error::Memory { limit_bytes: 200 << 20 }));
    assert!(matches!(pool.picture(b"%PDF-1.4\nnothing else", 1, 800).await, Err(Error::Failed { .. })));
    let largest = pdf::one_line("/MediaBox [0 0 500 1250]", (10, 10), "x");
    assert!(pool.picture(&largest, 1, 2000).await.is_ok(), "the largest picture fits into the default memory");
    let endless_strip = pdf::one_line("/MediaBox [0 0 1 14400000]", (0, 0), "x");
    let strip = Picture::of(&pool.picture(&endless_strip, 1, 2000).await.unwrap());
    assert_eq!((strip.width, strip.height), (1, 5000));
    assert!(pool.picture(&pdf::invoice(&["TAX INVOICE"]), 1, 800).await.is_ok());
}
