//! Checking what a person edits, and showing what the invoice was read from.

use super::document::Facts;
use super::{Desk, Error};
use bytes::Bytes;
use chrono::NaiveDate;
use contract::{ContentHash, Invoice, InvoiceId, Structured};
use fetch_extract::extract::{self, Reading};
use llm_structure::{Held, Judgement, Source, judge_edited};
use operations::Content;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// How wide a page is drawn, in pixels.
const WIDTH: u16 = 1200;

/// What the checks say of an edited invoice.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Checked {
    #[serde(flatten)]
    pub judgement: Judgement,
    /// What to approve; none as long as a field cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Structured>,
}

impl Desk {
    /// What there is to begin an edit with; `None` if the stage that holds the invoice has not read it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no dead letter waits; when Kafka does not answer.
    pub async fn held(&self, id: &InvoiceId) -> Result<Option<Held>, Error> {
        match self.open_letter(id).await?.content {
            Content::Envelope(dead) => Ok(Held::of(&dead)),
            Content::Poison => Ok(None),
        }
    }

    /// Runs the checks on an edited invoice, as they are run on what a model says.
    ///
    /// # Errors
    /// [`Error::Conflict`] when there is nothing that it was read from; when Kafka or the store does not answer.
    pub async fn check(&self, id: &InvoiceId, edited: &Value) -> Result<Checked, Error> {
        let nothing_read = || Error::Conflict("it was not read yet: replay it, or discard it".to_owned());
        let held = self.held(id).await?.ok_or_else(nothing_read)?;
        let text;
        let source = match (held.source(), &held.structured) {
            (Some(source), _) => source,
            (None, Some(structured)) => {
                text = self.text(&structured.document.sha256).await?;
                text.as_deref().map_or(Source::Scan, Source::Text)
            }
            (None, None) => return Err(nothing_read()),
        };
        let today = chrono::Utc::now().date_naive();
        let judgement = judge_edited(edited, source, &self.inner.company, today);
        let candidate = held.corrected(judgement.clone());
        Ok(Checked { judgement, candidate })
    }

    /// What the checks say of an invoice as it has gone on, by what was read of its document. A person may have let it pass in spite
    /// of them, with other fields than the model read.
    #[must_use]
    pub fn judge(&self, invoice: &Invoice, reading: &Reading, day: NaiveDate) -> Judgement {
        let text = reading.text();
        let source = if text.trim().is_empty() { Source::Scan } else { Source::Text(&text) };
        let fields = serde_json::to_value(invoice).unwrap_or_default();
        judge_edited(&fields, source, &self.inner.company, day)
    }

    /// What was read of the document, line by line; `None` if it was not, or by a version that kept it otherwise.
    ///
    /// # Errors
    /// [`Error::Erased`] when it is gone; when Kafka or the store does not answer.
    pub async fn reading(&self, id: &InvoiceId) -> Result<Option<Reading>, Error> {
        let Facts { document: Some(document), .. } = self.facts(id).await? else { return Ok(None) };
        self.reading_of(&document.sha256).await
    }

    /// A page of the PDF, from 1, as a PNG. It is drawn by a child process, as the PDF is a stranger's.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such page; [`Error::Conflict`] when the PDF cannot be drawn; as [`Self::document`].
    pub async fn page(&self, id: &InvoiceId, page: u32) -> Result<Bytes, Error> {
        let pdf = self.document(id).await?;
        let drawn = self.inner.pool.picture(&pdf, page, WIDTH).await;
        drawn.map(Bytes::from).map_err(|error| match error {
            extract::Error::NoPage { .. } => Error::NotFound(error.to_string()),
            _ => Error::Conflict(error.to_string()),
        })
    }

    async fn reading_of(&self, hash: &ContentHash) -> Result<Option<Reading>, Error> {
        let reading = self.inner.documents.reading(hash).await?;
        Ok(reading.and_then(|reading| serde_json::from_slice(&reading).ok()))
    }

    /// The text that the model was given.
    async fn text(&self, hash: &ContentHash) -> Result<Option<String>, Error> {
        Ok(self.reading_of(hash).await?.map(|reading| reading.text()).filter(|text| !text.trim().is_empty()))
    }
}
