//! Dates as invoices print them, found in a text of words.

use super::source_text::SourceText;
use chrono::{Datelike, Days, NaiveDate};

/// A date that is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PrintedDate {
    /// Of the space before it.
    pub(super) place: usize,
    /// Of the space behind it.
    pub(super) end: usize,
    pub(super) date: NaiveDate,
    /// Of its year, which leaves little doubt that it is a date.
    pub(super) has_four_digits: bool,
}

/// All dates of a text that is as [`super::words::words`], day first; month first only where that is no other date. Any three
/// fitting numbers count, so that some are none.
pub(super) fn dates(words: &str) -> Vec<PrintedDate> {
    let spaces = spaces(words);
    let is_digit = |at: usize| words.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut dates = Vec::new();
    for (first, ends) in spaces.windows(2).enumerate() {
        let (start, end) = (ends[0] + 1, ends[1]);
        // Of most words this is all that has to be seen.
        let is_possible = if is_digit(start) { matches!(end - start, 1 | 2 | 4) } else { is_digit(end + 1) };
        if is_possible {
            dates.extend(read(Tokens { words, spaces: &spaces[first..] }));
        }
    }
    dates
}

fn spaces(words: &str) -> Vec<usize> {
    let mut spaces = Vec::with_capacity(words.len() / 3);
    for (at, byte) in words.bytes().enumerate() {
        if byte == b' ' {
            spaces.push(at);
        }
    }
    spaces
}

/// Words, each between two spaces.
#[derive(Clone, Copy)]
struct Tokens<'a> {
    words: &'a str,
    spaces: &'a [usize],
}

impl<'a> Tokens<'a> {
    fn get(self, index: usize) -> Option<&'a [u8]> {
        self.words.as_bytes().get(self.spaces.get(index)? + 1..*self.spaces.get(index + 1)?)
    }

    fn month_by_name(self, index: usize) -> Option<u32> {
        month_by_name(std::str::from_utf8(self.get(index)?).ok()?)
    }

    /// Where the word behind a day stands, or behind the ending that a day may have.
    fn behind_day(self, day: usize) -> usize {
        if matches!(self.get(day + 1), Some(b"st" | b"nd" | b"rd" | b"th")) { day + 2 } else { day + 1 }
    }
}

/// The date that these words begin with.
fn read(tokens: Tokens<'_>) -> Option<PrintedDate> {
    let first = tokens.get(0)?;
    let (date, year, length) = match first {
        [b'0'..=b'9', _, _, _] => year_first(tokens),
        [b'0'..=b'9', ..] => day_first(tokens),
        _ => month_by_name_first(tokens),
    }?;
    let (place, end) = (tokens.spaces[0], tokens.spaces[length]);
    Some(PrintedDate { place, end, date, has_four_digits: year.len() == 4 })
}

/// A date, its year as printed, and how many words it takes.
type Read<'a> = (NaiveDate, &'a [u8], usize);

