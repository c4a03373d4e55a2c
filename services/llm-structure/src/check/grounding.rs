//! Whether what the model says is printed in the text. This is what a made-up value fails, however plausible it is.

use crate::finding::Finding;
use crate::judge::Source;
use chrono::{Datelike, NaiveDate};
use contract::{Invoice, code};
use rust_decimal::Decimal;
use std::collections::HashSet;

/// A shorter number that stands in the text only as part of something else proves nothing.
const MIN_GLUED: usize = 6;

const MESSAGE: &str = "it is not printed in the text";

const SCAN: &str = "it was read from pictures, where nothing can be looked up: compare it with the PDF";

pub(super) fn all(invoice: &Invoice, source: Source<'_>) -> Vec<Finding> {
    match source {
        Source::Text(text) => in_text(invoice, text),
        Source::Scan => vec![Finding::error(code::CHECK_SCAN, "document", SCAN)],
    }
}

fn in_text(invoice: &Invoice, text: &str) -> Vec<Finding> {
    let gstin = invoice.vendor_gstin.as_deref();
    let checks = [
        ("invoice_number", stands_in(&invoice.invoice_number, text), invoice.invoice_number.clone()),
        ("total", amounts(text).contains(&invoice.total.normalize()), invoice.total.to_string()),
        ("invoice_date", holds_date(text, invoice.invoice_date), invoice.invoice_date.to_string()),
        (
            "vendor_gstin",
            gstin.is_none_or(|gstin| squeezed(text).contains(gstin)),
            gstin.unwrap_or_default().to_owned(),
        ),
    ];
    let missing = checks.into_iter().filter(|(_, grounded, _)| !grounded);
    missing.map(|(field, _, value)| Finding::error(code::CHECK_NOT_GROUNDED, field, MESSAGE).found(&value)).collect()
}

