//! The shape that the model answers in: every leaf is a string, and `""` means "not printed".
//!
//! Strings, because a JSON number passes through binary fractions in too many hands; `""` rather than null, because
//! structured outputs allow few optional or nullable fields. The schema has no bounds for the same reason: the checks
//! are ours.

use serde::de::{self, Deserialize, Deserializer};
use serde::{Deserialize as DeriveDeserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::ops::Deref;

/// An invoice in the model's words. What a bill can do without may also be left out: models that are asked in prose do that.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, DeriveDeserialize)]
pub struct Printed {
    pub document_type: Leaf,
    pub vendor_name: Leaf,
    pub vendor_gstin: Leaf,
    #[serde(default)]
    pub vendor_address: Leaf,
    #[serde(default)]
    pub vendor_state: Leaf,
    pub buyer_name: Leaf,
    pub buyer_gstin: Leaf,
    #[serde(default)]
    pub buyer_address: Leaf,
    #[serde(default)]
    pub buyer_state: Leaf,
    pub invoice_number: Leaf,
    pub invoice_date: Leaf,
    pub due_date: Leaf,
    pub place_of_supply: Leaf,
    #[serde(default)]
    pub reverse_charge: Leaf,
    #[serde(default)]
    pub purchase_order: Leaf,
    #[serde(default)]
    pub irn: Leaf,
    pub currency: Leaf,
    pub lines: Vec<PrintedLine>,
    pub subtotal: Leaf,
    #[serde(default)]
    pub discount: Leaf,
    pub cgst: Leaf,
    pub sgst: Leaf,
    pub igst: Leaf,
    pub cess: Leaf,
    #[serde(default)]
    pub other_tax: Leaf,
    #[serde(default)]
    pub tcs: Leaf,
    #[serde(default)]
    pub tds: Leaf,
    pub round_off: Leaf,
    pub total: Leaf,
    #[serde(default)]
    pub bank_account: Leaf,
    #[serde(default)]
    pub bank_ifsc: Leaf,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, DeriveDeserialize)]
pub struct PrintedLine {
    pub description: Leaf,
    pub hsn_sac: Leaf,
    pub quantity: Leaf,
    pub unit: Leaf,
    pub rate: Leaf,
    #[serde(default)]
    pub discount: Leaf,
    pub tax_rate: Leaf,
    #[serde(default)]
    pub tax_amount: Leaf,
    pub amount: Leaf,
}

/// A leaf. Models that are asked in prose also write `118.50` or `null`: the digits are taken as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Leaf(String);

impl Deref for Leaf {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Leaf {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Leaf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        match raw.get() {
            "null" => Ok(Self::default()),
            text if text.starts_with('"') && text.contains('\\') => {
                serde_json::from_str(text).map(Self).map_err(de::Error::custom)
            }
            text if text.starts_with('"') => Ok(Self(text[1..text.len() - 1].to_owned())),
            number if number.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
                Ok(Self(number.to_owned()))
            }
            _ => Err(de::Error::custom("a leaf is not a string")),
        }
    }
}

/// The schema for structured outputs: the fields of [`Printed`], all of them required.
#[must_use]
pub(crate) fn schema() -> Value {
    let mut invoice = fields(&[
        "document_type",
        "vendor_name",
        "vendor_gstin",
        "vendor_address",
        "vendor_state",
        "buyer_name",
        "buyer_gstin",
        "buyer_address",
        "buyer_state",
        "invoice_number",
        "invoice_date",
        "due_date",
        "place_of_supply",
        "reverse_charge",
        "purchase_order",
        "irn",
        "currency",
        "subtotal",
        "discount",
        "cgst",
        "sgst",
        "igst",
        "cess",
        "other_tax",
        "tcs",
        "tds",
        "round_off",
        "total",
        "bank_account",
        "bank_ifsc",
    ]);
    let kinds = ["tax_invoice", "bill_of_supply", "credit_note", "proforma", "receipt", "other"];
    invoice.insert("document_type".to_owned(), json!({ "type": "string", "enum": kinds }));
    let line =
        fields(&["description", "hsn_sac", "quantity", "unit", "rate", "discount", "tax_rate", "tax_amount", "amount"]);
    invoice.insert("lines".to_owned(), json!({ "type": "array", "items": object(&line) }));
    object(&invoice)
}

fn fields(names: &[&str]) -> Map<String, Value> {
    names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect()
}

fn object(properties: &Map<String, Value>) -> Value {
    let required: Vec<&String> = properties.keys().collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(object: &Value) -> Vec<&String> {
        let mut names: Vec<&String> = object.as_object().unwrap().keys().collect();
        names.sort();
        names
    }

    #[test]
    fn the_schema_asks_for_exactly_the_fields_that_are_read() {
        let printed = serde_json::to_value(Printed { lines: vec![PrintedLine::default()], ..Printed::default() });
        let (printed, schema) = (printed.unwrap(), schema());
        assert_eq!(names(&schema["properties"]), names(&printed));
        let line = &schema["properties"]["lines"]["items"];
        assert_eq!(names(&line["properties"]), names(&printed["lines"][0]));
        for object in [&schema, line] {
            assert_eq!(object["required"].as_array().unwrap().len(), names(&object["properties"]).len());
            assert_eq!(object["additionalProperties"], false);
        }
    }

    #[test]
    fn a_number_is_taken_digit_by_digit() {
        for (json, text) in
            [("\"1.10\"", "1.10"), ("1.10", "1.10"), ("-0.30", "-0.30"), ("null", ""), ("\"\\u20b9\"", "₹")]
        {
            assert_eq!(&*serde_json::from_str::<Leaf>(json).unwrap(), text);
        }
        for json in ["true", "[]", "{}"] {
            assert!(serde_json::from_str::<Leaf>(json).is_err(), "{json}");
        }
    }
}