fn year_first(tokens: Tokens<'_>) -> Option<Read<'_>> {
    let (printed, month, day) = (tokens.get(0)?, tokens.get(1)?, tokens.get(2)?);
    Some((NaiveDate::from_ymd_opt(year(printed)?, day_or_month(month)?, day_or_month(day)?)?, printed, 3))
}

fn month_by_name_first(tokens: Tokens<'_>) -> Option<Read<'_>> {
    let day = day_or_month(tokens.get(1)?)?;
    let month = tokens.month_by_name(0)?;
    let behind = tokens.behind_day(1);
    let printed = tokens.get(behind)?;
    Some((NaiveDate::from_ymd_opt(year(printed)?, month, day)?, printed, behind + 1))
}

fn day_first(tokens: Tokens<'_>) -> Option<Read<'_>> {
    let day = day_or_month(tokens.get(0)?)?;
    let behind = tokens.behind_day(0);
    let (month, printed) = (tokens.get(behind)?, tokens.get(behind + 1)?);
    let year = year(printed)?;
    let date = match day_or_month(month) {
        Some(month) => {
            let day_first = NaiveDate::from_ymd_opt(year, month, day);
            day_first.or_else(|| NaiveDate::from_ymd_opt(year, day, month))
        }
        None => NaiveDate::from_ymd_opt(year, tokens.month_by_name(behind)?, day),
    };
    Some((date?, printed, behind + 2))
}

fn day_or_month(token: &[u8]) -> Option<u32> {
    if token.len() <= 2 { number(token) } else { None }
}

fn year(token: &[u8]) -> Option<i32> {
    let year = i32::try_from(number(token)?).ok()?;
    match token.len() {
        4 => Some(year),
        2 => Some(2000 + year),
        _ => None,
    }
}

/// Of four digits at most.
fn number(token: &[u8]) -> Option<u32> {
    let digits = matches!(token.len(), 1..=4).then_some(token)?.iter();
    digits
        .map(|digit| digit.is_ascii_digit().then(|| u32::from(digit - b'0')))
        .try_fold(0, |sum, digit| Some(sum * 10 + digit?))
}

/// In English, short or long, German and French.
fn month_by_name(token: &str) -> Option<u32> {
    Some(match token {
        "jan" | "january" | "januar" | "janvier" => 1,
        "feb" | "february" | "februar" | "février" => 2,
        "mar" | "march" | "märz" | "mars" => 3,
        "apr" | "april" | "avril" => 4,
        "may" | "mai" => 5,
        "jun" | "june" | "juni" | "juin" => 6,
        "jul" | "july" | "juli" | "juillet" => 7,
        "aug" | "august" | "août" => 8,
        "sep" | "sept" | "september" | "septembre" => 9,
        "oct" | "october" | "oktober" | "octobre" => 10,
        "nov" | "november" | "novembre" => 11,
        "dec" | "december" | "dezember" | "décembre" => 12,
        _ => return None,
    })
}

/// Whether the text has the date, or has it with day and month changed and writes the month first. That shows where the
/// second number cannot be a month.
pub(super) fn is_printed(date: NaiveDate, text: &SourceText<'_>) -> bool {
    let swapped = || NaiveDate::from_ymd_opt(date.year(), date.day(), date.month());
    text.has_date(date) || (writes_month_first(&text.words) && swapped().is_some_and(|swapped| text.has_date(swapped)))
}

fn writes_month_first(words: &str) -> bool {
    let numbers: Vec<Option<u32>> = words.split_whitespace().map(|word| word.parse().ok()).collect();
    let mut orders = numbers.windows(3).filter_map(|three| match *three {
        [Some(first), Some(second), Some(1990..=2099)] if first <= 12 && (13..=31).contains(&second) => Some(true),
        [Some(first), Some(second), Some(1990..=2099)] if (13..=31).contains(&first) && second <= 12 => Some(false),
        _ => None,
    });
    let is_first = orders.next() == Some(true);
    is_first && orders.all(|month_first| month_first)
}

/// Whether the text names a term of payment, such as `30 days`, that leads from one date to the other.
pub(super) fn is_term(words: &str, issued: NaiveDate, due: NaiveDate) -> bool {
    let mut before = "";
    words.split_whitespace().any(|word| {
        let length = std::mem::replace(&mut before, word);
        matches!(word, "day" | "days" | "tage" | "tagen" | "jours")
            && length.parse::<u64>().is_ok_and(|days| days <= 366 && issued + Days::new(days) == due)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::words::words;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn holds(text: &str, date: &str) -> bool {
        is_printed(day(date), &SourceText::new(text))
    }

    #[test]
    fn a_date_is_found_in_every_common_spelling() {
        for text in [
            "Date:05/07/2026",
            "Date 5.7.26",
            "05-Jul-2026",
            "05-JUL-26",
            "5th July, 2026",
            "July 5, 2026",
            "July 5th 2026",
            "2026-07-05",
            "Dated05Jul2026Due",
            "5. Juli 2026",
            "5 juillet 2026",
        ] {
            assert!(holds(text, "2026-07-05"), "{text}");
        }
        for text in ["07/05/2026", "15/07/2026", "05/07/2025", "July 2026", "005/07/2026", "05/07/026", ""] {
            assert!(!holds(text, "2026-07-05"), "{text}");
        }
        assert!(holds("07/15/2026", "2026-07-15"));
    }

    #[test]
    fn a_text_shows_that_it_writes_the_month_first() {
        assert!(holds("Date 11/03/2026, paid 11/17/2026", "2026-11-03"));
        assert!(!holds("Date 11/03/2026", "2026-11-03"));
        assert!(!holds("Date 11/03/2026, 11/17/2026 and 17/11/2026", "2026-11-03"));
    }

    #[test]
    fn a_term_of_payment_leads_to_the_due_date() {
        let terms = words("Payment: net 30 days. Delivered in 3 days.");
        assert!(is_term(&terms, day("2026-07-05"), day("2026-08-04")));
        assert!(!is_term(&terms, day("2026-07-05"), day("2026-08-05")));
        assert!(!is_term(&words("30 boxes"), day("2026-07-05"), day("2026-08-04")));
    }
}
