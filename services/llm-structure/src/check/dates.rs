//! Whether the dates are possible.

use crate::finding::Finding;
use chrono::{Days, NaiveDate};
use contract::{Invoice, code};

/// Somewhere it is tomorrow already.
const AHEAD: Days = Days::new(1);
/// Input tax credit on an invoice that is not paid within this time is reversed.
const OLD: Days = Days::new(180);

pub(super) fn all(invoice: &Invoice, today: NaiveDate) -> Vec<Finding> {
    let issued = invoice.invoice_date;
    let mut findings = Vec::new();
    if issued > today + AHEAD {
        let message = "the invoice is dated in the future";
        findings.push(Finding::error(code::CHECK_DATE, "invoice_date", message).expected(&today).found(&issued));
    } else if issued < today - OLD {
        let message = "the invoice is more than 180 days old";
        findings.push(Finding::warning(code::CHECK_DATE, "invoice_date", message).found(&issued));
    }
    if let Some(due) = invoice.due_date.filter(|due| *due < issued) {
        let message = "the invoice is due before it was issued";
        findings.push(Finding::error(code::CHECK_DATE, "due_date", message).expected(&issued).found(&due));
    }
    findings
}
