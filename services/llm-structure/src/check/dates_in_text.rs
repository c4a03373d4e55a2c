//! Dates as invoices print them.

use chrono::{Datelike, Days, NaiveDate};

/// Whether the date is printed in one of its spellings, day first; month first only where that is no other date. The text is
/// as [`super::words::words`].
pub(super) fn is_printed(words: &str, date: NaiveDate) -> bool {
    spellings(date).iter().any(|spelling| words.contains(spelling.as_str()))
}

/// The same in a text that writes the month first, which shows where the second number cannot be a month.
pub(super) fn is_printed_month_first(words: &str, date: NaiveDate) -> bool {
    let swapped = NaiveDate::from_ymd_opt(date.year(), date.day(), date.month());
    swapped.is_some_and(|swapped| writes_month_first(words) && is_printed(words, swapped))
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
    let words: Vec<&str> = words.split_whitespace().collect();
    let terms = words.windows(2).filter(|pair| matches!(pair[1], "day" | "days" | "tage" | "tagen" | "jours"));
    let mut lengths = terms.filter_map(|pair| pair[0].parse::<u64>().ok());
    lengths.any(|length| length <= 366 && issued + Days::new(length) == due)
}

/// Each between spaces.
pub(super) fn spellings(date: NaiveDate) -> Vec<String> {
    let (day, month) = (date.day(), date.month());
    let days = [format!("{day:02}"), day.to_string()];
    let years = [date.year().to_string(), format!("{:02}", date.year() % 100)];
    let numbers = [format!("{month:02}"), month.to_string()];
    let names = [date.format("%b").to_string().to_lowercase(), date.format("%B").to_string().to_lowercase()];
    let names = [names.as_slice(), &foreign_names(month).map(str::to_owned)].concat();
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
        if date.day() > 12 {
            spellings
                .extend(days.iter().flat_map(|day| numbers.iter().map(move |month| format!("{month} {day} {year}"))));
        }
    }
    spellings.iter().map(|spelling| format!(" {spelling} ")).collect()
}

/// German and French.
const fn foreign_names(month: u32) -> [&'static str; 2] {
    match month {
        1 => ["januar", "janvier"],
        2 => ["februar", "février"],
        3 => ["märz", "mars"],
        4 => ["april", "avril"],
        5 => ["mai", "mai"],
        6 => ["juni", "juin"],
        7 => ["juli", "juillet"],
        8 => ["august", "août"],
        9 => ["september", "septembre"],
        10 => ["oktober", "octobre"],
        11 => ["november", "novembre"],
        _ => ["dezember", "décembre"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::words::words;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_is_found_in_every_common_spelling() {
        let date = day("2026-07-05");
        for text in [
            "Date:05/07/2026",
            "Date 5.7.26",
            "05-Jul-2026",
            "05-JUL-26",
            "5th July, 2026",
            "July 5, 2026",
            "2026-07-05",
            "Dated05Jul2026Due",
            "5. Juli 2026",
            "5 juillet 2026",
        ] {
            assert!(is_printed(&words(text), date), "{text}");
        }
        for text in ["07/05/2026", "15/07/2026", "05/07/2025", "July 2026", ""] {
            assert!(!is_printed(&words(text), date), "{text}");
        }
        assert!(is_printed(&words("07/15/2026"), day("2026-07-15")));
    }

    #[test]
    fn a_text_shows_that_it_writes_the_month_first() {
        let third_of_november = day("2026-11-03");
        assert!(is_printed_month_first(&words("Date 11/03/2026, paid 11/17/2026"), third_of_november));
        assert!(!is_printed_month_first(&words("Date 11/03/2026"), third_of_november));
        assert!(!is_printed_month_first(&words("Date 11/03/2026, 11/17/2026 and 17/11/2026"), third_of_november));
    }

    #[test]
    fn a_term_of_payment_leads_to_the_due_date() {
        let terms = words("Payment: net 30 days. Delivered in 3 days.");
        assert!(is_term(&terms, day("2026-07-05"), day("2026-08-04")));
        assert!(!is_term(&terms, day("2026-07-05"), day("2026-08-05")));
        assert!(!is_term(&words("30 boxes"), day("2026-07-05"), day("2026-08-04")));
    }
}
