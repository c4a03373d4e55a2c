//! The text that an invoice was read from, prepared for looking things up: lines with their pages, words, amounts, dates.
//!
//! It is made once for all checks, as each of them would otherwise walk the text again; and in one piece for all lines, as most
//! texts have many short ones.

use super::dates_in_text::{PrintedDate, dates};
use super::words;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::ops::Range;

/// As many as a [`Decimal`] surely holds.
const MOST_DIGITS: u32 = 28;

const WHOLE: &str = "nothing but whole characters was added";

/// What stands between two pages.
const PAGE_BREAK: char = '\u{c}';

/// A text to look things up in.
#[derive(Debug)]
pub(super) struct SourceText<'a> {
    pub(super) raw: &'a str,
    /// As [`words::words`].
    pub(super) words: String,
    /// In capitals and without white space.
    pub(super) squeezed: String,
    /// In all grouping styles, with the point as the decimal mark and with the comma.
    amounts: Vec<Amount>,
    /// Those that stand on one line.
    dates: Vec<PrintedDate>,
    /// Those that are broken over lines.
    broken_dates: Vec<NaiveDate>,
    places: Vec<Place<'a>>,
}

/// Where a line has its part of everything.
#[derive(Debug)]
struct Place<'a> {
    page: u32,
    number: u32,
    raw: &'a str,
    words: Range<usize>,
    squeezed: Range<usize>,
    amounts: Range<usize>,
    dates: Range<usize>,
}

/// One line of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct SourceLine<'a> {
    /// From 1.
    pub(super) page: u32,
    /// On its page, from 1.
    pub(super) number: u32,
    pub(super) raw: &'a str,
    /// As [`words::words`].
    pub(super) words: &'a str,
    /// In capitals and without white space.
    pub(super) squeezed: &'a str,
    amounts: &'a [Amount],
    dates: &'a [PrintedDate],
    /// Of its words in those of the text.
    start: usize,
}

impl<'a> SourceText<'a> {
    pub(super) fn new(raw: &'a str) -> Self {
        let (mut words, mut squeezed) = (Vec::with_capacity(raw.len() * 2), Vec::with_capacity(raw.len()));
        words.push(b' ');
        let (mut amounts, mut places) = (Vec::new(), Vec::new());
        for (page, text) in (1..).zip(raw.split(PAGE_BREAK)) {
            for (number, raw) in (1..).zip(text.lines().filter(|line| !line.trim().is_empty())) {
                let before = (words.len() - 1, squeezed.len(), amounts.len());
                words::append(&mut words, raw);
                append_squeezed(&mut squeezed, raw);
                append_amounts(&mut amounts, raw);
                places.push(Place {
                    page,
                    number,
                    raw,
                    words: before.0..words.len(),
                    squeezed: before.1..squeezed.len(),
                    amounts: before.2..amounts.len(),
                    dates: 0..0,
                });
            }
        }
        let (words, squeezed) = (String::from_utf8(words).expect(WHOLE), String::from_utf8(squeezed).expect(WHOLE));
        let mut text = Self { raw, words, squeezed, amounts, dates: Vec::new(), broken_dates: Vec::new(), places };
        text.find_dates();
        text
    }

    fn find_dates(&mut self) {
        let mut found = dates(&self.words).into_iter().peekable();
        for place in &mut self.places {
            let first = self.dates.len();
            while let Some(date) = found.next_if(|date| date.place + 1 < place.words.end) {
                if date.end < place.words.end {
                    self.dates.push(date);
                } else {
                    self.broken_dates.push(date.date);
                }
            }
            place.dates = first..self.dates.len();
        }
    }

    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = SourceLine<'_>> + ExactSizeIterator {
        self.places.iter().map(|place| SourceLine {
            page: place.page,
            number: place.number,
            raw: place.raw,
            words: &self.words[place.words.clone()],
            squeezed: &self.squeezed[place.squeezed.clone()],
            amounts: &self.amounts[place.amounts.clone()],
            dates: &self.dates[place.dates.clone()],
            start: place.words.start,
        })
    }

    /// Whether the amount is printed, with whatever sign.
    pub(super) fn has_amount(&self, amount: Decimal) -> bool {
        self.amounts.contains(&amount.into())
    }

    /// Whether the date is printed, on a line or broken over two.
    pub(super) fn has_date(&self, date: NaiveDate) -> bool {
        self.dates.iter().any(|printed| printed.date == date) || self.broken_dates.contains(&date)
    }
}

