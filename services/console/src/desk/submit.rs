//! Handing in invoices, and waiting for what becomes of them.

use super::{Desk, Error};
use crate::problem::Mistake;
use crate::view;
use bytes::Bytes;
use contract::url::{CanonicalUrl, shown};
use contract::{Code, Coordinates, InvoiceId, Request};
use futures::{StreamExt, TryStreamExt, stream};
use operations::{NotTaken, check_pdf, keep};
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

/// Requests on their way to the brokers at once.
const IN_FLIGHT: usize = 256;

/// A PDF that somebody hands in as it is.
#[derive(Debug, Clone)]
pub struct Upload {
    pub pdf: Bytes,
    /// In place of an id made from the bytes.
    pub invoice_id: Option<InvoiceId>,
}

/// What was handed in, once every in-sync replica has it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Receipt {
    pub invoice_id: InvoiceId,
    /// Where its PDF comes from, without query.
    pub source: String,
    /// The request's record.
    pub record: Coordinates,
    pub ending: Ending,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<Code>,
    /// As it is now, if the console has it yet: of whoever handed it in first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<view::Invoice>,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It has not ended within the time that was waited, or nobody waited.
    Pending,
    /// It has ended; `invoice` says how.
    Ended,
    /// The id belongs to another invoice; nothing was done.
    Rejected,
}

impl Desk {
    /// Hands in all of these, or none if one of them is wrong. What was handed in before is not processed again.
    ///
    /// # Errors
    /// [`Error::Mistakes`], or when the cluster does not take them; then some may have been handed in.
    pub async fn submit(&self, requests: Vec<Request>, by: &str) -> Result<Vec<Receipt>, Error> {
        let wrong = |(index, request): (usize, &Request)| {
            let detail = CanonicalUrl::parse(&request.pdf_url).err()?.to_string();
            Some(Mistake { index, detail })
        };
        let mistakes: Vec<Mistake> = requests.iter().enumerate().filter_map(wrong).collect();
        if !mistakes.is_empty() {
            return Err(Error::Mistakes(mistakes));
        }
        // Whoever waits needs the answers that come from now on.
        self.inner.answers.ready(Instant::now() + Duration::from_secs(5)).await;
        let sending =
            requests.into_iter().map(|request| self.send(Request { submitted_by: Some(by.to_owned()), ..request }));
        stream::iter(sending).buffered(IN_FLIGHT).try_collect().await
    }

    /// Puts PDFs into the document store and hands them in; all of them, or none if one is no PDF or too large.
    ///
    /// # Errors
    /// As [`Self::submit`], and when the store does not take them.
    pub async fn upload(&self, uploads: Vec<Upload>, by: &str) -> Result<Vec<Receipt>, Error> {
        let limit = self.inner.limits.pdf_bytes;
        let wrong = |(index, upload): (usize, &Upload)| {
            let refused = check_pdf(&upload.pdf, upload.pdf.len() as u64, limit).err()?;
            Some((Mistake { index, detail: format!("the file {refused}") }, refused))
        };
        let mistakes: Vec<_> = uploads.iter().enumerate().filter_map(wrong).collect();
        match mistakes.first() {
            Some((_, NotTaken::TooLarge { .. })) if uploads.len() == 1 => {
                return Err(Error::TooLarge(format!("a PDF may have {limit} bytes")));
            }
            Some(_) => return Err(Error::Mistakes(mistakes.into_iter().map(|(mistake, _)| mistake).collect())),
            None => {}
        }
        let mut requests = Vec::with_capacity(uploads.len());
        for Upload { pdf, invoice_id } in uploads {
            requests.push(keep(&self.inner.documents, pdf).await?.named(invoice_id));
        }
        self.submit(requests, by).await
    }

    /// Waits until each of these has ended, or `patience` is over. What ended before is there at once, as whoever was first
    /// has it.
    ///
    /// # Errors
    /// When the view cannot be read.
    pub async fn wait(&self, receipts: Vec<Receipt>, patience: Duration) -> Result<Vec<Receipt>, Error> {
        let until = Instant::now() + patience;
        let waiting = receipts.into_iter().map(|receipt| self.wait_for(receipt, until));
        stream::iter(waiting).buffered(usize::MAX).try_collect().await
    }

    async fn send(&self, request: Request) -> Result<Receipt, Error> {
        let sent = self.inner.publisher.submit(&request).await?;
        let invoice = self.view().invoice(&sent.invoice_id).await?;
        Ok(Receipt {
            source: shown(&request.pdf_url),
            invoice_id: sent.invoice_id,
            record: sent.record,
            ending: Ending::Pending,
            error_code: None,
            invoice,
        })
    }

    /// A state alone does not do: it may be of an earlier run, before admission has seen this request.
    async fn wait_for(&self, receipt: Receipt, until: Instant) -> Result<Receipt, Error> {
        let Some(settled) = self.inner.answers.of(&receipt.record, until).await else { return Ok(receipt) };
        if settled.invoice_id != receipt.invoice_id {
            return Ok(Receipt { ending: Ending::Rejected, error_code: settled.code, invoice: None, ..receipt });
        }
        // A duplicate joins whatever run there is.
        let run = if settled.kind == contract::history::EventKind::Duplicate { 0 } else { settled.run };
        let invoice = self.ended(&receipt.invoice_id, run, until).await?;
        let has_ended = invoice.as_ref().is_some_and(|invoice| invoice.run >= run && invoice.state.is_terminal());
        let ending = if has_ended { Ending::Ended } else { Ending::Pending };
        Ok(Receipt { ending, invoice, ..receipt })
    }
}
