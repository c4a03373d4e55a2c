//! Amounts as people in India and elsewhere write them: exact, never rounded, with their currency.

use rust_decimal::Decimal;

/// An amount with its currency: `₹1,45,678.00`, `USD 1,234.50`. At least two places are shown where the currency has them.
#[must_use]
pub fn amount(value: Decimal, currency: &str) -> String {
    let sign = if value.is_sign_negative() && !value.is_zero() { "−" } else { "" };
    let (whole, fraction) = digits(value, places(currency));
    if currency == "INR" {
        format!("{sign}₹{}{fraction}", grouped(&whole, 2))
    } else {
        format!("{sign}{currency}\u{a0}{}{fraction}", grouped(&whole, 3))
    }
}

/// What a language model was paid: `$0.0123`. Fractions of a cent count.
#[must_use]
pub fn dollars(value: Decimal) -> String {
    let (whole, fraction) = digits(value.normalize(), 2);
    format!("${}{fraction}", grouped(&whole, 3))
}

/// A count with its thousands apart, in the Indian way: `12,34,567`.
#[must_use]
pub fn count(value: u64) -> String {
    grouped(&value.to_string(), 2)
}

/// The digits before the point, and those behind it with the point.
fn digits(value: Decimal, places: u32) -> (String, String) {
    let mut value = value.abs();
    if value.scale() < places {
        value.rescale(places);
    }
    let text = value.to_string();
    match text.split_once('.') {
        Some((whole, fraction)) => (whole.to_owned(), format!(".{fraction}")),
        None => (text, String::new()),
    }
}

/// Groups digits by `step` above the last three, which stay together: 2 is the Indian way.
fn grouped(digits: &str, step: usize) -> String {
    let (head, tail) = digits.split_at(digits.len().saturating_sub(3));
    let first = head.len() % step;
    let mut groups: Vec<&str> = Vec::new();
    if first > 0 {
        groups.push(&head[..first]);
    }
    groups.extend((first..head.len()).step_by(step).map(|start| &head[start..start + step]));
    groups.push(tail);
    groups.join(",")
}

fn places(currency: &str) -> u32 {
    if matches!(currency, "JPY" | "KRW" | "VND" | "CLP") { 0 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rupees_are_grouped_the_indian_way_and_nothing_is_rounded() {
        let table = [
            ("145678", "INR", "₹1,45,678.00"),
            ("12345678.5", "INR", "₹1,23,45,678.50"),
            ("999", "INR", "₹999.00"),
            ("1000", "INR", "₹1,000.00"),
            ("-0.08", "INR", "−₹0.08"),
            ("1.005", "INR", "₹1.005"),
            ("1234567.5", "USD", "USD\u{a0}1,234,567.50"),
            ("1234567", "JPY", "JPY\u{a0}1,234,567"),
            ("0", "INR", "₹0.00"),
        ];
        for (value, currency, shown) in table {
            assert_eq!(amount(value.parse().unwrap(), currency), shown);
        }
    }

    #[test]
    fn what_a_model_was_paid_keeps_its_fractions_of_a_cent() {
        assert_eq!(dollars("0.012300".parse().unwrap()), "$0.0123");
        assert_eq!(dollars("1234".parse().unwrap()), "$1,234.00");
        assert_eq!(count(1_234_567), "12,34,567");
    }
}
