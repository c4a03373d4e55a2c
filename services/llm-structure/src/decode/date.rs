//! Dates: as asked for, or as printed, day first.

use chrono::{Datelike, NaiveDate};
use std::ops::RangeInclusive;

/// Of a bill that somebody still wants to be paid, or of one due years from now.
const POSSIBLE: RangeInclusive<i32> = 1990..=2099;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads `2026-07-05`, or day first `05/07/2026`, `5.7.26`, `05-Jul-2026`, `5 July 2026`.
#[must_use]
pub fn date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let date = if first.len() == 4 {
        NaiveDate::from_ymd_opt(year(first)?, month(second)?, third.parse().ok()?)
    } else {
        NaiveDate::from_ymd_opt(year(third)?, month(second)?, first.parse().ok()?)
    };
    date.filter(|date| POSSIBLE.contains(&date.year()))
}

fn month(text: &str) -> Option<u32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let text = text.to_ascii_lowercase();
    let fits = |month: &str| month == text || (matches!(text.len(), 3 | 4) && month.starts_with(&text));
    u32::try_from(MONTHS.iter().position(|month| fits(month))? + 1).ok()
}

fn year(text: &str) -> Option<i32> {
    match text.len() {
        2 => Some(2000 + text.parse::<i32>().ok()?),
        4 => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_day_first() {
        let fifth_of_july = NaiveDate::from_ymd_opt(2026, 7, 5);
        for text in [
            "2026-07-05",
            "2026/07/05",
            "05/07/2026",
            "5/7/2026",
            "05-07-2026",
            "05.07.26",
            "05-Jul-2026",
            "5 July 2026",
            "05 JUL 26",
        ] {
            assert_eq!(date(text), fifth_of_july, "{text}");
        }
        assert_eq!(date("1-Sept-2026"), NaiveDate::from_ymd_opt(2026, 9, 1));
    }

    #[test]
    fn what_is_on_no_calendar_is_no_date() {
        for text in [
            "",
            "soon",
            "31/02/2026",
            "2026-13-01",
            "07/15/2026",
            "5 Foo 2026",
            "05/07",
            "05/07/026",
            "Jul 2026",
            "0026-07-05",
            "1026-07-05",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
