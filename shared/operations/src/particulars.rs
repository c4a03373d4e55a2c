//! By what a person knows an invoice again: who wants how much, under which number; pure.

use contract::Bill;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// As the invoice prints them or, once there is a bill, as the books have them.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Particulars {
    /// The vendor's name.
    pub vendor: Option<String>,
    pub invoice_number: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// In `currency`, as text.
    pub total: Option<Decimal>,
}

/// As much of what a stage was given or had made as says something: an invoice, or what has one in it.
#[derive(Deserialize)]
struct Reading {
    #[serde(default)]
    vendor_name: Value,
    #[serde(default)]
    invoice_number: Value,
    #[serde(default)]
    currency: Value,
    #[serde(default)]
    total: Value,
    #[serde(default)]
    invoice: Option<Box<Self>>,
}

impl Particulars {
    /// Those that a stage's input or candidate names; `None` if it names none.
    #[must_use]
    pub fn printed_in(value: &RawValue) -> Option<Self> {
        Self::of_reading(serde_json::from_str(value.get()).ok()?)
    }

    /// What the bill has, and what the invoice prints where it has nothing.
    #[must_use]
    pub fn with_bill(self, bill: Option<&Bill>) -> Self {
        let Some(bill) = bill else { return self };
        let named = |text: &str, printed| if text.is_empty() { printed } else { Some(text.to_owned()) };
        Self {
            vendor: named(&bill.vendor_name, self.vendor),
            invoice_number: named(&bill.bill_number, self.invoice_number),
            currency: named(&bill.currency, self.currency),
            total: Some(bill.total),
        }
    }

    fn of_reading(reading: Reading) -> Option<Self> {
        let found = Self {
            vendor: text(reading.vendor_name),
            invoice_number: text(reading.invoice_number),
            currency: text(reading.currency),
            total: text(reading.total).and_then(|total| total.parse().ok()),
        };
        if found == Self::default() { Self::of_reading(*reading.invoice?) } else { Some(found) }
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(json: &str) -> Option<Particulars> {
        Particulars::printed_in(&RawValue::from_string(json.to_owned()).unwrap())
    }

    fn acme(total: Option<&str>) -> Particulars {
        Particulars {
            vendor: Some("Acme".to_owned()),
            invoice_number: Some("A/1".to_owned()),
            currency: Some("INR".to_owned()),
            total: total.map(|total| total.parse().unwrap()),
        }
    }

    #[test]
    fn they_are_found_in_an_invoice_and_in_what_has_one_in_it() {
        let invoice = r#"{"vendor_name":"Acme","invoice_number":"A/1","currency":"INR","total":"118.00","lines":[]}"#;
        assert_eq!(printed(invoice), Some(acme(Some("118.00"))));
        assert_eq!(printed(&format!(r#"{{"invoice":{invoice}}}"#)), Some(acme(Some("118.00"))));
    }

    #[test]
    fn what_is_no_text_or_no_amount_is_left_out() {
        let odd = r#"{"vendor_name":"Acme","invoice_number":"A/1","currency":"INR","total":"much"}"#;
        assert_eq!(printed(odd), Some(acme(None)));
        for nothing in [r#"{"vendor_name":7,"total":1}"#, r#"{"invoice":null}"#, r#"{"text":"…"}"#, "[]", "3"] {
            assert_eq!(printed(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn what_the_books_have_goes_before_what_is_printed() {
        let bill =
            r#"{"bill_id":"9","bill_number":"A-1","vendor_id":"7","vendor_name":"","currency":"EUR","total":"5"}"#;
        let bill: Bill = serde_json::from_str(bill).unwrap();
        let both = acme(Some("118.00")).with_bill(Some(&bill));
        assert_eq!((both.vendor.as_deref(), both.invoice_number.as_deref()), (Some("Acme"), Some("A-1")));
        assert_eq!((both.currency.as_deref(), both.total), (Some("EUR"), Some(Decimal::from(5))));
        assert_eq!(acme(None).with_bill(None), acme(None));
    }
}
