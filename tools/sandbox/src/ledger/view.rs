//! How lines, taxes and custom fields are shown: to clients as Zoho shows them, to people and tests
//! with amounts as exact text.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{
    draft::Draft,
    number,
    totals::{Line, Totals},
};

/// `line_items` of the bill or vendor credit with that id.
pub(super) fn lines(id: &str, totals: &Totals) -> Value {
    (1..).zip(&totals.lines).map(|(at, line)| shown(id, at, line)).collect()
}

/// `taxes`.
pub(super) fn taxes(totals: &Totals) -> Value {
    let taxes = totals.taxes.iter();
    taxes.map(|(name, sum)| json!({"tax_name": name, "tax_amount": number(*sum)})).collect()
}

/// `custom_fields`.
pub(super) fn custom_fields(draft: &Draft) -> Value {
    let fields = draft.custom_fields.iter();
    fields.map(|(name, value)| json!({"api_name": name, "value": value})).collect()
}

/// What bills and vendor credits have in common, for `GET /_sandbox/…`.
pub(super) fn audit(draft: &Draft) -> Value {
    let totals = &draft.totals;
    let fields = draft.custom_fields.iter();
    let fields = fields.map(|(name, value)| (name.clone(), json!(value)));
    let taxes = totals.taxes.iter();
    let taxes = taxes.map(|(name, sum)| json!({"tax_name": name, "tax_amount": money(*sum)}));
    let mut audit = json!({
        "reference_number": draft.reference,
        "date": draft.date.to_string(),
        "currency_code": draft.currency.code,
        "vendor": {
            "contact_id": draft.vendor_id,
            "name": draft.vendor_name,
            "gst_no": draft.vendor_gst_no,
        },
        "line_items": totals.lines.iter().map(audited).collect::<Value>(),
        "taxes": taxes.collect::<Value>(),
        "sub_total": money(totals.sub_total),
        "tax_total": money(totals.tax_total),
        "adjustment": money(totals.adjustment),
        "total": money(totals.total),
        "custom_fields": fields.collect::<Map<_, _>>(),
    });
    draft.echo(&mut audit, &["gst_no", "gst_treatment", "source_of_supply", "destination_of_supply"]);
    audit
}

/// Adds the fields of one object to another.
pub(super) fn join(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

fn shown(id: &str, at: u64, line: &Line) -> Value {
    let tax = line.tax.as_ref();
    json!({
        "line_item_id": format!("{}{at:04}", &id[..14]),
        "account_id": line.account.map_or("", |account| account.id),
        "account_name": line.account.map_or("", |account| account.name),
        "item_id": line.item_id,
        "name": line.name,
        "description": line.description,
        "hsn_or_sac": line.hsn_or_sac,
        "unit": line.unit,
        "rate": number(line.rate),
        "quantity": number(line.quantity),
        "tax_id": tax.map_or("", |tax| &tax.id),
        "tax_name": tax.map_or("", |tax| &tax.name),
        "tax_type": tax.map_or("", |tax| tax.kind()),
        "tax_percentage": tax.map_or(json!(0.0), |tax| number(tax.rate)),
        "item_total": number(line.item_total),
    })
}

fn audited(line: &Line) -> Value {
    let tax = line.tax.as_ref();
    json!({
        "account_name": line.account.map_or("", |account| account.name),
        "name": line.name,
        "description": line.description,
        "hsn_or_sac": line.hsn_or_sac,
        "quantity": line.quantity.normalize().to_string(),
        "unit": line.unit,
        "rate": line.rate.normalize().to_string(),
        "tax_name": tax.map_or("", |tax| &tax.name),
        "item_total": money(line.item_total),
    })
}

fn money(amount: Decimal) -> String {
    format!("{amount:.2}")
}
