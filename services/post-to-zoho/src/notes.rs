//! What a bill says of its invoice that no other field can hold: pure.

use contract::{Discount, Invoice, Line};

/// In characters, of each value: Zoho documents no limit for notes, and its shortest one is a hundred.
const MAX_VALUE: usize = 99;

/// The bill's notes, a line each; `None` if there is nothing to say.
pub(crate) fn of(invoice: &Invoice) -> Option<String> {
    let value = |text: &Option<String>| {
        let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
        Some(text.chars().take(MAX_VALUE).collect::<String>())
    };
    let tds = (!invoice.tds.is_zero()).then(|| {
        format!(
            "The invoice prints tax deducted at source of {}: it is not taken off here, see to it in the payment",
            invoice.tds
        )
    });
    let lines = [
        value(&invoice.purchase_order).map(|number| format!("Purchase order: {number}")),
        value(&invoice.irn).map(|irn| format!("IRN: {irn}")),
        tds,
    ];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What a line's description says of its discount, which its amount is less and Zoho has no documented field for.
pub(crate) fn of_discount(line: &Line) -> String {
    let less = match line.discount {
        None => return String::new(),
        Some(Discount::Percent(percent)) => format!("less {} %", percent.normalize()),
        Some(Discount::Amount(amount)) => format!("less {amount}"),
    };
    match line.quantity.zip(line.rate) {
        Some((quantity, rate)) => format!(" ({} × {}, {less})", quantity.normalize(), rate.normalize()),
        None => format!(" ({less})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_order_the_irn_and_tax_to_be_withheld_are_noted() {
        let mut invoice = fixture::invoice();
        assert_eq!(of(&invoice), None);
        invoice.purchase_order = Some(" PO/2025/77 ".to_owned());
        invoice.irn = Some("ab".repeat(32));
        invoice.tds = "100.00".parse().unwrap();
        let notes = of(&invoice).unwrap();
        let lines: Vec<&str> = notes.lines().collect();
        assert_eq!(lines[..2], ["Purchase order: PO/2025/77".to_owned(), format!("IRN: {}", "ab".repeat(32))]);
        assert!(lines[2].contains("100.00"));
    }

    #[test]
    fn a_lines_discount_is_told_with_what_it_was_taken_from() {
        let mut line = fixture::line("A4 paper", "5", "150", "675");
        assert_eq!(of_discount(&line), "");
        line.discount = Some(Discount::Percent("10.00".parse().unwrap()));
        assert_eq!(of_discount(&line), " (5 × 150, less 10 %)");
        line.discount = Some(Discount::Amount("75.00".parse().unwrap()));
        line.rate = None;
        assert_eq!(of_discount(&line), " (less 75.00)");
    }

    #[test]
    fn a_value_without_end_does_not_lose_the_bill() {
        let invoice = contract::Invoice { purchase_order: Some("ಕ".repeat(500)), ..fixture::invoice() };
        assert_eq!(of(&invoice).unwrap().chars().count(), "Purchase order: ".len() + MAX_VALUE);
    }
}
