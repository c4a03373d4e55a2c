//! What people can do, whichever face they use: the API and the pages both ask here, with the name of who asks.
//!
//! Architecture invariant: nothing is decided here. What is shown comes from the view, or from the records that it names; whatever
//! changes an invoice goes through admission, and what becomes of it is said as soon as admission has said it.

mod act;
mod answers;
mod check;
mod control;
mod document;
mod erase;
mod error;
mod export;
mod letter;
mod records;
mod replay;
mod submit;

pub use act::Decided;
pub use check::Checked;
pub use document::Facts;
pub use erase::Erased;
pub use error::Error;
pub use export::Export;
pub use letter::LetterContents;
pub use records::RawRecord;
pub use replay::{Replay, Replayed};
pub use submit::{Ending, Receipt, Upload};

use crate::live::Live;
use crate::stages::Stages;
use crate::view::{self, View};
use answers::Answers;
use contract::{HistoryEvent, InvoiceId, State, Topics};
use documents::Documents;
use fetch_extract::extract::Pool;
use llm_structure::Company;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use stream::client::ClientSettings;
use stream::publish::Publisher;
use tokio::time::Instant;

/// How long admission's answer to one command is waited for.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The desk. Cloning is cheap.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

/// What the desk works with.
#[derive(Debug)]
pub struct Parts {
    pub view: View,
    pub live: Live,
    pub stages: Stages,
    pub kafka: ClientSettings,
    pub topics: Topics,
    pub documents: Documents,
    /// Draws pages of PDFs, in children.
    pub pool: Pool,
    pub company: Company,
    pub limits: Limits,
}

struct Inner {
    view: View,
    live: Live,
    stages: Stages,
    kafka: ClientSettings,
    topics: Topics,
    publisher: Publisher,
    documents: Documents,
    pool: Pool,
    company: Company,
    answers: Answers,
    limits: Limits,
}

/// What is taken at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of a PDF: `fetch.max_bytes`.
    pub pdf_bytes: u64,
    /// Of an edited input: `topics.max_message_bytes`.
    pub input_bytes: usize,
}

/// An invoice with all that the view has of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Details {
    pub invoice: view::Invoice,
    /// Oldest first.
    pub history: Vec<HistoryEvent>,
    /// The dead letter that waits for somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letter: Option<view::Letter>,
}

impl Desk {
    /// Connects to nothing yet. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// When librdkafka refuses the settings.
    pub fn new(parts: Parts) -> Result<Self, stream::publish::Error> {
        let Parts { view, live, stages, kafka, topics, documents, pool, company, limits } = parts;
        let publisher = Publisher::new(&kafka, topics.clone())?;
        let answers = Answers::new(kafka.clone(), topics.clone());
        let inner = Inner { view, live, stages, kafka, topics, publisher, documents, pool, company, answers, limits };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Begins to hear what admission answers, so that the first who asks need not wait for that.
    pub fn listen(&self) {
        self.inner.answers.listen();
    }

    /// What there is to read without asking Kafka.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.inner.view
    }

    #[must_use]
    pub fn limits(&self) -> Limits {
        self.inner.limits
    }

    /// The invoice.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the view does not know it.
    pub async fn invoice(&self, id: &InvoiceId) -> Result<Details, Error> {
        let invoice = self.view().invoice(id).await?.ok_or_else(|| Error::unknown(id))?;
        let history = self.view().history(id).await?;
        let letter = self.view().letter_of(id.as_str()).await?;
        Ok(Details { invoice, history, letter })
    }

    /// The invoice as soon as it has ended, in this run or a later one; as it is when `until` has come.
    ///
    /// # Errors
    /// When the view cannot be read.
    pub async fn ended(&self, id: &InvoiceId, run: u32, until: Instant) -> Result<Option<view::Invoice>, Error> {
        self.seen(id, until, |invoice| invoice.run >= run && invoice.state.is_terminal()).await
    }

    /// The invoice as soon as the view has it as wanted; as it is when `until` has come. However many wait, each change of an
    /// invoice is read once.
    pub(crate) async fn seen(
        &self,
        id: &InvoiceId,
        until: Instant,
        wanted: impl Fn(&view::Invoice) -> bool,
    ) -> Result<Option<view::Invoice>, Error> {
        let mut watch = self.inner.live.watch(id);
        let mut latest = self.view().invoice(id).await?;
        while !latest.as_ref().is_some_and(&wanted) {
            let changed = tokio::time::timeout_at(until, watch.states.changed()).await;
            if !matches!(changed, Ok(Ok(()))) {
                break;
            }
            let told = watch.states.borrow_and_update().clone();
            latest = match told {
                Some(invoice) => Some((*invoice).clone()),
                None => self.view().invoice(id).await?,
            };
        }
        Ok(latest)
    }

    /// The invoice, unless its contents are gone.
    async fn unerased(&self, id: &InvoiceId) -> Result<view::Invoice, Error> {
        let invoice = self.view().invoice(id).await?.ok_or_else(|| Error::unknown(id))?;
        if invoice.state == State::Erased { Err(Error::Erased(id.clone())) } else { Ok(invoice) }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("topics", &self.inner.topics).finish_non_exhaustive()
    }
}
