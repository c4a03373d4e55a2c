//! A dead letter with its contents, read from Kafka: the view keeps none.

use super::records::without_queries;
use super::{Desk, Error};
use crate::view;
use contract::InvoiceId;
use operations::{Content, Letter};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// What a person needs to decide. URLs are without their queries, which are credentials.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LetterContents {
    pub letter: view::Letter,
    /// What the stage was given; none if it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// What the stage had made of it when it stopped: what an approval lets go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Value>,
    /// The checks that failed, with the numbers involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Value>,
}

impl Desk {
    /// The dead letter of the invoice that waits for somebody.
    ///
    /// # Errors
    /// [`Error::NotFound`] when none waits; when Kafka does not answer.
    pub async fn letter(&self, id: &InvoiceId) -> Result<LetterContents, Error> {
        Ok(contents(&self.open_letter(id).await?))
    }
}

pub(super) fn contents(letter: &Letter) -> LetterContents {
    let summary = letter.summary(true);
    let Content::Envelope(dead) = &letter.content else {
        return LetterContents { letter: summary, input: None, candidate: None, evidence: None };
    };
    LetterContents {
        letter: summary,
        input: shown(&dead.input),
        candidate: dead.candidate.as_deref().and_then(shown),
        evidence: dead.evidence.as_deref().and_then(shown),
    }
}

fn shown(raw: &RawValue) -> Option<Value> {
    let mut value = serde_json::from_str(raw.get()).ok()?;
    without_queries(&mut value);
    Some(value)
}
