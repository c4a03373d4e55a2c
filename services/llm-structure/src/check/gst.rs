//! What GST law says about an invoice of an Indian vendor: which taxes between which states, which rates, which numbers.
//! Sources: IGST Act 2017 s. 7 and 8 (split), CGST Rules r. 46 (number, HSN), the rate notifications up to 22 September 2025.

use crate::finding::Finding;
use contract::{Invoice, code, gst_state};
use rust_decimal::Decimal;

/// In hundredths of a percent: all that were in force since 2017, as old invoices come late.
const RATES: [i128; 14] = [0, 10, 25, 100, 150, 250, 300, 500, 600, 750, 1200, 1800, 2800, 4000];

/// The longest invoice number that r. 46(b) allows.
const NUMBER_LENGTH: usize = 16;

pub(super) fn all(invoice: &Invoice) -> Vec<Finding> {
    let Some(vendor) = invoice.vendor_gstin.as_deref().and_then(gst_state::of_gstin) else { return Vec::new() };
    [
        taxes_fit_the_states(invoice, vendor),
        rates_are_known(invoice),
        number_has_its_shape(invoice),
        hsn_has_its_length(invoice),
    ]
    .concat()
}

/// CGST and SGST where the place of supply is the vendor's state, IGST elsewhere. IGST inside a state is charged to special
/// economic zones, so it is only odd; and a printed place counts more than where the buyer is registered.
fn taxes_fit_the_states(invoice: &Invoice, vendor: &str) -> Vec<Finding> {
    let printed = invoice.place_of_supply.as_deref().and_then(gst_state::of_supply);
    let registered = invoice.buyer_gstin.as_deref().and_then(gst_state::of_gstin);
    let Some(place) = printed.or(registered) else { return Vec::new() };
    let (within, between) = (!(invoice.cgst + invoice.sgst).is_zero(), !invoice.igst.is_zero());
    let finding = |make: fn(_, &'static str, &'static str) -> Finding, field, message| {
        vec![make(code::CHECK_TAX_SPLIT, field, message).expected(&vendor).found(&place)]
    };
    if place != vendor && within && printed.is_some() {
        finding(Finding::error, "cgst", "CGST and SGST are charged, but the place of supply is another state")
    } else if place != vendor && within {
        finding(Finding::warning, "cgst", "CGST and SGST are charged, but the buyer is registered in another state")
    } else if place == vendor && between {
        finding(Finding::warning, "igst", "IGST is charged inside the vendor's state: is it a special economic zone?")
    } else {
        Vec::new()
    }
}

fn rates_are_known(invoice: &Invoice) -> Vec<Finding> {
    let is_known = |rate: Decimal| {
        let hundredths = (rate * Decimal::ONE_HUNDRED).normalize();
        hundredths.scale() == 0 && RATES.contains(&hundredths.mantissa())
    };
    let message = "there is no such GST rate";
    let rates = invoice.lines.iter().enumerate().filter_map(|(index, line)| Some((index, line.tax_rate?)));
    let unknown = rates.filter(|(_, rate)| !is_known(*rate));
    unknown
        .map(|(index, rate)| {
            Finding::error(code::CHECK_TAX_RATE, format!("lines[{index}].tax_rate"), message).found(&rate)
        })
        .collect()
}

fn number_has_its_shape(invoice: &Invoice) -> Vec<Finding> {
    let number = invoice.invoice_number.as_str();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/');
    if number.len() <= NUMBER_LENGTH && number.bytes().all(allowed) {
        return Vec::new();
    }
    let message = "GST allows 16 letters, digits, hyphens and slashes";
    vec![Finding::warning(code::CHECK_NUMBER_SHAPE, "invoice_number", message).found(&number)]
}

fn hsn_has_its_length(invoice: &Invoice) -> Vec<Finding> {
    let is_code = |code: &str| matches!(code.len(), 4 | 6 | 8) && code.bytes().all(|byte| byte.is_ascii_digit());
    let message = "an HSN or SAC has 4, 6 or 8 digits";
    let codes = invoice.lines.iter().enumerate().filter_map(|(index, line)| Some((index, line.hsn_sac.as_deref()?)));
    let odd = codes.filter(|(_, code)| !is_code(code));
    odd.map(|(index, code)| {
        Finding::warning(code::CHECK_NUMBER_SHAPE, format!("lines[{index}].hsn_sac"), message).found(&code)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::example::{self, decimal};
    use crate::finding::Severity::{self, Error, Warning};

    fn found(change: impl FnOnce(&mut Invoice)) -> Vec<(String, Severity)> {
        let mut invoice = example::invoice();
        change(&mut invoice);
        all(&invoice).into_iter().map(|finding| (finding.code().to_owned(), finding.severity)).collect()
    }

    #[test]
    fn taxes_must_fit_the_states() {
        let split = |severity| vec![("check.tax_split".to_owned(), severity)];
        assert_eq!(found(|invoice| invoice.place_of_supply = Some("Karnataka (29)".into())), []);
        assert_eq!(found(|invoice| invoice.place_of_supply = Some("Kerala".into())), split(Error));
        assert_eq!(found(|invoice| invoice.buyer_gstin = Some(example::gstin("32AAACB0000B1Z"))), split(Warning));
        let to_a_zone = |invoice: &mut Invoice| {
            (invoice.cgst, invoice.sgst, invoice.igst) = (decimal("0"), decimal("0"), decimal("22222.08"));
            invoice.place_of_supply = Some("29".into());
        };
        assert_eq!(found(to_a_zone), split(Warning));
        let abroad = |invoice: &mut Invoice| {
            invoice.vendor_gstin = None;
            invoice.place_of_supply = Some("Kerala".into());
        };
        assert_eq!(found(abroad), []);
    }

    #[test]
    fn rates_and_numbers_are_those_of_the_law() {
        assert_eq!(
            found(|invoice| invoice.lines[0].tax_rate = Some(decimal("17"))),
            [("check.tax_rate".into(), Error)]
        );
        assert_eq!(found(|invoice| invoice.lines[0].tax_rate = Some(decimal("40.00"))), []);
        assert_eq!(
            found(|invoice| invoice.invoice_number = "KK/2026/0000000017".into()),
            [("check.number_shape".into(), Warning)]
        );
        assert_eq!(
            found(|invoice| invoice.lines[0].hsn_sac = Some("85 44".into())),
            [("check.number_shape".into(), Warning)]
        );
    }
}
