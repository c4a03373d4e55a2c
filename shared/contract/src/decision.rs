//! What a person has decided about an invoice before it is posted. It travels with the invoice, so that whoever reads the books
//! later can say who let it through and why the pipeline had stopped.

use crate::{Code, Structured, code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What post-to-zoho holds an invoice for and a person may let pass.
pub const APPROVABLE: &[Code] = &[
    code::ZOHO_NEEDS_APPROVAL,
    code::ZOHO_BANK_CHANGED,
    code::ZOHO_CANCELLED,
    code::ZOHO_NEAR_DUPLICATE,
    code::ZOHO_VENDOR_UNKNOWN,
    code::ZOHO_VENDOR_AMBIGUOUS,
    code::ZOHO_ACCOUNT_UNKNOWN,
    code::ZOHO_TAX_UNKNOWN,
    code::TALLY_ACCOUNT_UNKNOWN,
];

/// The words of people about one invoice. Their names are as they gave them: Kafka does not prove who wrote a record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Decision {
    /// Who approved it last.
    pub approved_by: String,
    /// What it was held for and may pass with.
    pub approved: BTreeSet<Code>,
    /// The vendor in the books that it is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_id: Option<String>,
    /// The account that all its lines are booked to, by its id or name in the books.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The tax, by its id or name in Zoho Books, of the lines whose printed rate it has: for what is coded specially, such as
    /// exempt or nil-rated supplies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<String>,
    /// Whether `account` and `tax` hold for all later invoices of the vendor, too. An empty one takes back what was said before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remember: bool,
    /// Who changed its fields by hand.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub edited_by: BTreeSet<String>,
}

/// How the bills of a vendor are booked, as a person has said who put one of them right.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct VendorRule {
    /// As [`Decision::account`]; empty if what was said before no longer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// As [`Decision::tax`]; empty if what was said before no longer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<String>,
}

impl VendorRule {
    /// The longest name of an account or a tax, in bytes: it stands in the status of an invoice.
    pub const MOST_BYTES: usize = 100;
}

impl Decision {
    /// Whether somebody has approved it in spite of this.
    #[must_use]
    pub fn allows(&self, code: &Code) -> bool {
        self.approved.contains(code)
    }

    /// What is to be remembered of its vendor, if anything.
    #[must_use]
    pub fn rule(&self) -> Option<VendorRule> {
        let is_said = self.remember && (self.account.is_some() || self.tax.is_some());
        is_said.then(|| VendorRule { account: self.account.clone(), tax: self.tax.clone() })
    }
}

impl Structured {
    /// Whether whoever approved it has submitted it, or changed it by hand, as well.
    #[must_use]
    pub fn maker_is_checker(&self) -> bool {
        let Some(decision) = &self.decision else { return false };
        let checker = &decision.approved_by;
        self.document.submitted_by.as_ref() == Some(checker) || decision.edited_by.contains(checker)
    }
}
