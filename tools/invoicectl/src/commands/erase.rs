//! `invoicectl erase`.

use crate::context::{Context, actor};
use crate::duration;
use crate::exit::Exit;
use crate::output::{Format, line, span};
use clap::Args;
use contract::{InvoiceId, Status};
use operations::{Answer, Erasable, ErasedDocument, Erasure, Remains, remains};
use serde::Serialize;
use std::time::Duration;

/// Takes the personal data of an invoice that has ended out of the pipeline; it cannot be brought back.
///
/// Its state becomes `erased`, without the bill and the vendor; its PDF and what was read of it are deleted from the document
/// store. Its id stays taken and the PDF's hash stays known, so that it is not paid again. What was published about it stays in
/// the topics until their retention is over, and the bill in the books.
#[derive(Debug, Args)]
pub(crate) struct Erase {
    id: InvoiceId,
    /// Why, for the history. No personal data, as the history keeps it.
    #[arg(long)]
    reason: String,
    /// How long to wait for admission's answer. Without one nothing is deleted from the store: ask again.
    #[arg(long, default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Done<'a> {
    invoice_id: &'a InvoiceId,
    documents: Vec<ErasedDocument>,
    remains: Vec<Remains>,
}

impl Erase {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match Erasure::of(&context.kafka, &context.topics, &self.id).await? {
            Erasure::Unknown => {
                eprintln!("invoicectl: no invoice has the id {}", self.id);
                Ok(Exit::NotFound)
            }
            Erasure::Running(status) => Ok(self.is_running(&status)),
            Erasure::Possible(erasable) => match self.ask(&erasable, context).await? {
                Answer::Accepted => self.take_out(&erasable, context).await,
                Answer::Unanswered => {
                    eprintln!(
                        "invoicectl: not answered yet, nothing is deleted: ask again (is fetch-extract running?)"
                    );
                    Ok(Exit::TimedOut)
                }
                Answer::Stale | Answer::Refused => {
                    eprintln!("invoicectl: the invoice had moved on, nothing is deleted: look at it and ask again");
                    Ok(Exit::Failed)
                }
            },
        }
    }

    fn is_running(&self, status: &Status) -> Exit {
        eprintln!(
            "invoicectl: {} is on its way at {}: cancel it first, or wait until it has ended",
            self.id, status.stage
        );
        Exit::Failed
    }

    async fn ask(&self, erasable: &Erasable, context: &Context) -> anyhow::Result<Answer> {
        let Some(command) = erasable.command(&actor(), &self.reason) else { return Ok(Answer::Accepted) };
        let mut gate = context.gate().await?;
        gate.send(&command).await?;
        Ok(gate.answers(self.timeout).await?.worst())
    }

    async fn take_out(&self, erasable: &Erasable, context: &Context) -> anyhow::Result<Exit> {
        let documents = erasable.take_out(&context.documents()?).await?;
        let done = Done { invoice_id: &self.id, documents, remains: remains(&context.topics, &context.layout) };
        let format = Format::new(self.json);
        format.write(&done, |done| format!("erase: {} is erased; its id stays taken", done.invoice_id))?;
        if format == Format::Text {
            for text in done.documents.iter().map(document).chain(done.remains.iter().map(left)) {
                line(&text)?;
            }
        }
        Ok(Exit::Done)
    }
}

fn document(document: &ErasedDocument) -> String {
    let hash = document.sha256;
    match &document.kept_for {
        None => format!("deleted: the PDF {hash} and what was read of it"),
        Some(id) => format!("kept: the PDF {hash}, which is that of {id}"),
    }
}

fn left(remains: &Remains) -> String {
    let (what, topics) = (&remains.what, remains.topics.join(", "));
    match remains.kept_ms {
        Some(ms) => format!("remains: {what}, {} from when it was written, in {topics}", span(ms)),
        None => format!("remains: {what}, until topics.input_retention_days says how long, in {topics}"),
    }
}
