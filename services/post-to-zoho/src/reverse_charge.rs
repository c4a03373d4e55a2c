//! Reverse charge: the vendor charges no GST, and the buyer owes it to the state: pure.
//!
//! Zoho then wants each line's tax as another field, and needs to know its rate, which an invoice without tax need not
//! print. What is not printed is never guessed: a wrong rate would be a wrong tax return.

use crate::tax::Supply;
use contract::{Invoice, code, gst_state};
use engine::StageError;
use rust_decimal::Decimal;

/// Between or within states, if the invoice is under reverse charge; or why a person has to book it.
pub(crate) fn supply(invoice: &Invoice) -> Result<Option<Supply>, StageError> {
    if invoice.reverse_charge != Some(true) {
        return Ok(None);
    }
    let charged = invoice.cgst + invoice.sgst + invoice.igst + invoice.cess;
    if !charged.is_zero() {
        return Err(held("it charges GST all the same: ask the vendor, and correct reverse_charge or the taxes"));
    }
    if invoice.lines.iter().any(|line| line.tax_rate.is_none_or(|rate| rate <= Decimal::ZERO)) {
        return Err(held("a line has no rate of GST: enter it as tax_rate of the line, and replay"));
    }
    match (vendors_state(invoice), place_of_supply(invoice)) {
        (Some(from), Some(to)) if from == to => Ok(Some(Supply::IntraState)),
        (Some(_), Some(_)) => Ok(Some(Supply::InterState)),
        _ => Err(held("the vendor's state or the place of supply is not known: enter it, and replay")),
    }
}

/// By its GSTIN, or as printed: many who are under reverse charge have none.
fn vendors_state(invoice: &Invoice) -> Option<&'static str> {
    let printed = || invoice.vendor_state.as_deref().and_then(gst_state::of_supply);
    invoice.vendor_gstin.as_deref().and_then(gst_state::of_gstin).or_else(printed)
}

/// As printed, or else where the buyer is registered.
fn place_of_supply(invoice: &Invoice) -> Option<&'static str> {
    let registered = || invoice.buyer_gstin.as_deref().and_then(gst_state::of_gstin);
    invoice.place_of_supply.as_deref().and_then(gst_state::of_supply).or_else(registered)
}

fn held(why: &str) -> StageError {
    StageError::review(code::ZOHO_REVERSE_CHARGE, format!("the invoice is under reverse charge, but {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::tax::{self, tests::taxes};

    fn invoice() -> Invoice {
        let (cgst, sgst) = (Decimal::ZERO, Decimal::ZERO);
        Invoice { reverse_charge: Some(true), cgst, sgst, total: "1000".parse().unwrap(), ..fixture::invoice() }
    }

    fn ids(invoice: &Invoice) -> Vec<String> {
        let supply = supply(invoice).unwrap().unwrap();
        let assigned = tax::assign_reversed(&taxes(), invoice, supply, None).unwrap();
        assert!(assigned.iter().flatten().all(|tax| tax.is_reversed && tax.on(Decimal::ONE_HUNDRED).is_zero()));
        assigned.into_iter().flatten().map(|tax| tax.tax_id.to_string()).collect()
    }

    #[test]
    fn the_states_say_which_tax_the_buyer_owes() {
        let within = invoice();
        let across = Invoice { place_of_supply: Some("Kerala".to_owned()), ..invoice() };
        let unregistered = Invoice { vendor_gstin: None, vendor_state: Some("32-Kerala".to_owned()), ..invoice() };
        let by_buyer = Invoice { place_of_supply: None, buyer_gstin: Some("32AAKCV4827Q1ZO".to_owned()), ..invoice() };
        assert_eq!(ids(&within), ["g18", "g18"]);
        for invoice in [across, unregistered, by_buyer] {
            assert_eq!(ids(&invoice), ["i18", "i18"]);
        }
        assert_eq!(supply(&fixture::invoice()).unwrap(), None);
    }

    #[test]
    fn what_zoho_would_have_to_guess_is_for_a_person() {
        let mut without_rate = invoice();
        without_rate.lines[1].tax_rate = None;
        let mut at_zero = invoice();
        at_zero.lines[0].tax_rate = Some(Decimal::ZERO);
        let charged = Invoice { reverse_charge: Some(true), ..fixture::invoice() };
        let nowhere = Invoice { place_of_supply: None, ..invoice() };
        let from_abroad = Invoice { vendor_gstin: None, ..invoice() };
        for (invoice, word) in [
            (without_rate, "tax_rate"),
            (at_zero, "tax_rate"),
            (charged, "charges GST"),
            (nowhere, "place of supply"),
            (from_abroad, "vendor's state"),
        ] {
            let error = supply(&invoice).unwrap_err();
            assert_eq!(error.code, code::ZOHO_REVERSE_CHARGE);
            assert!(error.message.contains(word), "{}", error.message);
        }
    }
}
