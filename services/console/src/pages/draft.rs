//! The fields of an invoice as a person edits them: text, as printed. What a person types is read and checked by the very
//! functions that judge the model.

use contract::Invoice;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most lines a form may have: far above any invoice, far below what would hurt.
pub const MAX_LINES: usize = 500;

/// How a field is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Date,
    Amount,
    /// One of these, each with what it is called; the first is what is not printed.
    Choice(&'static [(&'static str, &'static str)]),
}

/// One field of the form.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub group: Group,
    pub kind: Kind,
}

/// Fields that stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Document,
    Vendor,
    Buyer,
    Amounts,
    More,
}

impl Group {
    pub const ALL: [Self; 5] = [Self::Document, Self::Vendor, Self::Buyer, Self::Amounts, Self::More];

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Document => "Invoice",
            Self::Vendor => "Vendor",
            Self::Buyer => "Buyer",
            Self::Amounts => "Amounts",
            Self::More => "More details",
        }
    }
}

const TYPES: Kind = Kind::Choice(&[
    ("", "not known"),
    ("tax_invoice", "Tax invoice"),
    ("bill_of_supply", "Bill of supply"),
    ("credit_note", "Credit note"),
    ("proforma", "Proforma"),
    ("receipt", "Receipt"),
    ("other", "Something else"),
]);
const YES_NO: Kind = Kind::Choice(&[("", "not printed"), ("Yes", "Yes"), ("No", "No")]);

const fn field(name: &'static str, label: &'static str, group: Group, kind: Kind) -> Field {
    Field { name, label, group, kind }
}

/// The fields of the whole invoice, in the order of the form.
pub const FIELDS: [Field; 31] = [
    field("invoice_number", "Invoice number", Group::Document, Kind::Text),
    field("invoice_date", "Invoice date", Group::Document, Kind::Date),
    field("due_date", "Due date", Group::Document, Kind::Date),
    field("document_type", "Kind of document", Group::Document, TYPES),
    field("currency", "Currency", Group::Document, Kind::Text),
    field("vendor_name", "Vendor", Group::Vendor, Kind::Text),
    field("vendor_gstin", "Vendor’s GSTIN", Group::Vendor, Kind::Text),
    field("vendor_address", "Vendor’s address", Group::Vendor, Kind::Text),
    field("vendor_state", "Vendor’s state", Group::Vendor, Kind::Text),
    field("buyer_name", "Buyer", Group::Buyer, Kind::Text),
    field("buyer_gstin", "Buyer’s GSTIN", Group::Buyer, Kind::Text),
    field("buyer_address", "Buyer’s address", Group::Buyer, Kind::Text),
    field("buyer_state", "Buyer’s state", Group::Buyer, Kind::Text),
    field("subtotal", "Taxable amount", Group::Amounts, Kind::Amount),
    field("discount", "Discount", Group::Amounts, Kind::Amount),
    field("cgst", "CGST", Group::Amounts, Kind::Amount),
    field("sgst", "SGST", Group::Amounts, Kind::Amount),
    field("igst", "IGST", Group::Amounts, Kind::Amount),
    field("cess", "Cess", Group::Amounts, Kind::Amount),
    field("other_tax", "Other tax", Group::Amounts, Kind::Amount),
    field("tcs", "TCS", Group::Amounts, Kind::Amount),
    field("round_off", "Round-off", Group::Amounts, Kind::Amount),
    field("total", "Total", Group::Amounts, Kind::Amount),
    field("tds", "TDS to withhold", Group::Amounts, Kind::Amount),
    field("place_of_supply", "Place of supply", Group::More, Kind::Text),
    field("lines_with_tax", "Lines include the tax", Group::More, YES_NO),
    field("reverse_charge", "Reverse charge", Group::More, YES_NO),
    field("purchase_order", "Purchase order", Group::More, Kind::Text),
    field("irn", "IRN", Group::More, Kind::Text),
    field("bank_account", "Bank account", Group::More, Kind::Text),
    field("bank_ifsc", "IFSC or BIC", Group::More, Kind::Text),
];

/// Fields that an invoice has one level deeper, under `bank`.
const BANK: [(&str, &str); 2] = [("bank_account", "account"), ("bank_ifsc", "branch")];

/// The fields of one line.
pub const LINE_FIELDS: [Field; 9] = [
    field("description", "Description", Group::Document, Kind::Text),
    field("hsn_sac", "HSN/SAC", Group::Document, Kind::Text),
    field("quantity", "Quantity", Group::Document, Kind::Amount),
    field("unit", "Unit", Group::Document, Kind::Text),
    field("rate", "Rate", Group::Document, Kind::Amount),
    field("discount", "Discount", Group::Document, Kind::Amount),
    field("tax_rate", "GST %", Group::Document, Kind::Amount),
    field("tax_amount", "GST", Group::Document, Kind::Amount),
    field("amount", "Amount", Group::Document, Kind::Amount),
];

