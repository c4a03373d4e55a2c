//! The text that an invoice was read from, prepared for looking things up: lines with their pages, words, amounts.
//!
//! It is made once for all checks, as each of them would otherwise walk the text again.

use super::dates_in_text::{PrintedDate, dates};
use super::words::words;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// As many as a [`Decimal`] surely holds.
const MOST_DIGITS: usize = 28;

/// What stands between two pages.
const PAGE_BREAK: char = '\u{c}';

/// A text to look things up in.
#[derive(Debug)]
pub(super) struct SourceText<'a> {
    pub(super) raw: &'a str,
    pub(super) lines: Vec<SourceLine<'a>>,
    /// As [`words`].
    pub(super) words: String,
    /// In capitals and without white space.
    pub(super) squeezed: String,
}

/// One line of it.
#[derive(Debug)]
pub(super) struct SourceLine<'a> {
    /// From 1.
    pub(super) page: u32,
    /// On its page, from 1.
    pub(super) number: u32,
    pub(super) raw: &'a str,
    /// As [`words`].
    pub(super) words: String,
    /// Every amount, in all grouping styles, with the point as the decimal mark and with the comma.
    amounts: Vec<Amount>,
    pub(super) dates: Vec<PrintedDate>,
}

impl<'a> SourceText<'a> {
    pub(super) fn new(raw: &'a str) -> Self {
        let pages = (1..).zip(raw.split(PAGE_BREAK));
        let lines = pages.flat_map(|(page, text)| {
            let lines = (1..).zip(text.lines().filter(|line| !line.trim().is_empty()));
            lines.map(move |(number, raw)| SourceLine::new(page, number, raw))
        });
        let lines: Vec<SourceLine<'_>> = lines.collect();
        let mut words = String::from(" ");
        lines.iter().for_each(|line| words.push_str(&line.words[1..]));
        Self { raw, words, squeezed: squeezed(raw), lines }
    }

    /// Whether the amount is printed, with whatever sign.
    pub(super) fn has_amount(&self, amount: Decimal) -> bool {
        let amount = amount.into();
        self.lines.iter().any(|line| line.amounts.contains(&amount))
    }

    /// Whether the date is printed, on a line or broken over two.
    pub(super) fn has_date(&self, date: NaiveDate) -> bool {
        let on_a_line = || self.lines.iter().flat_map(|line| &line.dates).any(|printed| printed.date == date);
        on_a_line() || dates(&self.words).iter().any(|printed| printed.date == date)
    }
}

impl<'a> SourceLine<'a> {
    /// Whether the amount is printed here.
    pub(super) fn has_amount(&self, amount: Decimal) -> bool {
        self.amounts.contains(&amount.into())
    }

    fn new(page: u32, number: u32, raw: &'a str) -> Self {
        let words = words(raw);
        Self { page, number, raw, amounts: amounts(raw).collect(), dates: dates(&words), words }
    }
}

/// In capitals and without white space.
pub(super) fn squeezed(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            if !character.is_ascii_whitespace() {
                squeezed.push(character.to_ascii_uppercase());
            }
        } else if !character.is_whitespace() {
            squeezed.extend(character.to_uppercase());
        }
    }
    squeezed
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

/// The amounts of a text.
pub(super) fn amounts(text: &str) -> impl Iterator<Item = Amount> {
    let part_of_amount =
        |character: char| matches!(character, '0'..='9' | '.' | ',' | '\'' | '’' | '\u{a0}' | '\u{202f}');
    let runs = text.split(move |character| !part_of_amount(character));
    let runs = runs.map(|run| run.trim_matches(|edge: char| !edge.is_ascii_digit())).filter(|run| !run.is_empty());
    runs.flat_map(|run| {
        // Without a comma both readings are one.
        let with_comma = if run.contains(',') { read_amount(run, ',') } else { None };
        [read_amount(run, '.'), with_comma]
    })
    .flatten()
}

/// Reads a run if all marks but the decimal one group, by thousands or by lakhs: `1180.00` is never 118000.
fn read_amount(run: &str, decimal_mark: char) -> Option<Amount> {
    let (whole, fraction) = run.split_once(decimal_mark).unwrap_or((run, ""));
    let fraction = fraction.trim_end_matches('0');
    let (mut digits, mut in_group, mut groups) = (0, 0, 0);
    let mut mantissa: i128 = 0;
    for character in whole.chars() {
        if let Some(digit) = character.to_digit(10) {
            (digits, in_group) = (digits + 1, in_group + 1);
            mantissa = mantissa.wrapping_mul(10) + i128::from(digit);
        } else {
            let fits = if groups == 0 { in_group <= 3 } else { matches!(in_group, 2 | 3) };
            if !fits {
                return None;
            }
            (groups, in_group) = (groups + 1, 0);
        }
    }
    for character in fraction.chars() {
        mantissa = mantissa.wrapping_mul(10) + i128::from(character.to_digit(10)?);
    }
    let last_fits = groups == 0 || in_group == 3;
    (last_fits && digits + fraction.len() <= MOST_DIGITS)
        .then(|| Amount { mantissa, scale: u32::try_from(fraction.len()).unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, amount: &str) -> bool {
        amounts(text).any(|found| found == amount.parse::<Decimal>().unwrap().into())
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
        let lines: Vec<_> = text.lines.iter().map(|line| (line.page, line.number, line.raw)).collect();
        assert_eq!(lines, [(1, 1, "TAX INVOICE"), (1, 2, "No 17"), (2, 1, "Total 5"), (2, 2, "E. & O. E.")]);
    }
}
