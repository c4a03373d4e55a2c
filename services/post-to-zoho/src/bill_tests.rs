use super::*;
use crate::charge::Charge;
use crate::tax::Supply;
use crate::{fixture, tax};
use contract::DocumentType;
use serde_json::{Value, json};

fn posted(invoice: &Invoice) -> Result<Value, StageError> {
    let taxes = tax::assign(&tax::tests::taxes(), invoice, None).unwrap();
    of(&"inv-42".parse().unwrap(), invoice, &ids(taxes), None, false).map(|bill| serde_json::to_value(bill).unwrap())
}

fn ids(taxes: Vec<Option<LineTax>>) -> Ids {
    let account = Account { id: Id::new("a"), rule: "default".to_owned() };
    let accounts = vec![account; taxes.len()];
    Ids {
        vendor: Id::new("v"),
        accounts,
        currency: Id::new("c"),
        taxes,
        charges: Vec::new(),
        tax_rule: None,
        round_off: None,
    }
}

#[test]
fn an_invoice_becomes_a_bill_that_names_it() {
    let bill = posted(&fixture::invoice()).unwrap();
    let expected = json!({
        "vendor_id": "v", "bill_number": "VPM/25-26/0042", "reference_number": "inv-42",
        "date": "2025-11-03", "due_date": "2025-12-03", "currency_id": "c", "is_inclusive_tax": false,
        "gst_treatment": "business_gst", "gst_no": "29AAKCV4827Q1ZB",
        "source_of_supply": "KA", "destination_of_supply": "KA",
        "line_items": [
            {"account_id": "a", "description": "A4 paper, 5 reams", "rate": 150, "quantity": 5,
                "hsn_or_sac": "4802", "tax_id": "g18"},
            {"account_id": "a", "description": "Delivery", "rate": 250, "quantity": 1,
                "hsn_or_sac": "4802", "tax_id": "g18"},
        ],
    });
    assert_eq!(bill, expected);
}

#[test]
fn round_off_goes_into_the_adjustment_so_that_the_total_is_the_printed_one() {
    let mut invoice = fixture::invoice();
    invoice.round_off = "-0.40".parse().unwrap();
    invoice.total = "1179.58".parse().unwrap();
    let bill = posted(&invoice).unwrap();
    assert_eq!((&bill["adjustment"], &bill["adjustment_description"]), (&json!(-0.42), &json!("Round off")));
}

