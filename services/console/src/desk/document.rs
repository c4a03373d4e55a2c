//! What was read of an invoice, and the PDF that it was read from.

use super::records::read_all;
use super::{Desk, Error};
use bytes::Bytes;
use contract::history::EventKind;
use contract::{Coordinates, Request, url};
use contract::{Cost, Document, Evidence, Extracted, HistoryEvent, Invoice, InvoiceId, Stage, Structured, Warning};
use operations::{Content, Letter};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// What the pipeline has made of an invoice so far.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Facts {
    /// None as long as it is not known to have been fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// The fields, in exact decimals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<Invoice>,
    /// Where its key fields stand.
    pub evidence: Vec<Evidence>,
    /// What is odd but no reason to hold it.
    pub warnings: Vec<Warning>,
    /// What it is held for, as the stage has written it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// W3C trace context: the trace's id is its second part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

impl Desk {
    /// What was read of the invoice, as far as it has come.
    ///
    /// # Errors
    /// [`Error::Erased`] when that is gone; when Kafka does not answer.
    pub async fn facts(&self, id: &InvoiceId) -> Result<Facts, Error> {
        self.unerased(id).await?;
        if self.view().letter_of(id.as_str()).await?.is_some() {
            return Ok(of_letter(&self.open_letter(id).await?));
        }
        let history = self.view().history(id).await?;
        for stage in [Stage::PostToZoho, Stage::LlmStructure] {
            let Some(at) = given(&history, stage, u32::MAX) else { continue };
            let mut found = read_all(&self.inner.kafka, std::slice::from_ref(&at)).await?;
            let Some(record) = found.remove(&at) else { continue };
            let value = record.value.as_deref().unwrap_or_default();
            let facts = of_input(stage, value);
            return Ok(Facts { traceparent: record.headers.traceparent, ..facts });
        }
        Ok(Facts::default())
    }

    /// The PDF.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not fetched yet, [`Error::Erased`] when it is gone; when the store does not answer.
    pub async fn document(&self, id: &InvoiceId) -> Result<Bytes, Error> {
        let hash = match self.facts(id).await?.document {
            Some(document) => document.sha256,
            None => {
                self.stored(id).await?.ok_or_else(|| Error::NotFound(format!("the PDF of {id} is not known yet")))?
            }
        };
        Ok(self.inner.documents.pdf(&hash).await?)
    }

    /// What an earlier stage was given of an invoice, in its latest run up to this one.
    pub(super) async fn given(&self, id: &InvoiceId, stage: Stage, run: u32) -> Result<Option<Box<RawValue>>, Error> {
        let history = self.view().history(id).await?;
        let Some(at) = given(&history, stage, run) else { return Ok(None) };
        let mut found = read_all(&self.inner.kafka, std::slice::from_ref(&at)).await?;
        let value = found.remove(&at).and_then(|record| record.value);
        Ok(value.and_then(|value| operations::input_in(stage, &value)))
    }

    /// Of a PDF that was handed in as a file.
    async fn stored(&self, id: &InvoiceId) -> Result<Option<contract::ContentHash>, Error> {
        let input = self.given(id, Stage::FetchExtract, u32::MAX).await?;
        let request = input.and_then(|input| serde_json::from_str::<Request>(input.get()).ok());
        Ok(request.and_then(|request| url::CanonicalUrl::parse(&request.pdf_url).ok()?.stored()))
    }
}

/// The record in which a stage was given an invoice, in its latest run up to this one: the stages' topics keep their records.
pub(super) fn given(history: &[HistoryEvent], stage: Stage, run: u32) -> Option<Coordinates> {
    let was_given = |event: &&HistoryEvent| {
        let kind = matches!(event.kind, EventKind::Forwarded | EventKind::Retried | EventKind::DeadLettered);
        kind && event.stage == stage && event.run <= run
    };
    history.iter().filter(was_given).max_by_key(|event| (event.run, event.at_ms)).map(|event| event.record.clone())
}

fn of_letter(letter: &Letter) -> Facts {
    let Content::Envelope(dead) = &letter.content else { return Facts::default() };
    let input = of_input(letter.stage, dead.input.get().as_bytes());
    let made = match (letter.stage.next(), &dead.candidate) {
        (Some(next), Some(candidate)) => of_input(next, candidate.get().as_bytes()),
        _ => Facts::default(),
    };
    let findings = dead.evidence.as_ref().and_then(|evidence| serde_json::from_str(evidence.get()).ok());
    let traceparent = letter.record.headers.traceparent.clone();
    let better = if made.document.is_some() { made } else { input };
    Facts { findings, traceparent, ..better }
}

fn of_input(stage: Stage, value: &[u8]) -> Facts {
    match stage {
        Stage::FetchExtract => Facts::default(),
        Stage::LlmStructure => {
            let extracted: Option<Extracted> = serde_json::from_slice(value).ok();
            Facts { document: extracted.map(|extracted| extracted.document), ..Facts::default() }
        }
        Stage::PostToZoho => serde_json::from_slice(value).map(of_structured).unwrap_or_default(),
    }
}

fn of_structured(structured: Structured) -> Facts {
    Facts {
        document: Some(structured.document),
        invoice: Some(structured.invoice),
        evidence: structured.evidence,
        warnings: structured.warnings,
        cost: Some(structured.cost),
        ..Facts::default()
    }
}
