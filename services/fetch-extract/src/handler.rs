//! The stage: get the PDF, keep it, read it, and hand on the text, unless a person should look first.

use crate::extract::{Confinement, Pool, Reading};
use crate::fetch::{Fetched, Fetcher};
use crate::legible;
use crate::metrics::Metrics;
use contract::url::CanonicalUrl;
use contract::{Class, Document, Extracted, InvoiceId, Request, Stage, code};
use documents::{Claim, Documents};
use engine::{Handler, StageError, Work};
use runtime::settings::{Fetch, SameDocument, Scans};
use serde_json::json;
use std::io;

/// The `fetch-extract` stage.
#[derive(Debug)]
pub struct FetchExtract {
    fetcher: Fetcher,
    documents: Documents,
    readers: Pool,
    same_document: SameDocument,
    scans: Scans,
    scan_max_pages: u32,
    scan_max_bytes: u64,
}

/// The stage cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the HTTP client cannot be built")]
    Client(#[from] reqwest::Error),
    #[error("the path of this executable is unknown, so it cannot be started as a PDF reader")]
    Executable(#[from] io::Error),
}

impl FetchExtract {
    /// # Errors
    /// When the HTTP client cannot be built or this executable's path is unknown.
    pub fn new(settings: &Fetch, documents: Documents) -> Result<Self, SetupError> {
        say_confinement(Pool::confinement(&std::env::current_exe()?));
        Ok(Self::with_readers(settings, documents, Pool::of_this_executable(settings)?)?)
    }

    /// As [`FetchExtract::new`], with readers of the caller's choice.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn with_readers(settings: &Fetch, documents: Documents, readers: Pool) -> Result<Self, reqwest::Error> {
        let Fetch { same_document, scans, scan_max_pages, scan_max_bytes, .. } = *settings;
        let fetcher = Fetcher::new(settings)?.counting(readers.metrics().clone());
        Ok(Self { fetcher, documents, readers, same_document, scans, scan_max_pages, scan_max_bytes })
    }

    /// What it counts, for a registry.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        self.readers.metrics()
    }

    async fn run(&self, work: &Work<Request>) -> Result<Extracted, StageError> {
        let fetched = self.get(&work.input.pdf_url).await?;
        self.claim(work, &fetched).await?;
        let reading = self.readers.read(&fetched.bytes).await?;
        self.documents.keep_reading(&fetched.hash, reading.to_json()).await?;
        let document = Document {
            source: contract::url::shown(&work.input.pdf_url),
            sha256: fetched.hash,
            bytes: fetched.bytes.len() as u64,
            pages: reading.pages,
            producer: reading.producer.clone(),
            submitted_by: work.input.submitted_by.clone(),
        };
        self.judge(work.invoice_id.clone(), document, &reading)
    }

    /// From the document store, if that is what the URL names, else from its host; it is in the store then.
    async fn get(&self, pdf_url: &str) -> Result<Fetched, StageError> {
        if let Some(hash) = CanonicalUrl::parse(pdf_url).ok().and_then(|url| url.stored()) {
            return Ok(Fetched { bytes: self.documents.pdf(&hash).await?, hash });
        }
        let fetched = self.fetcher.fetch(pdf_url).await?;
        self.documents.keep(&fetched.hash, fetched.bytes.clone()).await?;
        Ok(fetched)
    }

    /// The same bytes under another id are most likely the same invoice, and nothing has been paid for it yet.
    async fn claim(&self, work: &Work<Request>, fetched: &Fetched) -> Result<(), StageError> {
        let Claim::Taken { by } = self.documents.claim(&fetched.hash, &work.invoice_id).await? else { return Ok(()) };
        let (class, advice) = match self.same_document {
            SameDocument::LetThrough => return Ok(()),
            _ if work.input.accept_same_document => return Ok(()),
            SameDocument::Hold => {
                (Class::Review, "discard this one, or replay it with --accept-same-document if both are to be paid")
            }
            SameDocument::Drop => (Class::Permanent, "it was dropped, as fetch.same_document says"),
        };
        let message = format!("the same PDF came before as invoice {by}: {advice}");
        let evidence = json!({ "first": by, "sha256": fetched.hash, "bytes": fetched.bytes.len() });
        Err(StageError::new(code::FETCH_SAME_DOCUMENT, class, message).with_evidence(&evidence))
    }

    /// What was read, unless a person should look first: the text cannot be read, or there is too much of it.
    fn judge(&self, invoice_id: InvoiceId, document: Document, reading: &Reading) -> Result<Extracted, StageError> {
        let text = reading.text();
        if let Some(illegible) = legible::judge(&text, &reading.counts) {
            if self.can_show(&document) {
                return Ok(Extracted { invoice_id, document, text: String::new(), scan: true });
            }
            let evidence = json!({ "document": document, "characters": reading.counts });
            return Err(StageError::review(illegible.code(), illegible.to_string()).with_evidence(&evidence));
        }
        let extracted = Extracted { invoice_id, document, text, scan: false };
        let left_out = reading.left_out;
        if left_out == 0 {
            return Ok(extracted);
        }
        let message = format!(
            "the text is too long for the model, {left_out} characters of its middle were left out: \
             see whether the invoice is whole without them"
        );
        let evidence = json!({
            "document": extracted.document, "characters": reading.counts, "left_out_characters": left_out
        });
        let error = StageError::review(code::EXTRACT_TEXT_TRUNCATED, message);
        Err(error.with_candidate(&extracted).with_evidence(&evidence))
    }

    const fn can_show(&self, document: &Document) -> bool {
        matches!(self.scans, Scans::ShowModel)
            && document.pages <= self.scan_max_pages
            && document.bytes <= self.scan_max_bytes
    }
}

/// An operator must know it if a stranger's PDF is read with less than it could be.
fn say_confinement(confinement: Option<Confinement>) {
    match confinement {
        Some(Confinement { landlock: true, seccomp: true }) => {
            tracing::info!("PDFs are read in processes held by resource limits, landlock and seccomp");
        }
        Some(Confinement { landlock, seccomp }) => {
            tracing::warn!(landlock, seccomp, "this kernel does not hold the readers of PDFs fully; their limits do");
        }
        None => tracing::warn!("it could not be told what holds the readers of PDFs"),
    }
}

impl Handler for FetchExtract {
    const STAGE: Stage = Stage::FetchExtract;
    type Input = Request;
    type Output = Extracted;

    async fn handle(&self, work: Work<Request>) -> Result<Extracted, StageError> {
        self.run(&work).await.inspect_err(|error| {
            tracing::debug!(invoice.id = %work.invoice_id, error.code = %error.code, "{}", error.message);
        })
    }
}