impl<'a> SourceLine<'a> {
    /// Whether the amount is printed here.
    pub(super) fn has_amount(&self, amount: Decimal) -> bool {
        self.amounts.contains(&amount.into())
    }

    /// The dates that are printed here, with their places in the line's words.
    pub(super) fn dates(&self) -> impl Iterator<Item = PrintedDate> + Clone + use<'a> {
        let start = self.start;
        self.dates.iter().map(move |date| PrintedDate { place: date.place - start, end: date.end - start, ..*date })
    }
}

/// In capitals and without white space.
pub(super) fn squeezed(text: &str) -> String {
    let mut squeezed = Vec::with_capacity(text.len());
    append_squeezed(&mut squeezed, text);
    String::from_utf8(squeezed).expect(WHOLE)
}

fn append_squeezed(squeezed: &mut Vec<u8>, text: &str) {
    if !text.is_ascii() {
        return text
            .split_whitespace()
            .for_each(|word| words::push(squeezed, word.chars().flat_map(char::to_uppercase)));
    }
    let start = squeezed.len();
    squeezed.resize(start + text.len(), b' ');
    let added = &mut squeezed[start..];
    let mut end = 0;
    for byte in text.bytes() {
        added[end] = byte.to_ascii_uppercase();
        end += usize::from(!byte.is_ascii_whitespace());
    }
    squeezed.truncate(start + end);
}

/// A positive amount without trailing zeros. In place of [`Decimal`], which compares by dividing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount {
    mantissa: i128,
    scale: u32,
}

impl From<Decimal> for Amount {
    fn from(decimal: Decimal) -> Self {
        let plain = decimal.abs().normalize();
        Self { mantissa: plain.mantissa(), scale: plain.scale() }
    }
}

impl From<Amount> for Decimal {
    fn from(amount: Amount) -> Self {
        Self::from_i128_with_scale(amount.mantissa, amount.scale)
    }
}

/// Adds the amounts of a text.
pub(super) fn append_amounts(amounts: &mut Vec<Amount>, text: &str) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        if let Some((amount, length)) = plain(&bytes[at..]) {
            amounts.push(amount);
            at += length;
            continue;
        }
        let (run, length) = run(&bytes[at..]);
        amounts.extend(read_amount(run, b'.'));
        if run.contains(&b',') {
            // Without a comma both readings are one.
            amounts.extend(read_amount(run, b','));
        }
        at += length;
    }
}

/// The number that a text begins with and its length, if it is one that no mark groups, as most are: `118`, `118.50`.
fn plain(text: &[u8]) -> Option<(Amount, usize)> {
    let digit_at = |at: usize| text.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| u64::from(byte - b'0'));
    let (mut mantissa, mut scale, mut at) = (0_u64, 0, 0);
    while let Some(digit) = digit_at(at) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
        at += 1;
    }
    if text.get(at) == Some(&b'.') && digit_at(at + 1).is_some() {
        let (mut longer, mut places) = (mantissa, 0);
        at += 1;
        while let Some(digit) = digit_at(at) {
            longer = longer.wrapping_mul(10).wrapping_add(digit);
            (places, at) = (places + 1, at + 1);
            if digit > 0 {
                (mantissa, scale) = (longer, places);
            }
        }
    }
    // As many digits as the mantissa surely holds, and nothing that could make it part of a longer number.
    let is_all = at < 19 && !matches!(text.get(at), Some(b'.' | b',' | b'\'' | 0xc2 | 0xe2));
    is_all.then_some((Amount { mantissa: mantissa.into(), scale }, at))
}