/// Whether the value stands in the text by itself; a long one may touch its neighbours or be broken by spaces.
fn stands_in(value: &str, text: &str) -> bool {
    let (value, upper) = (value.trim().to_uppercase(), text.to_uppercase());
    let free = |at: usize| {
        let before = upper[..at].chars().next_back();
        let after = upper[at + value.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    };
    let glued = squeezed(&value);
    upper.match_indices(&value).any(|(at, _)| free(at)) || (glued.len() >= MIN_GLUED && squeezed(text).contains(&glued))
}

/// In capitals and without white space.
fn squeezed(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// Every amount of the text, in all grouping styles, with the point as the decimal mark and with the comma.
fn amounts(text: &str) -> HashSet<Decimal> {
    let part_of_amount = |character: char| character.is_ascii_digit() || ".,'’\u{a0}\u{202f}".contains(character);
    let runs = text.split(|character| !part_of_amount(character));
    let runs = runs.map(|run| run.trim_matches(|edge: char| !edge.is_ascii_digit())).filter(|run| !run.is_empty());
    runs.flat_map(|run| [read_amount(run, '.'), read_amount(run, ',')]).flatten().collect()
}

/// Reads a run if all marks but the decimal one group, by thousands or by lakhs: `1180.00` is never 118000.
fn read_amount(run: &str, decimal_mark: char) -> Option<Decimal> {
    let (whole, fraction) = run.split_once(decimal_mark).unwrap_or((run, ""));
    let groups: Vec<&str> = whole.split(|mark: char| !mark.is_ascii_digit()).collect();
    let grouped = match groups.as_slice() {
        [_] => true,
        [first, middle @ .., last] => {
            first.len() <= 3 && last.len() == 3 && middle.iter().all(|group| matches!(group.len(), 2 | 3))
        }
        [] => false,
    };
    if !grouped || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = if fraction.is_empty() { groups.concat() } else { format!("{}.{fraction}", groups.concat()) };
    Some(Decimal::from_str_exact(&number).ok()?.normalize())
}

/// Whether the date is printed in one of its spellings, day first; month first only where that is no other date.
fn holds_date(text: &str, date: NaiveDate) -> bool {
    let words = format!(" {} ", date_words(text));
    spellings(date).iter().any(|spelling| words.contains(&format!(" {spelling} ")))
}

/// Lower-case words and numbers, each by itself: `05Jul-2026` becomes `05 jul 2026`.
fn date_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut last = ' ';
    for character in text.chars().flat_map(char::to_lowercase) {
        let character = if character.is_alphanumeric() { character } else { ' ' };
        let changes = last.is_numeric() != character.is_numeric();
        if changes && last != ' ' && character != ' ' {
            words.push(' ');
        }
        if character != ' ' || last != ' ' {
            words.push(character);
        }
        last = character;
    }
    words.trim_end().to_owned()
}

fn spellings(date: NaiveDate) -> Vec<String> {
    let (day, month) = (date.day(), date.month());
    let days = [format!("{day:02}"), day.to_string()];
    let years = [date.year().to_string(), format!("{:02}", date.year() % 100)];
    let numbers = [format!("{month:02}"), month.to_string()];
    let names = [date.format("%b").to_string().to_lowercase(), date.format("%B").to_string().to_lowercase()];
    let mut spellings = vec![format!("{} {} {}", years[0], numbers[0], days[0]), format!("{} {month} {day}", years[0])];
    for year in &years {
        for day in &days {
            spellings.extend(numbers.iter().chain(&names).map(|month| format!("{day} {month} {year}")));
            spellings.extend(names.iter().map(|month| format!("{month} {day} {year}")));
            for ordinal in ["st", "nd", "rd", "th"] {
                spellings.extend(names.iter().map(|month| format!("{day} {ordinal} {month} {year}")));
                spellings.extend(names.iter().map(|month| format!("{month} {day} {ordinal} {year}")));
            }
        }
        if day > 12 {
            spellings.extend(numbers.iter().map(|month| format!("{month} {day} {year}")));
        }
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_found_in_every_grouping() {
        let total: Decimal = "123456.50".parse().unwrap();
        for text in [
            "Total: 123456.50",
            "Total Rs.1,23,456.50/-",
            "Total ₹123,456.5",
            "Gesamt 123.456,50 €",
            "Total 123'456.50",
            "Total 123\u{a0}456,50",
            "(1,23,456.50)",
        ] {
            assert!(amounts(text).contains(&total.normalize()), "{text}");
        }
        for text in ["Total 1,23,456.51", "Total 9,1,23,456.50", "12345650", "", "1,23,456", "1234.5650"] {
            assert!(!amounts(text).contains(&total.normalize()), "{text}");
        }
        assert!(amounts("Total 1,180/-").contains(&"1180.00".parse::<Decimal>().unwrap().normalize()));
    }

    #[test]
    fn a_date_is_found_in_every_common_spelling() {
        let date = NaiveDate::from_ymd_opt(2026, 7, 5).unwrap();
        for text in [
            "Date:05/07/2026",
            "Date 5.7.26",
            "05-Jul-2026",
            "05-JUL-26",
            "5th July, 2026",
            "July 5, 2026",
            "2026-07-05",
            "Dated05Jul2026Due",
        ] {
            assert!(holds_date(text, date), "{text}");
        }
        for text in ["07/05/2026", "15/07/2026", "05/07/2025", "July 2026", ""] {
            assert!(!holds_date(text, date), "{text}");
        }
        assert!(holds_date("07/15/2026", NaiveDate::from_ymd_opt(2026, 7, 15).unwrap()));
    }

    #[test]
    fn a_number_stands_by_itself_or_is_long_enough() {
        for (number, text) in [
            ("17", "Invoice 17 of"),
            ("KK/2026/017", "No:KK/2026/017Date"),
            ("kk 2026 017", "KK 2026\n017"),
            ("993548900", "993548900Invoice"),
        ] {
            assert!(stands_in(number, text), "{number}");
        }
        for (number, text) in [("17", "Invoice 170"), ("17", "A17"), ("KK/18", "KK/017"), ("12345", "9123456")] {
            assert!(!stands_in(number, text), "{number}");
        }
    }
}
