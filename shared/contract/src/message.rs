//! The values that stages hand on. What a later stage needs travels in the message; nothing is looked up.

use crate::{ContentHash, Decision, Invoice, InvoiceId, VendorRule};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A PDF that was fetched. Its bytes are in the document store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// Where it came from, without user info and query.
    pub source: String,
    /// Of the PDF's bytes: what the document store has it under.
    pub sha256: ContentHash,
    pub bytes: u64,
    pub pages: u32,
    /// The program that made it, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<String>,
    /// Who asked for it, as its request says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_by: Option<String>,
}

/// `invoices.llm-structure`: the text of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Extracted {
    pub invoice_id: InvoiceId,
    pub document: Document,
    /// The text of all pages in reading order; empty for a scan.
    pub text: String,
    /// There is no text to read: the model is to be shown the PDF itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scan: bool,
}

/// `invoices.post-to-zoho`: the fields of an invoice, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Structured {
    pub invoice_id: InvoiceId,
    pub document: Document,
    pub invoice: Invoice,
    /// What is odd but no reason to hold the invoice.
    pub warnings: Vec<Warning>,
    /// Where its key fields stand in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    pub cost: Cost,
    /// What people have decided about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// `invoices.posted`: the bill in Zoho Books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Posted {
    pub invoice_id: InvoiceId,
    pub bill: Bill,
    pub cost: Cost,
}

/// A bill, or a vendor credit, as Zoho Books holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Bill {
    #[serde(default, skip_serializing_if = "BillKind::is_bill")]
    pub kind: BillKind,
    pub bill_id: String,
    pub bill_number: String,
    pub vendor_id: String,
    pub vendor_name: String,
    /// ISO 4217.
    pub currency: String,
    pub total: Decimal,
    /// How its vendor was found: `gstin`, `pan`, `alias`, `name`, `chosen` or `created`; empty if the bill was there already.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vendor_by: String,
    /// What decided how its lines are booked, such as `hsn 4802` or `remembered`; empty if the bill was there already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub booked_by: Vec<String>,
    /// Whether it is a draft, which a person has to open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_draft: bool,
    /// Whether the PDF is attached to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_pdf: bool,
    /// Of the bank account that the invoice names: [`crate::Bank::fingerprint`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
    /// The printed name, normalised, of which a person has said that it is this vendor's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// What a person has said of how all bills of this vendor are booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Box<VendorRule>>,
}

/// What an invoice became.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BillKind {
    #[default]
    Bill,
    /// What a credit note becomes: it lowers what the vendor is owed.
    VendorCredit,
}

impl BillKind {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_bill(&self) -> bool {
        *self == Self::Bill
    }
}

/// What the language model was paid for an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    pub model: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// US dollars by the price table in the settings.
    pub usd: Decimal,
}

/// Where a field's value is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    pub field: String,
    /// From 1.
    pub page: u32,
    /// On the page, from 1.
    pub line: u32,
    /// The printed line, word for word.
    pub quote: String,
}

/// A finding that travels with the invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    pub code: String,
    pub message: String,
}
