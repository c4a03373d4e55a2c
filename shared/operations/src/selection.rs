//! Which dead letters are meant; pure.

use crate::Summary;
use contract::{Class, InvoiceId, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A choice of dead letters: those that are as each of the named fields says. What is not named is not restricted; a name that
/// is not known is refused, since a misspelt restriction would choose all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// Those of one of these invoices; all if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<InvoiceId>,
    /// Where they stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Such as `llm.timeout`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// Written before this moment, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older_than_ms: Option<i64>,
    /// Written at this moment or later, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_than_ms: Option<i64>,
    /// The vendor's whole name as it is printed; case and width of spaces do not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
}

impl Selection {
    /// The dead letters of one invoice.
    #[must_use]
    pub fn of(id: InvoiceId) -> Self {
        Self { ids: vec![id], ..Self::default() }
    }

    /// Whether it restricts nothing.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    #[must_use]
    pub fn matches(&self, letter: &Summary) -> bool {
        let vendor = |wanted: &String| letter.vendor.as_deref().map(vendor_key) == Some(vendor_key(wanted));
        (self.ids.is_empty() || self.ids.iter().any(|id| id.as_str() == letter.invoice_id))
            && self.stage.is_none_or(|stage| stage == letter.stage)
            && self.code.as_ref().is_none_or(|code| *code == letter.code)
            && self.class.is_none_or(|class| Some(class) == letter.class)
            && self.older_than_ms.is_none_or(|end| letter.at_ms < end)
            && self.newer_than_ms.is_none_or(|start| letter.at_ms >= start)
            && self.vendor.as_ref().is_none_or(vendor)
    }
}

/// By what two printings of a vendor's name are the same name.
#[must_use]
pub fn vendor_key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
#[path = "selection_tests.rs"]
mod tests;
