//! The stage: fetch, read, and hand on the text, unless a person should look first.

use crate::extract::{Confinement, Pool, Reading};
use crate::fetch::Fetcher;
use crate::legible;
use contract::{Document, Extracted, Request, Stage, code};
use engine::{Handler, StageError, Work};
use runtime::settings::Fetch;
use serde_json::json;
use std::io;

/// The `fetch-extract` stage.
#[derive(Debug)]
pub struct FetchExtract {
    fetcher: Fetcher,
    readers: Pool,
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
    pub fn new(settings: &Fetch) -> Result<Self, SetupError> {
        say_confinement(Pool::confinement(&std::env::current_exe()?));
        Ok(Self::with_readers(settings, Pool::of_this_executable(settings)?)?)
    }

    /// As [`FetchExtract::new`], with readers of the caller's choice.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn with_readers(settings: &Fetch, readers: Pool) -> Result<Self, reqwest::Error> {
        Ok(Self { fetcher: Fetcher::new(settings)?, readers })
    }

    async fn run(&self, work: &Work<Request>) -> Result<Extracted, StageError> {
        let fetched = self.fetcher.fetch(&work.input.pdf_url).await?;
        let reading = self.readers.read(&fetched.bytes).await?;
        let document = Document {
            source: contract::url::shown(&work.input.pdf_url),
            sha256: fetched.sha256,
            bytes: fetched.bytes.len() as u64,
            pages: reading.pages,
        };
        let extracted = Extracted { invoice_id: work.invoice_id.clone(), document, text: reading.text() };
        doubt(&extracted, &reading).map_or(Ok(extracted), Err)
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

/// Why a person should look first: the text cannot be read, or there is too much of it.
fn doubt(extracted: &Extracted, reading: &Reading) -> Option<StageError> {
    let evidence = json!({ "document": extracted.document, "characters": reading.counts });
    if let Some(illegible) = legible::judge(&extracted.text, &reading.counts) {
        let (code, message) = (illegible.code(), illegible.to_string());
        return Some(StageError::review(code, message).with_evidence(&evidence));
    }
    let left_out = reading.left_out;
    if left_out == 0 {
        return None;
    }
    let message = format!(
        "the text is too long for the model, {left_out} characters of its middle were left out: \
         see whether the invoice is whole without them"
    );
    let error = StageError::review(code::EXTRACT_TEXT_TRUNCATED, message);
    Some(error.with_candidate(extracted).with_evidence(&json!({ "left_out_characters": left_out })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::{Counts, Line};

    fn doubt_about(text: &str, left_out: usize) -> Option<StageError> {
        let document = Document { source: "https://h/a.pdf".into(), sha256: "00".into(), bytes: 1, pages: 1 };
        let shown = u32::try_from(text.chars().filter(|one| !one.is_whitespace()).count()).unwrap();
        let line = Line { page: 1, bounds: [0.0; 4], text: text.to_owned() };
        let counts = Counts { shown, ..Counts::default() };
        let reading = Reading { pages: 1, lines: vec![line], left_out, counts, ..Reading::default() };
        doubt(&Extracted { invoice_id: "i".parse().unwrap(), document, text: reading.text() }, &reading)
    }

    #[test]
    fn a_scan_goes_to_a_person() {
        for text in ["", " \n\u{c} \n", "Page 1 of 1\n      \n"] {
            assert_eq!(doubt_about(text, 0).unwrap().code, code::EXTRACT_NO_TEXT, "{text:?}");
        }
        assert!(doubt_about("Tax invoice 17 of 1 July 2026", 0).is_none());
    }

    #[test]
    fn a_text_that_was_cut_goes_to_a_person_who_can_hand_it_on_as_it_is() {
        let error = doubt_about("head of the invoice … tail of the invoice", 12).unwrap();
        assert_eq!(error.code, code::EXTRACT_TEXT_TRUNCATED);
        let candidate: Extracted = serde_json::from_str(error.candidate.unwrap().get()).unwrap();
        assert!(candidate.text.contains("tail of the invoice"));
    }
}
