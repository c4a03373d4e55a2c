//! What a dead letter holds for a person who is to put an invoice right: the findings, and what there is to begin an edit with.

use crate::finding::{Finding, Severity};
use crate::judge::{Judgement, Source};
use crate::printed::Printed;
use contract::{Cost, DeadLetter, Extracted, Stage, Structured, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An invoice that was held by this stage or by the one behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    /// What the checks have found; empty where it was not they who held the invoice.
    pub findings: Vec<Finding>,
    /// What [`crate::judge_edited`] reads: the invoice as it is handed on, or in the model's words if it could not be read, or
    /// all fields empty if there is nothing.
    pub draft: Value,
    /// What the invoice was read from. A letter of the stage behind does not have it: its text is that of the document's
    /// reading.
    pub extracted: Option<Extracted>,
    /// What would go to the stage behind, if the invoice could be read.
    pub structured: Option<Structured>,
}

impl Held {
    /// What a dead letter holds; `None` for one of a stage that has not read the invoice yet, or of another version that
    /// cannot be understood.
    #[must_use]
    pub fn of(letter: &DeadLetter) -> Option<Self> {
        let candidate = letter.candidate.as_deref().map_or("null", |json| json.get());
        let (extracted, structured) = match letter.error.stage {
            Stage::FetchExtract => return None,
            Stage::LlmStructure => {
                (Some(serde_json::from_str(letter.input.get()).ok()?), serde_json::from_str(candidate).ok())
            }
            Stage::PostToZoho => (None, Some(serde_json::from_str::<Structured>(letter.input.get()).ok()?)),
        };
        let findings = letter.evidence.as_deref().and_then(|found| serde_json::from_str(found.get()).ok());
        let draft = match &structured {
            Some(Structured { invoice, .. }) => json!(invoice),
            None => draft(&serde_json::from_str(candidate).unwrap_or_default()),
        };
        Some(Self { findings: findings.unwrap_or_default(), draft, extracted, structured })
    }

    /// What the invoice was read from, if the letter has it.
    #[must_use]
    pub fn source(&self) -> Option<Source<'_>> {
        let extracted = self.extracted.as_ref()?;
        Some(if extracted.scan { Source::Scan } else { Source::Text(&extracted.text) })
    }

    /// What to approve in the place of what was held, once a person's edit can be read; `None` as long as it cannot.
    #[must_use]
    pub fn corrected(&self, judgement: Judgement) -> Option<Structured> {
        let Judgement { invoice, findings, evidence } = judgement;
        let invoice = invoice?;
        let found = findings.into_iter().filter(|finding| finding.severity == Severity::Warning);
        let warnings: Vec<Warning> = found.map(Warning::from).collect();
        match (&self.structured, &self.extracted) {
            (Some(held), _) => Some(Structured { invoice, warnings, evidence, ..held.clone() }),
            (None, Some(Extracted { invoice_id, document, .. })) => Some(Structured {
                invoice_id: invoice_id.clone(),
                document: document.clone(),
                invoice,
                warnings,
                evidence,
                // What was paid stands in the history.
                cost: Cost::default(),
                decision: None,
            }),
            (None, None) => None,
        }
    }
}

/// The model's words under the names that an invoice's fields have.
fn draft(printed: &Printed) -> Value {
    let bank = json!({ "account": printed.bank_account, "branch": printed.bank_ifsc });
    let mut draft = json!(printed);
    if let Value::Object(fields) = &mut draft {
        fields.retain(|name, _| !name.starts_with("bank_"));
        fields.insert("bank".to_owned(), bank);
    }
    draft
}

#[cfg(test)]
#[path = "held_tests.rs"]
mod tests;
