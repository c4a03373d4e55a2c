//! A structured invoice: what a model read from the text, in exact decimals.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of document it is. Only the first two are bills to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentType {
    TaxInvoice,
    BillOfSupply,
    CreditNote,
    Proforma,
    Receipt,
    Other,
}

impl DocumentType {
    #[must_use]
    pub const fn is_bill(self) -> bool {
        matches!(self, Self::TaxInvoice | Self::BillOfSupply)
    }
}

/// An invoice as printed. Amounts are in `currency`; nothing here is computed by us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Invoice {
    pub document_type: DocumentType,
    pub vendor_name: String,
    pub vendor_gstin: Option<String>,
    pub buyer_name: Option<String>,
    pub buyer_gstin: Option<String>,
    pub invoice_number: String,
    pub invoice_date: NaiveDate,
    pub due_date: Option<NaiveDate>,
    pub place_of_supply: Option<String>,
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<Line>,
    /// The taxable amount: the sum of the lines.
    pub subtotal: Decimal,
    pub cgst: Decimal,
    pub sgst: Decimal,
    pub igst: Decimal,
    pub cess: Decimal,
    pub round_off: Decimal,
    pub total: Decimal,
}

impl Invoice {
    /// All taxes together.
    #[must_use]
    pub fn tax(&self) -> Decimal {
        self.cgst + self.sgst + self.igst + self.cess
    }
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    pub description: String,
    /// HSN code of goods or SAC of services.
    pub hsn_sac: Option<String>,
    pub quantity: Option<Decimal>,
    pub unit: Option<String>,
    pub rate: Option<Decimal>,
    /// Percent, of all GST together.
    pub tax_rate: Option<Decimal>,
    /// The line's taxable amount.
    pub amount: Decimal,
}
