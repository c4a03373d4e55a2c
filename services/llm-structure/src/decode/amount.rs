//! Amounts as Indian invoices print them.

use rust_decimal::Decimal;

/// What may stand before an amount.
const PREFIXES: [&str; 5] = ["₹", "INR", "RS.", "RS", "+"];
/// What may stand behind it.
const SUFFIXES: [&str; 5] = ["/-", "-/", "INR", "₹", "%"];

/// Reads an amount: `1,23,456.00`, `₹ 1,180/-`, `Rs. 12.50`, `(0.40)`, `-0.40`, `18%`.
///
/// A comma that groups neither by thousands nor by lakhs is no grouping: `1234,56` could be either of two amounts
/// that differ by a factor of a hundred, so it is none.
#[must_use]
pub fn amount(text: &str) -> Option<Decimal> {
    if is_number(text) {
        // As it was asked for.
        return Decimal::from_str_exact(text).ok();
    }
    let mut text = text.trim().to_uppercase().replace(['\u{2212}', '\u{2013}'], "-");
    let mut negative = false;
    if let Some(inside) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        (negative, text) = (true, inside.to_owned());
    }
    let mut rest = strip(&text);
    if let Some(positive) = rest.strip_prefix('-') {
        negative = !negative;
        rest = strip(positive);
    }
    let number = Decimal::from_str_exact(&ungroup(rest)?).ok()?;
    Some(if negative { -number } else { number })
}

fn strip(mut text: &str) -> &str {
    loop {
        let before = text;
        text = text.trim();
        text = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
        text = SUFFIXES.iter().find_map(|suffix| text.strip_suffix(suffix)).unwrap_or(text);
        if text == before {
            return text;
        }
    }
}

/// Whether it is digits, with at most one point between them.
fn is_number(text: &str) -> bool {
    let are_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    text.as_bytes().splitn(2, |byte| *byte == b'.').all(are_digits)
}

/// The number without its commas, if it is one and they group.
fn ungroup(text: &str) -> Option<String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped = match groups.as_slice() {
        [] | [_] => true,
        [first, middle @ .., last] => {
            let by = |size: usize| middle.iter().all(|group| group.len() == size);
            matches!(first.len(), 1..=3) && last.len() == 3 && (by(2) || by(3))
        }
    };
    let plain = text.replace(',', "");
    (grouped && !part.contains(',') && is_number(&plain)).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_in_every_spelling() {
        for (text, expected) in [
            ("123456.00", "123456.00"),
            ("1,23,456.00", "123456.00"),
            ("12,34,56,789.5", "123456789.5"),
            ("1,234,567.89", "1234567.89"),
            ("₹ 1,180/-", "1180"),
            ("Rs. 1,180.00", "1180.00"),
            ("Rs.1180", "1180"),
            ("INR 12.50", "12.50"),
            ("1180.00 INR", "1180.00"),
            ("(0.40)", "-0.40"),
            ("-0.40", "-0.40"),
            ("\u{2212}0.40", "-0.40"),
            ("- ₹0.40", "-0.40"),
            ("+0.60", "0.60"),
            ("18%", "18"),
            ("2.5", "2.5"),
            ("0.1", "0.1"),
            ("0000000001.10", "1.10"),
        ] {
            assert_eq!(amount(text), Some(expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_could_be_two_amounts_is_none() {
        for text in [
            "",
            "₹",
            "abc",
            "1234,56",
            "1.234,56",
            "1,23",
            "12,3456",
            "1 180",
            "1.2.3",
            "1,234.5,6",
            "1.",
            ".5",
            "1e3",
            "--1",
            "1180 only",
            "٣",
        ] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
