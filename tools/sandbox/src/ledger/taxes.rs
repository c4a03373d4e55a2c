//! The GST rates of the organisation: IGST for trade between states, groups of CGST and SGST within
//! one, and each with a compensation cess once.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{number, numbered_id};

const RATES: [i64; 6] = [0, 5, 12, 18, 28, 40];

/// A tax, or a group of taxes, that a line may name.
#[derive(Debug, Clone)]
pub(super) struct Tax {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) rate: Decimal,
    specific_type: &'static str,
    /// What a group is made of; empty for a single tax.
    parts: Vec<Self>,
}

#[derive(Debug)]
pub(super) struct TaxTable(Vec<Tax>);

impl TaxTable {
    pub(super) fn new() -> Self {
        let mut taxes = Vec::new();
        for (at, &rate) in (0..).zip(&RATES) {
            let id = |place: u64| numbered_id(7_000 + 10 * at + place);
            let half = Decimal::new(rate * 5, 1).normalize();
            let cgst = Tax::single(id(1), format!("CGST{half}"), half, "cgst");
            let sgst = Tax::single(id(2), format!("SGST{half}"), half, "sgst");
            let rate = Decimal::from(rate);
            taxes.push(Tax {
                parts: vec![cgst.clone(), sgst.clone()],
                ..Tax::single(id(3), format!("GST{rate}"), rate, "")
            });
            taxes.push(Tax::single(id(4), format!("IGST{rate}"), rate, "igst"));
            taxes.extend([cgst, sgst]);
        }
        taxes.extend(with_cess(&taxes));
        Self(taxes)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Tax> {
        self.0.iter().find(|tax| tax.id == id)
    }

    pub(super) fn view(&self) -> Value {
        self.0.iter().map(Tax::view).collect()
    }

    pub(super) fn group_view(&self, id: &str) -> Option<Value> {
        let group = self.get(id).filter(|tax| tax.is_group())?;
        Some(json!({
            "tax_group_id": group.id,
            "tax_group_name": group.name,
            "tax_group_percentage": number(group.rate),
            "taxes": group.parts.iter().map(Tax::view).collect::<Value>(),
        }))
    }
}

/// A compensation cess of 12 % beside 28 % of GST, as cars and aerated waters bore until September 2025.
fn with_cess(taxes: &[Tax]) -> Vec<Tax> {
    let named = |name: &str| taxes.iter().find(|tax| tax.name == name).into_iter().flat_map(Tax::charged).cloned();
    let cess = Tax::single(numbered_id(7_101), "Cess12".to_owned(), Decimal::from(12), "cess");
    let group = |id: u64, name: &str, gst: &str| Tax {
        parts: named(gst).chain([cess.clone()]).collect(),
        ..Tax::single(numbered_id(id), name.to_owned(), Decimal::from(40), "")
    };
    let groups = [group(7_102, "GST28 + Cess12", "GST28"), group(7_103, "IGST28 + Cess12", "IGST28")];
    groups.into_iter().chain([cess.clone()]).collect()
}

impl Tax {
    fn single(id: String, name: String, rate: Decimal, specific_type: &'static str) -> Self {
        Self { id, name, rate, specific_type, parts: Vec::new() }
    }

    /// The taxes that are really charged: the parts of a group, or the tax itself.
    pub(super) fn charged(&self) -> &[Self] {
        if self.is_group() { &self.parts } else { std::slice::from_ref(self) }
    }

    pub(super) fn kind(&self) -> &'static str {
        if self.is_group() { "tax_group" } else { "tax" }
    }

    fn is_group(&self) -> bool {
        !self.parts.is_empty()
    }

    fn view(&self) -> Value {
        json!({
            "tax_id": self.id,
            "tax_name": self.name,
            "tax_percentage": number(self.rate),
            "tax_type": self.kind(),
            "tax_specific_type": self.specific_type,
            "is_editable": true,
            "status": "Active",
        })
    }
}
