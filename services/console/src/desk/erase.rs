//! Taking the personal data of an invoice out of the pipeline.

use super::{Decided, Desk, Error};
use contract::InvoiceId;
use operations::{Answer, ErasedDocument, Erasure};
use schemars::JsonSchema;
use serde::Serialize;

/// What became of the wish.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Erased {
    /// Of the command; none if the state was erased before and only the documents were looked for again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
    /// PDFs that are gone, with what was read of them, or stay for another invoice.
    pub documents: Vec<ErasedDocument>,
}

impl Desk {
    /// Erases an invoice that has ended: its state first, and once admission has accepted that, its documents. Asking again does
    /// what was left.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is on its way; when Kafka or the store does not answer.
    pub async fn erase(&self, id: &InvoiceId, by: &str, reason: &str) -> Result<Erased, Error> {
        let erasable = match Erasure::of(&self.inner.kafka, &self.inner.topics, id).await? {
            Erasure::Unknown => return Err(Error::unknown(id)),
            Erasure::Running(_) => {
                return Err(Error::Conflict("it is on its way: cancel it, or wait until it has ended".to_owned()));
            }
            Erasure::Possible(erasable) => erasable,
        };
        let decided = match erasable.command(by, reason) {
            Some(command) => Some(self.ask(command).await?),
            None => None,
        };
        if decided.as_ref().is_some_and(|decided| decided.answer != Answer::Accepted) {
            return Ok(Erased { decided, documents: Vec::new() });
        }
        let documents = erasable.take_out(&self.inner.documents).await?;
        Ok(Erased { decided, documents })
    }
}
