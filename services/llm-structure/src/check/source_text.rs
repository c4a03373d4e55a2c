//! The text that an invoice was read from, prepared for looking things up: lines with their pages, words, amounts.
//!
//! It is made once for all checks, as each of them would otherwise walk the text again.

use super::words::words;
use rust_decimal::Decimal;
use std::collections::HashSet;

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
    /// Every amount, in all grouping styles, with the point as the decimal mark and with the comma.
    pub(super) amounts: HashSet<Decimal>,
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
}

impl<'a> SourceText<'a> {
    pub(super) fn new(raw: &'a str) -> Self {
        let pages = (1..).zip(raw.split(PAGE_BREAK));
        let lines = pages.flat_map(|(page, text)| {
            let lines = (1..).zip(text.lines().filter(|line| !line.trim().is_empty()));
            lines.map(move |(number, raw)| SourceLine { page, number, raw, words: words(raw) })
        });
        Self {
            raw,
            lines: lines.collect(),
            words: words(raw),
            squeezed: squeezed(raw),
            amounts: amounts(raw).collect(),
        }
    }
}

/// In capitals and without white space.
pub(super) fn squeezed(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// The amounts of a text.
pub(super) fn amounts(text: &str) -> impl Iterator<Item = Decimal> {
    let part_of_amount = |character: char| character.is_ascii_digit() || ".,'’\u{a0}\u{202f}".contains(character);
    let runs = text.split(move |character| !part_of_amount(character));
    let runs = runs.map(|run| run.trim_matches(|edge: char| !edge.is_ascii_digit())).filter(|run| !run.is_empty());
    runs.flat_map(|run| [read_amount(run, '.'), read_amount(run, ',')]).flatten()
}

/// Reads a run if all marks but the decimal one group, by thousands or by lakhs: `1180.00` is never 118000.
fn read_amount(run: &str, decimal_mark: char) -> Option<Decimal> {
    let (whole, fraction) = run.split_once(decimal_mark).unwrap_or((run, ""));
    let mut groups = whole.split(|mark: char| !mark.is_ascii_digit());
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let grouped = match rest.split_last() {
        None => true,
        Some((last, middle)) => {
            first.len() <= 3 && last.len() == 3 && middle.iter().all(|group| matches!(group.len(), 2 | 3))
        }
    };
    if !grouped || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut number = String::with_capacity(run.len() + 1);
    number.push_str(first);
    rest.iter().for_each(|group| number.push_str(group));
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    Some(Decimal::from_str_exact(&number).ok()?.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, amount: &str) -> bool {
        amounts(text).any(|found| found == amount.parse::<Decimal>().unwrap().normalize())
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
