use super::*;
use crate::fixture;
use contract::{Class, Code};
use serde_json::json;

const DATE: &str = "2025-11-03";

fn row(bill_id: &str, number: &str, reference: &str, date: &str, total: &str) -> BillRow {
    let row = json!({
        "bill_id": bill_id, "vendor_id": "v", "vendor_name": "Vindhya", "bill_number": number,
        "reference_number": reference, "date": date, "currency_code": "INR", "total": total,
    });
    serde_json::from_value(row).unwrap()
}

fn outcome(rows: Vec<BillRow>) -> Result<String, (Code, Class)> {
    let bill = duplicate(rows, &"inv-42".parse().unwrap(), &fixture::invoice(), &Id::new("v"));
    bill.map(|bill| bill.bill_id).map_err(|error| (error.code, error.class))
}

#[test]
fn a_repeated_number_is_ours_billed_already_or_anothers() {
    let number = "VPM/25-26/0042";
    let ours = row("1", number, "inv-42", DATE, "1180.00");
    let by_hand = row("2", number, "", DATE, "1180");
    let other = row("3", number, "inv-7", DATE, "99");
    let last_year = row("4", number, "", "2025-03-31", "1180");
    let unrelated = row("5", "VPM/25-26/0043", "", DATE, "1180");
    let wrong_total = row("6", number, "inv-42", DATE, "1180.01");
    let lagging = Err((code::ZOHO_UNAVAILABLE, Class::Transient));
    let table = [
        (vec![other.clone(), ours], Ok("1".to_owned())),
        (vec![other.clone(), by_hand], Err((code::ZOHO_ALREADY_BILLED, Class::Review))),
        (vec![other, last_year.clone()], Err((code::ZOHO_NUMBER_TAKEN, Class::Review))),
        (vec![last_year], lagging.clone()),
        (vec![unrelated], lagging.clone()),
        (vec![], lagging),
        (vec![wrong_total], Err((code::ZOHO_TOTAL_DIFFERS, Class::Review))),
    ];
    for (rows, expected) in table {
        assert_eq!(outcome(rows.clone()), expected, "{rows:?}");
    }
}

#[test]
fn a_number_that_differs_only_in_signs_or_zeros_is_held_with_what_it_resembles() {
    let held = |number: &str, date: &str, total: &str| {
        near_duplicate(vec![row("9", number, "", date, total)], &fixture::invoice(), &Id::new("v")).is_err()
    };
    for number in ["VPM/25-26/0042", "VPM 25 26 42", "vpm-25-26-042"] {
        assert!(held(number, DATE, "1180.00"), "{number}");
    }
    for (number, date, total) in [
        ("VPM/25-26/0043", DATE, "1180"),
        ("VPM/25-26/0420", DATE, "1180"),
        ("VPM/25-26/42", DATE, "1181"),
        ("VPM/25-26/42", "2025-03-31", "1180"),
    ] {
        assert!(!held(number, date, total), "{number} {date} {total}");
    }
}

#[test]
fn what_has_no_tax_of_its_own_counts_as_a_line_and_what_the_buyer_owes_as_neither() {
    let lines = |count: usize| Some(vec![IgnoredAny; count]);
    let made = |tax: &str, count: usize, total: &str| BillRow {
        tax_total: Some(Number(tax.parse().unwrap())),
        line_items: lines(count),
        ..row("7", "n", "inv-42", DATE, total)
    };
    let is_right = |row: &BillRow, invoice: &Invoice| accept(row, invoice).is_ok();
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    let printed = fixture::invoice();
    let cess = Invoice { cess: decimal("120"), total: decimal("1300"), ..printed.clone() };
    for (tax, count, right) in [("180", 3, true), ("300", 2, true), ("180", 4, false), ("302", 2, false)] {
        assert_eq!(is_right(&made(tax, count, "1300"), &cess), right, "cess: {tax} of tax on {count} lines");
    }
    let tcs = Invoice { tcs: decimal("1"), total: decimal("1181"), ..printed.clone() };
    assert!(is_right(&made("180", 3, "1181"), &tcs) && !is_right(&made("180", 2, "1181"), &tcs));
    let none = Decimal::ZERO;
    let reversed =
        Invoice { reverse_charge: Some(true), cgst: none, sgst: none, total: decimal("1000"), ..printed.clone() };
    assert!(is_right(&made("0", 2, "1000"), &reversed) && is_right(&made("180", 2, "1000"), &reversed));
    let credit = Invoice { document_type: contract::DocumentType::CreditNote, ..printed };
    assert!(is_right(&made("180", 2, "1180"), &credit) && is_right(&made("180", 3, "1180"), &credit));
    assert_eq!(accept(&made("180", 2, "1180"), &credit).unwrap().kind, contract::BillKind::VendorCredit);
}

#[test]
fn a_bill_of_another_total_currency_tax_or_length_is_shown_to_a_person_and_named() {
    let invoice = fixture::invoice();
    let as_printed = row("7", "n", "inv-42", DATE, "1180");
    let tax = |text: &str| Some(Number(text.parse().unwrap()));
    let right = BillRow { tax_total: tax("180.5"), line_items: Some(vec![IgnoredAny; 2]), ..as_printed.clone() };
    assert!(accept(&right, &invoice).is_ok(), "a rupee is what rounding makes");
    let euros = BillRow { currency_code: Some("EUR".to_owned()), ..as_printed.clone() };
    let untaxed = BillRow { tax_total: tax("0"), ..as_printed.clone() };
    let short = BillRow { line_items: Some(vec![IgnoredAny]), ..as_printed };
    for row in [euros, untaxed, short, row("7", "n", "inv-42", DATE, "1179.99")] {
        let error = accept(&row, &invoice).unwrap_err();
        assert_eq!((error.code, error.class), (code::ZOHO_TOTAL_DIFFERS, Class::Review));
        let bill: Bill = serde_json::from_str(error.candidate.unwrap().get()).unwrap();
        assert_eq!(bill.bill_id, "7");
    }
}
