//! Dates as invoices print them, found in a text of words.

use super::source_text::SourceText;
use chrono::{Datelike, Days, NaiveDate};

/// A date that is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PrintedDate {
    /// Of the space before it.
    pub(super) place: usize,
    pub(super) date: NaiveDate,
    /// Of its year, which leaves little doubt that it is a date.
    pub(super) has_four_digits: bool,
}

/// All dates of a text that is as [`super::words::words`], day first; month first only where that is no other date. Any three
/// fitting numbers count, so that some are none.
pub(super) fn dates(words: &str) -> Vec<PrintedDate> {
    let spaces = words.match_indices(' ').map(|(place, _)| place);
    let starts: Vec<usize> = spaces.filter(|place| place + 1 < words.len()).collect();
    let ends = starts.iter().skip(1).copied().chain([words.len() - 1]);
    let tokens: Vec<&str> = starts.iter().zip(ends).map(|(start, end)| &words[start + 1..end]).collect();
    let found = starts.iter().enumerate().filter_map(|(index, place)| {
        let (date, year) = read(&tokens[index..])?;
        Some(PrintedDate { place: *place, date, has_four_digits: year.len() == 4 })
    });
    found.collect()
}

/// The date that these words begin with, and its year as printed.
fn read<'a>(tokens: &[&'a str]) -> Option<(NaiveDate, &'a str)> {
    let (first, rest) = tokens.split_first()?;
    if !first.starts_with(|one: char| one.is_ascii_digit()) {
        let month = month_by_name(first)?;
        let (day, rest) = ordinal(rest)?;
        let year = rest.first()?;
        return Some((NaiveDate::from_ymd_opt(self::year(year)?, month, number(day, 2)?)?, year));
    }
    if first.len() == 4 {
        let [month, day, ..] = rest else { return None };
        return Some((NaiveDate::from_ymd_opt(year(first)?, number(month, 2)?, number(day, 2)?)?, first));
    }
    let (day, rest) = ordinal(tokens)?;
    let [month, year, ..] = rest else { return None };
    let (day, full_year) = (number(day, 2)?, self::year(year)?);
    let date = match month_by_name(month) {
        Some(month) => NaiveDate::from_ymd_opt(full_year, month, day),
        None => {
            let month = number(month, 2)?;
            let day_first = NaiveDate::from_ymd_opt(full_year, month, day);
            day_first.or_else(|| NaiveDate::from_ymd_opt(full_year, day, month))
        }
    };
    Some((date?, year))
}

/// A day without the ending that may follow it, and what comes after both.
fn ordinal<'t, 'a>(tokens: &'t [&'a str]) -> Option<(&'a str, &'t [&'a str])> {
    match tokens {
        [day, "st" | "nd" | "rd" | "th", rest @ ..] | [day, rest @ ..] => Some((*day, rest)),
        [] => None,
    }
}

fn number(token: &str, most_digits: usize) -> Option<u32> {
    if token.len() > most_digits { None } else { token.parse().ok() }
}

fn year(token: &str) -> Option<i32> {
    match token.len() {
        4 => token.parse().ok(),
        2 => Some(2000 + token.parse::<i32>().ok()?),
        _ => None,
    }
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
