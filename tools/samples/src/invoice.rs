//! The structured invoice: the shape in which a model, or [`crate::reader`], answers.

use serde::{Deserialize, Serialize};

/// Every leaf is a string; "" means "not printed".
///
/// Amounts are plain decimals without grouping or currency sign (`123456.00`), dates are `YYYY-MM-DD`,
/// rates are percentages without a sign (`18`, `2.5`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// `tax_invoice`, `bill_of_supply`, `credit_note`, `proforma`, `receipt` or `other`.
    pub document_type: String,
    pub vendor_name: String,
    pub vendor_gstin: String,
    pub buyer_name: String,
    pub buyer_gstin: String,
    pub invoice_number: String,
    pub invoice_date: String,
    pub due_date: String,
    /// As printed, e.g. `Karnataka (29)`.
    pub place_of_supply: String,
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<Line>,
    /// Sum of the lines' taxable amounts.
    pub subtotal: String,
    pub cgst: String,
    pub sgst: String,
    pub igst: String,
    pub cess: String,
    /// May be negative.
    pub round_off: String,
    pub total: String,
}

/// One row of the table of goods and services.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub description: String,
    pub hsn_sac: String,
    pub quantity: String,
    pub unit: String,
    /// Price of one unit, before tax.
    pub rate: String,
    /// The whole GST rate of the line: 18 where CGST 9 and SGST 9 are printed.
    pub tax_rate: String,
    /// Taxable amount of the line.
    pub amount: String,
}
