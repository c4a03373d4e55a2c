//! A purchase voucher, and a vendor's ledger, as Tally imports them: pure.
//!
//! Sources: Tally Solutions' developer reference, "Integration using XML" (help.tallysolutions.com/xml-integration) and "Case
//! Study I: XML Request and Response Formats" (help.tallysolutions.com/case-study-1) for the envelope; its "Sample XML" and
//! what TallyPrime itself exports for the elements of a voucher: a debit has a negative amount and `ISDEEMEDPOSITIVE` Yes. That
//! an import with a known `REMOTEID` changes the voucher and makes no second one is told by those who rely on it
//! (github.com/Accounting-Companion/TallyConnector/issues/4), not by Tally's own pages. Unconfirmed: whether `PLACEOFSUPPLY` and
//! `BILLCREDITPERIOD` are taken over by every release; how long a `REMOTEID` may be, which is why ours has the length of Tally's own.

use super::entries::{Entries, Entry};
use super::request::financial_year;
use super::xml::{Xml, clean};
use crate::ledger::Vendor;
use contract::{Invoice, InvoiceId, gst_state};
use rust_decimal::Decimal;

/// Of a narration, in characters.
const MAX_NARRATION: usize = 500;
/// How an invoice with lines of ledgers, not of stock, is kept.
const VIEW: &str = "Invoice Voucher View";

/// All that a voucher says.
#[derive(Debug)]
pub(crate) struct Voucher<'a> {
    pub(crate) id: &'a InvoiceId,
    pub(crate) invoice: &'a Invoice,
    pub(crate) vendor: &'a Vendor,
    pub(crate) entries: &'a Entries,
    /// The voucher's type.
    pub(crate) kind: &'a str,
}

/// What Tally knows a voucher by. Tally does not tell capitals from small letters, ids of ours do: hence the hash.
pub(crate) fn remote_id(id: &InvoiceId) -> String {
    let fingerprint = id.fingerprint();
    format!("inv-{fingerprint:032x}")
}

/// How the narration of an invoice's voucher begins.
pub(crate) fn marker(id: &InvoiceId) -> String {
    format!("[{id}]")
}

/// An import of one voucher.
pub(crate) fn import(company: &str, voucher: &Voucher<'_>) -> String {
    envelope("Vouchers", company, |_| {}, |xml| write(xml, voucher))
}

/// An import of one vendor's ledger, which changes none that is there.
pub(crate) fn import_vendor(company: &str, group: &str, invoice: &Invoice) -> String {
    let name = clean(&invoice.vendor_name);
    let ignore = |xml: &mut Xml| xml.text("IMPORTDUPS", "@@DUPIGNORE");
    envelope("All Masters", company, ignore, |xml| {
        xml.element("LEDGER", &[("NAME", &name), ("ACTION", "Create")], |xml| {
            xml.text("NAME", &name);
            xml.text("PARENT", group);
            xml.text("ISBILLWISEON", "Yes");
            xml.text("COUNTRYOFRESIDENCE", "India");
            if let Some(gstin) = invoice.vendor_gstin.as_deref() {
                registration(xml, gstin, &financial_year(invoice.invoice_date).0);
            }
        });
    })
}

/// Since TallyPrime 3 in a list with a beginning, before that with the ledger itself: each release passes over the other.
fn registration(xml: &mut Xml, gstin: &str, from: &str) {
    let state = state_of(gstin);
    xml.some("LEDSTATENAME", state.as_deref());
    xml.text("GSTREGISTRATIONTYPE", "Regular");
    xml.text("PARTYGSTIN", gstin);
    xml.element("LEDGSTREGDETAILS.LIST", &[], |xml| {
        xml.text("APPLICABLEFROM", from);
        xml.text("GSTREGISTRATIONTYPE", "Regular");
        xml.some("PLACEOFSUPPLY", state.as_deref());
        xml.text("GSTIN", gstin);
    });
}

