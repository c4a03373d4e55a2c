//! Reading single values: amounts, dates, tax numbers, currency, kind of document.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;
use rust_decimal::Decimal;

use crate::money::plain;

/// Sign, currency, digits; a following percent sign is taken along so that rates can be told from amounts.
static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)(\(\s*-\s*\)|-)?\s*(?:rs\.?|inr|usd|eur|us\$|[₹$€])?\s*(-)?([0-9][0-9,]*(?:\.[0-9]+)?)(?:/-)?(\s*%)?")
});
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix) \b (?: ([0-9]{4})-([0-9]{2})-([0-9]{2})
        | ([0-9]{1,2}) [-/.] ([0-9]{1,2}) [-/.] ([0-9]{4}|[0-9]{2})
        | ([0-9]{1,2}) (?:st|nd|rd|th)? [-\ ] ([a-z]{3,9}) \.?,? [-\ ] ([0-9]{4}|[0-9]{2})
        | ([a-z]{3,9}) \.? \  ([0-9]{1,2}) (?:st|nd|rd|th)? ,? \  ([0-9]{4}) ) \b",
    )
});
static GSTIN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z][A-Z][0-9A-Z]\b"));
static KIND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:(bill of supply)|(credit (?:note|memo))|(pro-?forma)|((?:tax )?invoice)|(receipt))\b")
});
static CURRENCY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(\bUSD\b|US\$|\$)|(\bEUR\b|€)|(\bINR\b|\bRs\b|₹|\bGSTIN?\b)"));

/// A regular expression of this crate.
pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("the reader's own patterns are well formed, and the tests use every one")
}

/// A value at the front of a text, and what follows it.
pub(super) type Found<'t> = (String, &'t str);

/// The first amount in the text that is not a percentage: `123456.00`.
pub(super) fn amount(text: &str) -> Option<Found<'_>> {
    amounts(text).next()
}

/// The last one: in `Total 12 nos Rs. 480.00` that is what counts.
pub(super) fn last_amount(text: &str) -> Option<String> {
    amounts(text).last().map(|(amount, _)| amount)
}

fn amounts(text: &str) -> impl Iterator<Item = Found<'_>> {
    let found = AMOUNT.captures_iter(text).filter(|groups| groups.get(4).is_none());
    found.filter_map(|groups| {
        let end = groups.get(0)?.end();
        let figure: Decimal = groups[3].replace(',', "").parse().ok()?;
        let negative = groups.get(1).or(groups.get(2)).is_some();
        Some((money(if negative { -figure } else { figure }), &text[end..]))
    })
}

/// At least two decimals.
pub(super) fn money(amount: Decimal) -> String {
    if amount.scale() > 2 { amount.to_string() } else { plain(amount) }
}

/// The first date, day before month, as `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Option<Found<'_>> {
    let groups = DATE.captures(text)?;
    let end = groups.get(0)?.end();
    let part = |at| groups.get(at).map(|found| found.as_str());
    let (year, month, day) = [(1, 2, 3), (6, 5, 4), (9, 8, 7), (12, 10, 11)]
        .into_iter()
        .find_map(|(year, month, day)| Some((part(year)?, part(month)?, part(day)?)))?;
    let year: i32 = year.parse().ok()?;
    let year = if year < 100 { 2000 + year } else { year };
    let date = NaiveDate::from_ymd_opt(year, month_number(month)?, day.parse().ok()?)?;
    Some((date.to_string(), &text[end..]))
}

fn month_number(text: &str) -> Option<u32> {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let short = text.get(..3)?.to_ascii_lowercase();
    let at = NAMES.iter().position(|name| *name == short)?;
    u32::try_from(at + 1).ok()
}

/// Every GSTIN in the text, with where it begins.
pub(super) fn gstins(text: &str) -> impl Iterator<Item = (usize, &str)> {
    GSTIN.find_iter(text).map(|found| (found.start(), found.as_str()))
}

/// The first word that has a digit in it, as invoice numbers do.
pub(super) fn number(text: &str) -> Option<Found<'_>> {
    let word = text.split_whitespace().find(|word| word.bytes().any(|byte| byte.is_ascii_digit()))?;
    let end = text.find(word)? + word.len();
    Some((word.trim_matches(|edge: char| !edge.is_alphanumeric()).to_owned(), &text[end..]))
}

/// Named in the title; the most particular title wins, wherever it stands.
pub(super) fn document_type(text: &str) -> &'static str {
    const KINDS: [&str; 5] = ["bill_of_supply", "credit_note", "proforma", "tax_invoice", "receipt"];
    first_group(&KIND, text).map_or("other", |at| KINDS[at])
}

/// A foreign currency named anywhere wins over the rupee.
pub(super) fn currency(text: &str) -> &'static str {
    const CODES: [&str; 3] = ["USD", "EUR", "INR"];
    first_group(&CURRENCY, text).map_or("", |at| CODES[at])
}

/// The lowest group that takes part in any match.
fn first_group(pattern: &Regex, text: &str) -> Option<usize> {
    let groups = pattern.captures_iter(text);
    groups.filter_map(|groups| (1..groups.len()).find(|at| groups.get(*at).is_some())).min().map(|group| group - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_day_first_in_every_spelling() {
        for text in ["03/08/2026", "3-8-26", "03.08.26", "03-Aug-2026", "3 August 2026", "August 3, 2026", "2026-08-03"]
        {
            assert_eq!(date(text).map(|(date, _)| date).as_deref(), Some("2026-08-03"), "{text}");
        }
        assert_eq!(date("31/02/2026"), None);
    }

    #[test]
    fn amounts_lose_grouping_currency_and_stroke_but_not_their_sign() {
        for (text, plain) in [
            ("1,23,456.00", "123456.00"),
            ("Rs. 48,380/-", "48380.00"),
            ("₹ 12.5", "12.50"),
            ("$-3.00", "-3.00"),
            ("(+/-) (-) 0.44", "-0.44"),
            ("@ 9% 810.00", "810.00"),
        ] {
            assert_eq!(last_amount(text).as_deref(), Some(plain), "{text}");
        }
        assert_eq!(last_amount("@ 18 %"), None);
    }

    #[test]
    fn the_particular_title_decides_the_kind() {
        assert_eq!(document_type("Invoice copy\nBILL OF SUPPLY"), "bill_of_supply");
        assert_eq!(document_type("Proforma Invoice"), "proforma");
        assert_eq!(document_type("Dear Sir"), "other");
    }
}
