//! Printing amounts: plain for the truth, grouped for paper.

use rust_decimal::Decimal;

/// Two decimals, no grouping: `-123456.00`.
pub(crate) fn plain(amount: Decimal) -> String {
    format!("{amount:.2}")
}

/// Lakhs and crores: `1,23,456.00`.
pub(crate) fn indian(amount: Decimal) -> String {
    grouped(amount, 2)
}

/// Thousands: `123,456.00`.
pub(crate) fn western(amount: Decimal) -> String {
    grouped(amount, 3)
}

/// No paise and a closing stroke, as on hand-made bills: `1,23,456/-`. The amount must be whole.
pub(crate) fn stroke(amount: Decimal) -> String {
    indian(amount).replace(".00", "/-")
}

/// The last three digits stand together, those before them in groups of `size`.
fn grouped(amount: Decimal, size: usize) -> String {
    let text = plain(amount.abs());
    let (whole, paise) = text.split_at(text.len() - 3);
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        let left = whole.len() - at;
        if at > 0 && (left == 3 || left > 3 && (left - 3).is_multiple_of(size)) {
            out.push(',');
        }
        out.push(digit);
    }
    let sign = if amount.is_sign_negative() { "-" } else { "" };
    format!("{sign}{out}{paise}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_as_their_country_does() {
        let amount = Decimal::new(1_234_567_890, 2);
        assert_eq!(indian(amount), "1,23,45,678.90");
        assert_eq!(western(amount), "12,345,678.90");
        assert_eq!(indian(Decimal::new(-50, 2)), "-0.50");
        assert_eq!(stroke(Decimal::new(12_345_600, 2)), "1,23,456/-");
    }
}
