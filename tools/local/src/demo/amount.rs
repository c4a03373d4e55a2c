//! Amounts, written by different hands.

use rust_decimal::Decimal;

/// Equal as numbers; what is not printed counts as zero.
pub(crate) fn same(one: &str, other: &str) -> bool {
    decimal(one).is_some_and(|one| Some(one) == decimal(other))
}

fn decimal(text: &str) -> Option<Decimal> {
    if text.is_empty() { Some(Decimal::ZERO) } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_compared_as_numbers_and_never_guessed() {
        assert!(same("1180.50", "1180.5"));
        assert!(same("", "0.00"));
        assert!(!same("1180.50", "1180.51"));
        assert!(!same("1,180", "1,180"));
    }
}
