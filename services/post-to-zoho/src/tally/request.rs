//! What Tally is asked for: pure.
//!
//! A collection that is defined in the request, as in "Case Study I" of Tally's developer reference. A filter is a formula of
//! Tally's language, and a quotation mark would end its text: only ids of ours and numbers of plain characters get there.

use super::voucher::marker;
use super::xml::Xml;
use chrono::{Datelike, NaiveDate};
use contract::{Invoice, InvoiceId};

/// The vouchers that may be the invoice's: those that name its id, and those with its number, in its financial year.
pub(crate) fn vouchers(company: &str, id: &InvoiceId, invoice: &Invoice) -> String {
    let mut formula = format!("$Narration CONTAINS \"{}\"", marker(id));
    if is_plain(&invoice.invoice_number) {
        formula = format!("({formula}) OR ($Reference = \"{}\")", invoice.invoice_number);
    }
    let (from, to) = financial_year(invoice.invoice_date);
    let period = |xml: &mut Xml| {
        xml.typed("SVFROMDATE", &[("TYPE", "Date")], &from);
        xml.typed("SVTODATE", &[("TYPE", "Date")], &to);
    };
    collection(company, "InvoicesVouchers", period, |xml| {
        xml.element("COLLECTION", &[("NAME", "InvoicesVouchers"), ("ISMODIFY", "No")], |xml| {
            xml.text("TYPE", "Voucher");
            xml.text(
                "FETCH",
                "MasterID, Date, VoucherTypeName, VoucherNumber, Reference, PartyLedgerName, Narration, Amount, IsCancelled",
            );
            xml.text("FILTERS", "InvoicesFilter");
        });
        xml.typed("SYSTEM", &[("TYPE", "Formulae"), ("NAME", "InvoicesFilter")], &formula);
    })
}

/// All ledgers of creditors.
pub(crate) fn vendors(company: &str) -> String {
    collection(
        company,
        "InvoicesVendors",
        |_| {},
        |xml| {
            xml.element("COLLECTION", &[("NAME", "InvoicesVendors"), ("ISMODIFY", "No")], |xml| {
                xml.text("TYPE", "Ledger");
                xml.text("CHILDOF", "$$GroupSundryCreditors");
                xml.text("BELONGSTO", "Yes");
                xml.text("FETCH", "Name, Parent, MailingName, PartyGSTIN, LEDGSTREGDETAILS.*");
            });
        },
    )
}

fn collection(company: &str, name: &str, period: impl FnOnce(&mut Xml), definition: impl FnOnce(&mut Xml)) -> String {
    let mut xml = Xml::new();
    xml.element("ENVELOPE", &[], |xml| {
        xml.element("HEADER", &[], |xml| {
            xml.text("VERSION", "1");
            xml.text("TALLYREQUEST", "Export");
            xml.text("TYPE", "Collection");
            xml.text("ID", name);
        });
        xml.element("BODY", &[], |xml| {
            xml.element("DESC", &[], |xml| {
                xml.element("STATICVARIABLES", &[], |xml| {
                    xml.text("SVCURRENTCOMPANY", company);
                    xml.text("SVEXPORTFORMAT", "$$SysName:XML");
                    period(xml);
                });
                xml.element("TDL", &[], |xml| xml.element("TDLMESSAGE", &[], definition));
            });
        });
    });
    xml.into_text()
}

fn is_plain(number: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_' | b' ');
    (1..=64).contains(&number.len()) && number.bytes().all(plain)
}

/// India's first and last day of the year in which the day is: 1 April to 31 March.
pub(crate) fn financial_year(day: NaiveDate) -> (String, String) {
    let first = if day.month() < 4 { day.year() - 1 } else { day.year() };
    (format!("{first}0401"), format!("{}0331", first + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_number_that_could_end_the_formulas_text_is_not_asked_for() {
        let asked = |number: &str| {
            let invoice = Invoice { invoice_number: number.to_owned(), ..fixture::invoice() };
            vouchers("Acme", &"inv-42".parse().unwrap(), &invoice)
        };
        assert!(asked("VPM/25-26/0042").contains("OR ($Reference = &quot;VPM/25-26/0042&quot;)"));
        for number in ["\" OR $$Something OR \"", "a\"", "é", "", "##Var", "@@Formula", "$Name"] {
            assert!(!asked(number).contains("$Reference"), "{number}");
        }
    }

    #[test]
    fn vouchers_are_looked_for_in_the_financial_year() {
        let year = |day: &str| financial_year(day.parse().unwrap());
        assert_eq!(year("2025-11-03"), ("20250401".to_owned(), "20260331".to_owned()));
        assert_eq!(year("2026-03-31"), ("20250401".to_owned(), "20260331".to_owned()));
        assert_eq!(year("2026-04-01").0, "20260401");
    }
}
