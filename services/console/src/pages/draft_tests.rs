//! A form loses nothing of an invoice, and takes nothing that is no field.

use super::*;
use crate::pages::example;

#[test]
fn an_invoice_goes_into_the_form_and_comes_back_as_it_was_printed() {
    let draft = Draft::of(&example::invoice());
    let pairs: Vec<(String, String)> = FIELDS
        .iter()
        .map(|field| (field.name.to_owned(), draft.get(field.name).to_owned()))
        .chain(
            LINE_FIELDS.iter().map(|field| (format!("lines.0.{}", field.name), draft.line(0, field.name).to_owned())),
        )
        .collect();
    let back = Draft::of_form(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_eq!(back, draft);
    assert_eq!((back.get("total"), back.line(0, "amount"), back.get("tds")), ("145678.00", "123456.00", ""));
}

#[test]
fn the_lines_keep_their_order_and_empty_ones_go() {
    let pairs = [("lines.10.amount", "3"), ("lines.2.amount", "2"), ("lines.1.amount", " "), ("lines.0.amount", "1")];
    let draft = Draft::of_form(pairs);
    let amounts: Vec<&str> = (0..draft.lines()).map(|index| draft.line(index, "amount")).collect();
    assert_eq!(amounts, ["1", "2", "3"]);
}

#[test]
fn what_is_no_field_is_not_taken() {
    let draft =
        Draft::of_form([("csrf", "x"), ("lines.x.amount", "1"), ("lines.99999999.amount", "1"), ("lines.0.y", "1")]);
    assert!(draft.is_empty());
    assert!(Draft::of_json(&serde_json::json!("a text that is no invoice")).is_empty());
}

#[test]
fn what_is_deeper_in_an_invoice_is_one_field_of_the_form() {
    let mut invoice = serde_json::to_value(example::invoice()).unwrap();
    invoice["bank"] = serde_json::json!({ "account": "0012345", "branch": "HDFC0000001" });
    invoice["reverse_charge"] = true.into();
    invoice["lines"][0]["discount"] = serde_json::json!({ "percent": "5" });
    let draft = Draft::of_json(&invoice);
    let shown = (draft.get("bank_account"), draft.get("reverse_charge"), draft.line(0, "discount"));
    assert_eq!(shown, ("0012345", "Yes", "5%"));
    let edited = draft.edited();
    assert_eq!((&edited["bank"]["branch"], &edited["bank_account"]), (&"HDFC0000001".into(), &Value::Null));
    assert_eq!(edited["lines"][0]["amount"], "123456.00");
}
