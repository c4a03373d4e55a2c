//! Whether vouchers that Tally has are the one that was to be made: pure. Tally's filter is only a first choice.

use super::answer::Object;
use super::voucher::{marker, remote_id};
use super::xml::clean;
use crate::tax::paise;
use contract::{Invoice, InvoiceId, code};
use engine::StageError;
use rust_decimal::Decimal;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Evidence<'a> {
    printed_total: Decimal,
    vouchers: Vec<&'a Object>,
}

/// The voucher's number in Tally's own count, if the invoice has one that is as it should be.
pub(crate) fn own(vouchers: &[Object], id: &InvoiceId, invoice: &Invoice) -> Result<Option<String>, StageError> {
    let marker = marker(id);
    let ours = |voucher: &&Object| voucher.get("NARRATION").is_some_and(|said| said.starts_with(&marker));
    let Some(voucher) = vouchers.iter().find(ours) else { return Ok(None) };
    let number = voucher.get("MASTERID").map_or_else(|| remote_id(id), str::to_owned);
    if is_cancelled(voucher) {
        return Err(review(
            code::TALLY_TOTAL_DIFFERS,
            "the invoice's voucher was cancelled in Tally",
            invoice,
            vec![voucher],
        ));
    }
    if total(voucher) != Some(paise(invoice.total)) {
        let message = "the invoice's voucher in Tally has another total than the invoice: correct it there";
        return Err(review(code::TALLY_TOTAL_DIFFERS, message, invoice, vec![voucher]));
    }
    Ok(Some(number))
}

/// Refuses an invoice whose number the vendor has a voucher for already, which is not ours.
pub(crate) fn refuse_taken(vouchers: &[Object], invoice: &Invoice, ledger: &str, kind: &str) -> Result<(), StageError> {
    let same =
        |field: Option<&str>, value: &str| field.is_some_and(|field| clean(field).eq_ignore_ascii_case(&clean(value)));
    let is_taken = |voucher: &&Object| {
        same(voucher.get("REFERENCE"), &invoice.invoice_number)
            && same(voucher.get("PARTYLEDGERNAME"), ledger)
            && same(voucher.get("VOUCHERTYPENAME"), kind)
            && !is_cancelled(voucher)
    };
    let taken: Vec<&Object> = vouchers.iter().filter(is_taken).collect();
    if taken.is_empty() {
        return Ok(());
    }
    let message = if taken.iter().any(|voucher| total(voucher) == Some(paise(invoice.total))) {
        "the vendor has a voucher of this number and total in Tally already"
    } else {
        "the vendor has a voucher of this number in Tally, with another total"
    };
    Err(review(code::TALLY_NUMBER_TAKEN, message, invoice, taken))
}

/// Without its sign, which says on which side it stands.
fn total(voucher: &Object) -> Option<Decimal> {
    let digits: String = voucher.get("AMOUNT")?.chars().filter(|character| !matches!(character, ',' | ' ')).collect();
    digits.parse::<Decimal>().ok().map(|amount| amount.abs())
}

fn is_cancelled(voucher: &Object) -> bool {
    voucher.get("ISCANCELLED").is_some_and(|said| said.eq_ignore_ascii_case("yes"))
}

fn review(code: contract::Code, message: &str, invoice: &Invoice, vouchers: Vec<&Object>) -> StageError {
    let evidence = Evidence { printed_total: invoice.total, vouchers };
    StageError::review(code, message).with_candidate(invoice).with_evidence(&evidence)
}
