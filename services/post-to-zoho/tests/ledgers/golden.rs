//! What stands in the files, of each kind of invoice. A change of any of them shows here as a difference in the files under
//! `snapshots`; `cargo insta review` accepts it.

use crate::{fixture, post, service};
use contract::Invoice;
use rust_decimal::Decimal;
use std::fs;
use tempfile::TempDir;

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn invoices() -> [(&'static str, Invoice); 4] {
    let intra_state = fixture::invoice();
    let inter_state = Invoice {
        vendor_gstin: Some("27AAKCV4827Q1ZF".to_owned()),
        cgst: amount("0"),
        sgst: amount("0"),
        igst: amount("180"),
        ..fixture::invoice()
    };
    let discounted = Invoice {
        discount: amount("100.01"),
        subtotal: amount("899.99"),
        cgst: amount("81"),
        sgst: amount("81"),
        total: amount("1061.99"),
        ..fixture::invoice()
    };
    let mut rounded = Invoice { total: amount("1180"), round_off: amount("0.40"), ..fixture::invoice() };
    rounded.lines = vec![fixture::line("=A4 paper & <ink>, \"5\" reams", "1", "999.66", "999.66")];
    (rounded.subtotal, rounded.cgst, rounded.sgst) = (amount("999.66"), amount("89.97"), amount("89.97"));
    [("intra-state", intra_state), ("inter-state", inter_state), ("discounted", discounted), ("rounded-off", rounded)]
}

#[tokio::test]
async fn every_kind_of_invoice_is_written_as_it_was_before() {
    let tally = [
        ("LEDGER", "tally"),
        ("TALLY__COMPANY", "Acme & Sons (from 1-Apr-25)"),
        ("TALLY__CGST_LEDGER", "Input CGST {rate}%"),
        ("TALLY__SGST_LEDGER", "Input SGST {rate}%"),
    ];
    let json = [("LEDGER", "files"), ("FILES__ACCOUNT", "Office Supplies")];
    let csv = [("LEDGER", "files"), ("FILES__ACCOUNT", "Office Supplies"), ("FILES__FORMAT", "csv")];
    for (kind, key, settings) in [
        ("tally", "TALLY__FOLDER", tally.as_slice()),
        ("json", "FILES__FOLDER", json.as_slice()),
        ("csv", "FILES__FOLDER", csv.as_slice()),
    ] {
        for (name, invoice) in invoices() {
            let folder = TempDir::new().unwrap();
            let place = [(key, folder.path().to_str().unwrap())];
            let bill = post(&service(&[settings, &place].concat()), invoice).await.unwrap().bill;
            let text = fs::read_to_string(folder.path().join(&bill.bill_id)).unwrap();
            insta::assert_snapshot!(format!("{kind}-{name}"), text.replace('\r', ""));
        }
    }
}
