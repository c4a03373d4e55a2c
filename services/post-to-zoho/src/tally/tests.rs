use super::*;
use crate::fixture;
use contract::Invoice;
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;
use rust_decimal::Decimal;

pub(crate) fn settings() -> settings::Tally {
    settings::Tally {
        url: String::new(),
        folder: "/vouchers".to_owned(),
        company: "Acme Pvt Ltd".to_owned(),
        voucher_type: "Purchase".to_owned(),
        purchase_ledger: "Purchase".to_owned(),
        account_rules: Vec::new(),
        cgst_ledger: "Input CGST".to_owned(),
        sgst_ledger: "Input SGST".to_owned(),
        igst_ledger: "Input IGST".to_owned(),
        cess_ledger: "Input Cess".to_owned(),
        tcs_ledger: "TCS Receivable".to_owned(),
        round_off_ledger: "Round Off".to_owned(),
        vendor_aliases: Vec::new(),
        create_vendors: true,
        vendor_group: "Sundry Creditors".to_owned(),
        timeout_ms: 1000,
    }
}

fn written(invoice: &Invoice) -> String {
    let id = "inv-42".parse().unwrap();
    let vendor = Vendor { id: invoice.vendor_name.clone(), found_by: "name" };
    let entries = Chart::new(&settings()).entries(invoice, None).unwrap();
    voucher::import("Acme", &Voucher { id: &id, invoice, vendor: &vendor, entries: &entries, kind: "Purchase" })
}

/// The tags of a document, and the texts of one of them.
fn read(xml: &str, wanted: &str) -> (Vec<String>, Vec<String>) {
    let (mut tags, mut texts, mut text) = (Vec::new(), Vec::new(), String::new());
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                tags.push(String::from_utf8(start.name().as_ref().to_vec()).unwrap());
                text.clear();
            }
            Event::Text(part) => text.push_str(&part.decode().unwrap()),
            Event::End(end) if end.name().as_ref() == wanted.as_bytes() => texts.push(text.clone()),
            Event::Eof => return (tags, texts),
            _ => {}
        }
    }
}

#[test]
fn a_remote_id_is_of_one_invoice_also_where_capitals_do_not_count() {
    let of = |id: &str| voucher::remote_id(&id.parse().unwrap()).to_lowercase();
    assert_ne!(of("inv-a"), of("INV-A"));
    assert_eq!((of("inv-a").len(), of("inv-a")), (36, of("inv-a")));
}

#[test]
fn a_voucher_of_another_invoice_cannot_pass_for_ours() {
    let mut invoice = fixture::invoice();
    invoice.lines[0].description = "[inv-7] paper".to_owned();
    let (_, narrations) = read(&written(&invoice), "NARRATION");
    assert!(narrations[0].starts_with("[inv-42] [inv-7] paper"), "{narrations:?}");
    let answer = format!(
        "<ENVELOPE><VOUCHER><NARRATION>{}</NARRATION><AMOUNT>1180.00</AMOUNT></VOUCHER></ENVELOPE>",
        narrations[0]
    );
    let vouchers = answer::objects(&answer, "VOUCHER").unwrap();
    let own = |id: &str| found::own(&vouchers, &id.parse().unwrap(), &invoice).unwrap();
    assert_eq!((own("inv-42").is_some(), own("inv-7"), own("inv-4")), (true, None, None));
}

proptest! {
    #[test]
    fn no_text_of_a_stranger_changes_what_a_voucher_says(
        text in any::<String>(),
        tags in "[<>&\"'/A-Z!\\[\\]-]{0,40}",
        paise in 1_i64..1_000_000_000,
    ) {
        let plain = written(&fixture::invoice());
        let mut invoice = fixture::invoice();
        let hostile = format!("{tags}{text}</NARRATION><LEDGERENTRIES.LIST>");
        invoice.vendor_name.clone_from(&hostile);
        invoice.invoice_number.clone_from(&hostile);
        invoice.lines[0].description.clone_from(&hostile);
        invoice.lines[0].amount = Decimal::new(paise, 2);
        invoice.subtotal = invoice.lines.iter().map(|line| line.amount).sum();
        invoice.total = invoice.subtotal + invoice.tax();
        let (tags, amounts) = read(&written(&invoice), "AMOUNT");
        prop_assert_eq!(tags, read(&plain, "AMOUNT").0);
        let amounts: Vec<Decimal> = amounts.iter().map(|amount| amount.parse().unwrap()).collect();
        // The first two are the vendor's entry and the bill in it.
        prop_assert_eq!(amounts[0], amounts[1]);
        prop_assert_eq!(amounts[1..].iter().sum::<Decimal>(), Decimal::ZERO);
    }
}
