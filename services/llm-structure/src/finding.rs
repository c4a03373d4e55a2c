//! What a check has found. Findings stay in the dead letter as evidence; their messages name no content.

use contract::{Code, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that is wrong or odd about an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    pub code: Code,
    pub severity: Severity,
    /// The field that it is about, e.g. `lines[2].amount`.
    pub field: String,
    /// A sentence without the invoice's content.
    pub message: String,
    /// What the field would have to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

/// Whether a person must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
}

impl Finding {
    #[must_use]
    pub fn code(&self) -> &str {
        self.code.as_str()
    }

    pub(crate) fn error(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        Self { code, severity: Severity::Error, field, message, expected: None, found: None }
    }

    pub(crate) fn warning(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, field, message) }
    }

    pub(crate) fn expected(mut self, expected: &(impl ToString + ?Sized)) -> Self {
        self.expected = Some(expected.to_string());
        self
    }

    pub(crate) fn found(mut self, found: &(impl ToString + ?Sized)) -> Self {
        self.found = Some(found.to_string());
        self
    }
}

impl From<Finding> for Warning {
    fn from(finding: Finding) -> Self {
        Self { code: finding.code.to_string(), message: format!("{}: {}", finding.field, finding.message) }
    }
}