#[test]
fn amounts_are_written_as_the_digits_they_have() {
    let mut invoice = fixture::invoice();
    invoice.lines = vec![fixture::line("x", "1", "12345678901234.57", "12345678901234.57")];
    invoice.lines[0].tax_rate = Some(Decimal::ZERO);
    invoice.total = "12345678901234.57".parse().unwrap();
    let ids = ids(vec![None]);
    let id = "inv-42".parse().unwrap();
    let bill = serde_json::to_string(&of(&id, &invoice, &ids, Some("cf_invoice_id"), true).unwrap()).unwrap();
    assert!(bill.contains(r#""custom_fields":[{"api_name":"cf_invoice_id","value":"inv-42"}]"#), "{bill}");
    assert!(bill.contains("\"rate\":12345678901234.57,"), "{bill}");
}

#[test]
fn a_discount_on_the_whole_lowers_every_line_by_its_part_and_each_says_so() {
    let mut invoice = fixture::invoice();
    invoice.discount = "100.01".parse().unwrap();
    (invoice.subtotal, invoice.total) = ("899.99".parse().unwrap(), "1061.99".parse().unwrap());
    let bill = posted(&invoice).unwrap();
    let [first, second] = [&bill["line_items"][0], &bill["line_items"][1]];
    assert_eq!((&first["rate"], &first["quantity"]), (&json!(674.99), &json!(1)));
    assert_eq!((&second["rate"], &second["quantity"]), (&json!(225), &json!(1)));
    assert_eq!(first["description"], "A4 paper, 5 reams (less 75.01 of the invoice's discount)");
}

#[test]
fn an_invoice_that_zoho_would_total_otherwise_makes_no_bill() {
    let mut invoice = fixture::invoice();
    invoice.cess = "25".parse().unwrap();
    invoice.total = "1205".parse().unwrap();
    let error = posted(&invoice).unwrap_err();
    assert_eq!((error.code, error.class), (code::ZOHO_TOTAL_DIFFERS, contract::Class::Review));
    let evidence: Value = serde_json::from_str(error.evidence.unwrap().get()).unwrap();
    assert_eq!((&evidence["printed_total"], &evidence["computed_total"]), (&json!(1205), &json!(1180)));
}

#[test]
fn what_the_invoice_charges_beside_its_lines_is_booked_as_lines_of_its_own() {
    let mut invoice = fixture::invoice();
    (invoice.cess, invoice.tcs) = ("25".parse().unwrap(), "1.20".parse().unwrap());
    invoice.total = "1206.20".parse().unwrap();
    let booked = |charge, amount: &str| Booked { charge, amount: amount.parse().unwrap(), account: Id::new(amount) };
    let taxes = tax::assign(&tax::tests::taxes(), &invoice, None).unwrap();
    let charges = vec![booked(Charge::Cess, "25"), booked(Charge::Tcs, "1.20")];
    let ids = Ids { charges, ..ids(taxes) };
    let bill = serde_json::to_value(of(&"inv-42".parse().unwrap(), &invoice, &ids, None, false).unwrap()).unwrap();
    assert_eq!(
        (&bill["line_items"][2], &bill["line_items"][3]),
        (
            &json!({"account_id": "25", "description": "GST compensation cess", "rate": 25, "quantity": 1}),
            &json!({"account_id": "1.20", "description": "Tax collected at source (TCS)", "rate": 1.2, "quantity": 1})
        )
    );
    assert!(bill.get("adjustment").is_none());
}

#[test]
fn under_reverse_charge_a_line_names_the_tax_as_the_buyers() {
    let mut invoice = fixture::invoice();
    (invoice.cgst, invoice.sgst) = (Decimal::ZERO, Decimal::ZERO);
    (invoice.reverse_charge, invoice.total) = (Some(true), "1000".parse().unwrap());
    let taxes = tax::assign_reversed(&tax::tests::taxes(), &invoice, Supply::IntraState, None).unwrap();
    let ids = ids(taxes);
    let bill = serde_json::to_value(of(&"inv-42".parse().unwrap(), &invoice, &ids, None, false).unwrap()).unwrap();
    for line in bill["line_items"].as_array().unwrap() {
        assert_eq!((&line["reverse_charge_tax_id"], line.get("tax_id")), (&json!("g18"), None));
    }
}

#[test]
fn a_credit_note_becomes_a_vendor_credit_of_documented_fields_alone() {
    let mut invoice = fixture::invoice();
    invoice.document_type = DocumentType::CreditNote;
    (invoice.round_off, invoice.total) = ("-0.40".parse().unwrap(), "1179.60".parse().unwrap());
    let taxes = tax::assign(&tax::tests::taxes(), &invoice, None).unwrap();
    let id = "inv-42".parse().unwrap();
    let credit = |ids: &Ids| serde_json::to_value(of(&id, &invoice, ids, Some("cf_id"), false).unwrap()).unwrap();
    let posted = credit(&ids(taxes.clone()));
    for absent in ["bill_number", "due_date", "adjustment", "adjustment_description", "custom_fields"] {
        assert!(posted.get(absent).is_none(), "{absent}");
    }
    assert_eq!(posted["vendor_credit_number"], "VPM/25-26/0042");
    let round_off =
        |account: &str| json!({"account_id": account, "description": "Round off", "rate": -0.4, "quantity": 1});
    assert_eq!(posted["line_items"][2], round_off("a"));
    let to_its_own = Ids { round_off: Some(Id::new("r")), ..ids(taxes) };
    assert_eq!(credit(&to_its_own)["line_items"][2], round_off("r"));
}

#[test]
fn texts_that_are_too_long_lose_no_bill_and_a_number_is_never_cut() {
    let mut invoice = fixture::invoice();
    invoice.lines[0].description = "ಕಾಗದ".repeat(1000);
    invoice.lines[0].unit = Some("u".repeat(100));
    let bill = posted(&invoice).unwrap();
    let line = &bill["line_items"][0];
    assert_eq!(line["description"].as_str().unwrap().chars().count(), MAX_DESCRIPTION);
    assert!(line.get("unit").is_none());
    invoice.invoice_number = "ಸ".repeat(99);
    assert!(refuse_unfit(&invoice).is_ok());
    invoice.invoice_number.push('1');
    assert_eq!(refuse_unfit(&invoice).unwrap_err().code, code::ZOHO_NUMBER_TOO_LONG);
}

#[test]
fn what_is_uncertain_is_left_to_zoho() {
    let mut invoice = fixture::invoice();
    invoice.vendor_gstin = None;
    invoice.place_of_supply = Some("Telangana".to_owned());
    invoice.due_date = None;
    invoice.lines[0].hsn_sac = Some("48 02".to_owned());
    let bill = posted(&invoice).unwrap();
    for absent in ["gst_no", "gst_treatment", "source_of_supply", "destination_of_supply", "due_date"] {
        assert!(bill.get(absent).is_none(), "{absent}");
    }
    assert!(bill["line_items"][0].get("hsn_or_sac").is_none());
}