/// The digits that a text begins with and the marks between them, and where they end with those behind them.
fn run(text: &[u8]) -> (&[u8], usize) {
    let (mut at, mut end) = (0, 0);
    loop {
        at += match &text[at..] {
            [b'0'..=b'9', ..] => {
                end = at + 1;
                1
            }
            [b'.' | b',' | b'\'', ..] => 1,
            // A space that does not break, in two widths, and a typographic apostrophe.
            [0xc2, 0xa0, ..] => 2,
            [0xe2, 0x80, 0xaf | 0x99, ..] => 3,
            _ => return (&text[..end], at),
        };
    }
}

/// Reads a run if all marks but the decimal one group, by thousands or by lakhs: `1180.00` is never 118000.
fn read_amount(run: &[u8], decimal_mark: u8) -> Option<Amount> {
    let mut parts = run.splitn(2, |byte| *byte == decimal_mark);
    let (whole, fraction) = (parts.next()?, parts.next().unwrap_or_default());
    let (mut digits, mut in_group, mut groups) = (0, 0, 0);
    let mut mantissa: i128 = 0;
    for byte in whole {
        if byte.is_ascii_digit() {
            (digits, in_group) = (digits + 1, in_group + 1);
            mantissa = mantissa.wrapping_mul(10) + i128::from(byte - b'0');
        } else if is_first_of_mark(*byte) {
            let fits = if groups == 0 { in_group <= 3 } else { matches!(in_group, 2 | 3) };
            if !fits {
                return None;
            }
            (groups, in_group) = (groups + 1, 0);
        }
    }
    let mut scale = 0;
    let places = fraction.iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1);
    for byte in &fraction[..places] {
        if !byte.is_ascii_digit() {
            return None;
        }
        mantissa = mantissa.wrapping_mul(10) + i128::from(byte - b'0');
        scale += 1;
    }
    let last_fits = groups == 0 || in_group == 3;
    (last_fits && digits + scale <= MOST_DIGITS).then_some(Amount { mantissa, scale })
}

/// Of a mark of several bytes the others begin with the bits 10.
const fn is_first_of_mark(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holds(text: &str, amount: &str) -> bool {
        SourceText::new(text).has_amount(amount.parse().unwrap())
    }

    #[test]
    fn an_amount_is_found_in_every_grouping() {
        for text in [
            "Total: 123456.50",
            "Total Rs.1,23,456.50/-",
            "Total ₹123,456.5",
            "Gesamt 123.456,50 €",
            "Total 123'456.50",
            "Total 123\u{a0}456,50",
            "(1,23,456.50)",
        ] {
            assert!(holds(text, "123456.50"), "{text}");
        }
        for text in ["Total 1,23,456.51", "Total 9,1,23,456.50", "12345650", "", "1,23,456", "1234.5650"] {
            assert!(!holds(text, "123456.50"), "{text}");
        }
        assert!(holds("Total 1,180/-", "1180.00"));
    }

    #[test]
    fn lines_know_their_pages() {
        let text = SourceText::new("TAX INVOICE\n\nNo 17\n\u{c}\nTotal 5\nE. & O. E.\n");
        let lines: Vec<_> = text.lines().map(|line| (line.page, line.number, line.raw)).collect();
        assert_eq!(lines, [(1, 1, "TAX INVOICE"), (1, 2, "No 17"), (2, 1, "Total 5"), (2, 2, "E. & O. E.")]);
    }

    #[test]
    fn a_plain_number_is_read_like_any_other() {
        proptest!(|(text in "[0-9]{1,20}(\\.[0-9]{0,5})?[ .,a'₹]?")| {
            let (digits, _) = run(text.as_bytes());
            if let Some((amount, length)) = plain(text.as_bytes()) {
                prop_assert_eq!(&text.as_bytes()[..length], digits);
                prop_assert_eq!(Some(amount), read_amount(digits, b'.'));
            }
        });
    }
}
