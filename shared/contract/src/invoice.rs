//! A structured invoice: what a model read from the text, in exact decimals.

use crate::ContentHash;
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
    /// As it is written on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TaxInvoice => "tax_invoice",
            Self::BillOfSupply => "bill_of_supply",
            Self::CreditNote => "credit_note",
            Self::Proforma => "proforma",
            Self::Receipt => "receipt",
            Self::Other => "other",
        }
    }

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
    /// On one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_address: Option<String>,
    /// As printed, like that of the buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_state: Option<String>,
    pub buyer_name: Option<String>,
    pub buyer_gstin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_state: Option<String>,
    pub invoice_number: String,
    pub invoice_date: NaiveDate,
    pub due_date: Option<NaiveDate>,
    pub place_of_supply: Option<String>,
    /// Whether the buyer owes the tax in the vendor's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse_charge: Option<bool>,
    /// The number of the buyer's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase_order: Option<String>,
    /// The hash by which the government's portal has registered the invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub irn: Option<String>,
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<Line>,
    /// Whether the amounts of the lines include the taxes, as on many a receipt or hotel bill.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lines_with_tax: bool,
    /// The taxable amount: the sum of the lines, less `discount` and the taxes that they include.
    pub subtotal: Decimal,
    /// On the whole invoice, before tax.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub discount: Decimal,
    pub cgst: Decimal,
    pub sgst: Decimal,
    pub igst: Decimal,
    pub cess: Decimal,
    /// VAT or sales tax that is not GST, of invoices from abroad.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub other_tax: Decimal,
    /// Tax that the vendor collects for the income tax: part of `total`.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub tcs: Decimal,
    /// Tax that the buyer is to withhold from the payment, if the invoice says so: not part of `total`.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub tds: Decimal,
    pub round_off: Decimal,
    pub total: Decimal,
    /// Where the invoice wants to be paid. A claim of whoever made it: never a reason to pay there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<Bank>,
}

/// A bank account as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bank {
    /// Account number or IBAN.
    pub account: String,
    /// IFSC or BIC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

impl Bank {
    /// Tells a vendor's accounts apart without naming them: 32 bits of a hash, which millions of accounts share.
    #[must_use]
    pub fn fingerprint(&self, vendor_id: &str) -> String {
        let account: String = self.account.chars().filter(|character| character.is_alphanumeric()).collect();
        let hash = ContentHash::of(format!("{vendor_id}\n{}", account.to_uppercase()).as_bytes());
        hash.to_string().chars().take(8).collect()
    }
}

impl Invoice {
    /// All taxes on the supply together.
    #[must_use]
    pub fn tax(&self) -> Decimal {
        self.cgst + self.sgst + self.igst + self.cess + self.other_tax
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
    /// An amount, or the percentage that the invoice gives; already taken from `amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Discount>,
    /// Percent, of all GST together.
    pub tax_rate: Option<Decimal>,
    /// Of all GST together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_amount: Option<Decimal>,
    /// The line's taxable amount.
    pub amount: Decimal,
}

/// What is taken off a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    Amount(Decimal),
    Percent(Decimal),
}

impl Discount {
    /// What it takes from this amount.
    #[must_use]
    pub fn of(self, amount: Decimal) -> Decimal {
        match self {
            Self::Amount(discount) => discount,
            Self::Percent(percent) => amount * percent / Decimal::ONE_HUNDRED,
        }
    }
}