fn envelope(id: &str, company: &str, settings: impl FnOnce(&mut Xml), message: impl FnOnce(&mut Xml)) -> String {
    let mut xml = Xml::new();
    xml.element("ENVELOPE", &[], |xml| {
        xml.element("HEADER", &[], |xml| {
            xml.text("VERSION", "1");
            xml.text("TALLYREQUEST", "Import");
            xml.text("TYPE", "Data");
            xml.text("ID", id);
        });
        xml.element("BODY", &[], |xml| {
            xml.element("DESC", &[], |xml| {
                xml.element("STATICVARIABLES", &[], |xml| {
                    xml.text("SVCURRENTCOMPANY", company);
                    settings(xml);
                });
            });
            xml.element("DATA", &[], |xml| xml.element("TALLYMESSAGE", &[("xmlns:UDF", "TallyUDF")], message));
        });
    });
    xml.into_text()
}

fn write(xml: &mut Xml, voucher: &Voucher<'_>) {
    let Voucher { id, invoice, vendor, entries, kind } = voucher;
    let (remote_id, date) = (remote_id(id), invoice.invoice_date.format("%Y%m%d").to_string());
    let attributes = [("REMOTEID", remote_id.as_str()), ("VCHTYPE", kind), ("ACTION", "Create"), ("OBJVIEW", VIEW)];
    xml.element("VOUCHER", &attributes, |xml| {
        xml.text("DATE", &date);
        xml.text("EFFECTIVEDATE", &date);
        xml.text("REFERENCEDATE", &date);
        xml.text("VOUCHERTYPENAME", kind);
        xml.text("REFERENCE", &invoice.invoice_number);
        xml.text("NARRATION", &narration(id, invoice));
        xml.text("PARTYLEDGERNAME", &vendor.id);
        xml.text("PARTYNAME", &vendor.id);
        xml.some("PARTYGSTIN", invoice.vendor_gstin.as_deref());
        xml.some("STATENAME", invoice.vendor_gstin.as_deref().and_then(state_of).as_deref());
        let supply = invoice.place_of_supply.as_deref().and_then(gst_state::of_supply);
        xml.some("PLACEOFSUPPLY", supply.and_then(state).as_deref());
        xml.text("COUNTRYOFRESIDENCE", "India");
        xml.text("PERSISTEDVIEW", VIEW);
        xml.text("VCHENTRYMODE", "Accounting Invoice");
        xml.text("ISINVOICE", "Yes");
        let credit = Entry { ledger: vendor.id.clone(), debit: -entries.total };
        entry(xml, &credit, Some(invoice));
        entries.debits.iter().for_each(|debit| entry(xml, debit, None));
    });
}

/// `bill` on the vendor's entry: what is to be paid, by the vendor's own number.
fn entry(xml: &mut Xml, entry: &Entry, bill: Option<&Invoice>) {
    let amount = amount(-entry.debit);
    xml.element("LEDGERENTRIES.LIST", &[], |xml| {
        xml.text("LEDGERNAME", &entry.ledger);
        xml.text("ISDEEMEDPOSITIVE", if entry.debit > Decimal::ZERO { "Yes" } else { "No" });
        xml.text("ISPARTYLEDGER", if bill.is_some() { "Yes" } else { "No" });
        xml.text("AMOUNT", &amount);
        if let Some(invoice) = bill {
            xml.element("BILLALLOCATIONS.LIST", &[], |xml| {
                xml.text("NAME", &invoice.invoice_number);
                xml.text("BILLTYPE", "New Ref");
                let days = invoice.due_date.map(|due| (due - invoice.invoice_date).num_days());
                xml.some(
                    "BILLCREDITPERIOD",
                    days.filter(|days| *days > 0).map(|days| format!("{days} Days")).as_deref(),
                );
                xml.text("AMOUNT", &amount);
            });
        }
    });
}

/// With two places, as Tally writes them.
fn amount(amount: Decimal) -> String {
    format!("{amount:.2}")
}

/// Ours first: nothing that is printed can pass for it.
fn narration(id: &InvoiceId, invoice: &Invoice) -> String {
    let lines: Vec<String> = invoice.lines.iter().map(|line| clean(&line.description)).collect();
    format!("{} {}", marker(id), lines.join("; ")).chars().take(MAX_NARRATION).collect()
}

fn state_of(gstin: &str) -> Option<String> {
    state(gst_state::of_gstin(gstin)?)
}

/// A state as Tally writes it. Of those whose names are joined by "and" that is not certain: Tally takes the vendor's own.
fn state(code: &str) -> Option<String> {
    let name = gst_state::name(code).filter(|name| !name.contains(" and "))?;
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    Some(name.split(' ').filter_map(word).collect::<Vec<_>>().join(" "))
}
