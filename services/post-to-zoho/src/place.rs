//! Indian states as Zoho Books writes them: two letters.
//!
//! A state whose letters are not certain is left out, and Zoho then takes the place from the vendor or from the
//! organisation. A wrong one would be refused, or make an inter-state supply of an intra-state one.

use crate::tax::Supply;
use contract::{Invoice, gst_state};

/// GST state code and Zoho's letters.
const LETTERS: [(&str, &str); 31] = [
    ("01", "JK"),
    ("02", "HP"),
    ("03", "PB"),
    ("04", "CH"),
    ("06", "HR"),
    ("07", "DL"),
    ("08", "RJ"),
    ("09", "UP"),
    ("10", "BR"),
    ("11", "SK"),
    ("12", "AR"),
    ("13", "NL"),
    ("14", "MN"),
    ("15", "MZ"),
    ("16", "TR"),
    ("17", "ML"),
    ("18", "AS"),
    ("19", "WB"),
    ("20", "JH"),
    ("23", "MP"),
    ("24", "GJ"),
    ("27", "MH"),
    ("29", "KA"),
    ("30", "GA"),
    ("31", "LD"),
    ("32", "KL"),
    ("33", "TN"),
    ("34", "PY"),
    ("35", "AN"),
    ("37", "AP"),
    ("38", "LA"),
];

/// The state that a GSTIN was given in.
pub(crate) fn of_gstin(gstin: &str) -> Option<&'static str> {
    letters(gst_state::of_gstin(gstin)?)
}

/// A place of supply as invoices print it.
pub(crate) fn of_supply(printed: &str) -> Option<&'static str> {
    letters(gst_state::of_supply(printed)?)
}

/// From where to where an invoice's goods and services go, if both are certain: as printed, or else to where the buyer is
/// registered, as far as the charged tax does not say otherwise.
pub(crate) fn of_trade(invoice: &Invoice) -> Option<(&'static str, &'static str)> {
    let source = invoice.vendor_gstin.as_deref().and_then(of_gstin)?;
    if let Some(printed) = invoice.place_of_supply.as_deref() {
        return Some((source, of_supply(printed)?));
    }
    let registered = invoice.buyer_gstin.as_deref().and_then(of_gstin)?;
    let fits = match Supply::of(invoice) {
        Supply::IntraState => source == registered,
        Supply::InterState => source != registered,
        Supply::Untaxed => false,
    };
    fits.then_some((source, registered))
}

fn letters(code: &str) -> Option<&'static str> {
    LETTERS.iter().find(|(own, _)| *own == code).map(|(_, letters)| *letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_place_is_printed_it_is_the_buyers_unless_the_tax_says_otherwise() {
        let to = |printed: Option<&str>, buyer: &str| {
            of_trade(&Invoice {
                place_of_supply: printed.map(str::to_owned),
                buyer_gstin: Some(buyer.to_owned()),
                ..crate::fixture::invoice()
            })
        };
        let (karnataka, kerala) = ("29AAKCV4827Q1ZB", "32AAKCV4827Q1ZO");
        assert_eq!(to(None, karnataka), Some(("KA", "KA")));
        assert_eq!(to(None, kerala), None, "CGST and SGST are charged");
        assert_eq!(to(Some("Kerala"), karnataka), Some(("KA", "KL")));
        assert_eq!(to(Some("Telangana"), karnataka), None);
    }

    #[test]
    fn only_states_whose_letters_are_certain_are_sent() {
        assert_eq!((of_supply("Karnataka (29)"), of_gstin("29AAKCV4827Q1ZB")), (Some("KA"), Some("KA")));
        assert_eq!((of_supply("Telangana"), of_gstin("36AAKCV4827Q1ZB")), (None, None));
    }
}