/// What the form holds. Names that are no field's are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    fields: BTreeMap<&'static str, String>,
    lines: Vec<BTreeMap<&'static str, String>>,
}

impl Draft {
    /// From what was decoded.
    #[must_use]
    pub fn of(invoice: &Invoice) -> Self {
        Self::of_json(&serde_json::to_value(invoice).unwrap_or_default())
    }

    /// From an invoice as JSON, be it decoded or in the model's words, as far as it has the fields.
    #[must_use]
    pub fn of_json(value: &Value) -> Self {
        let mut fields: BTreeMap<_, _> = FIELDS.iter().map(|field| (field.name, text(&value[field.name]))).collect();
        for (name, within) in BANK {
            fields.insert(name, text(&value["bank"][within]));
        }
        let lines = value["lines"].as_array().map(Vec::as_slice).unwrap_or_default();
        let line = |line: &Value| LINE_FIELDS.iter().map(|field| (field.name, text(&line[field.name]))).collect();
        Self { fields, lines: lines.iter().take(MAX_LINES).map(line).collect() }
    }

    /// From a submitted form: `total`, `lines.0.amount`. A line of which everything is empty is none.
    #[must_use]
    pub fn of_form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut draft = Self::default();
        let mut lines: BTreeMap<usize, BTreeMap<&'static str, String>> = BTreeMap::new();
        for (name, value) in pairs {
            let value = value.trim().to_owned();
            if let Some((index, field)) = form_line(name) {
                lines.entry(index).or_default().insert(field, value);
            } else if let Some(field) = FIELDS.iter().find(|field| field.name == name) {
                draft.fields.insert(field.name, value);
            }
        }
        draft.lines = lines.into_values().filter(|line| line.values().any(|value| !value.is_empty())).collect();
        draft
    }

    /// As what the checks read: the fields of an invoice, each as text.
    #[must_use]
    pub fn edited(&self) -> Value {
        let object = |fields: &[Field], values: &BTreeMap<&'static str, String>| -> Map<String, Value> {
            let value = |field: &Field| values.get(field.name).cloned().unwrap_or_default();
            fields.iter().map(|field| (field.name.to_owned(), Value::String(value(field)))).collect()
        };
        let mut edited = object(&FIELDS, &self.fields);
        let bank: Map<String, Value> = BANK
            .iter()
            .map(|(name, within)| ((*within).to_owned(), edited.remove(*name).unwrap_or_default()))
            .collect();
        edited.insert("bank".to_owned(), bank.into());
        let lines: Vec<Value> = self.lines.iter().map(|line| object(&LINE_FIELDS, line).into()).collect();
        edited.insert("lines".to_owned(), lines.into());
        edited.into()
    }

    /// Whether it says the same, spaces aside: a browser changes some by itself.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let plain = |values: &BTreeMap<&'static str, String>| {
            let words = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let filled =
                values.iter().map(|(name, value)| (*name, words(value))).filter(|(_, value)| !value.is_empty());
            filled.collect::<Vec<_>>()
        };
        let lines = |draft: &Self| draft.lines.iter().map(plain).collect::<Vec<_>>();
        plain(&self.fields) == plain(&other.fields) && lines(self) == lines(other)
    }

    /// What a field of the invoice holds.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// What a field of a line holds.
    #[must_use]
    pub fn line(&self, index: usize, name: &str) -> &str {
        self.lines.get(index).and_then(|line| line.get(name)).map_or("", String::as_str)
    }

    #[must_use]
    pub const fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Whether nothing at all was entered or read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.fields.values().all(String::is_empty)
    }
}

/// `lines.0.amount` apart, if there is such a field.
fn form_line(name: &str) -> Option<(usize, &'static str)> {
    let (index, name) = name.strip_prefix("lines.")?.split_once('.')?;
    let index = index.parse().ok().filter(|index| *index < MAX_LINES)?;
    LINE_FIELDS.iter().find(|field| field.name == name).map(|field| (index, field.name))
}

/// As a person writes it. A discount is an amount or, with its sign, a percentage.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
        Value::Object(discount) if discount.contains_key("percent") => format!("{}%", text(&discount["percent"])),
        Value::Object(discount) if discount.contains_key("amount") => text(&discount["amount"]),
        _ => String::new(),
    }
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
