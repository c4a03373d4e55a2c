//! How well a model reads invoices, measured: `make eval SET=folder` asks the configured model for every invoice of an annotated
//! set and prints how often each field is right, how many invoices pass without a person, how right those are, and what one
//! costs. Beside it stands what the checks make of the right answers themselves, which needs no model.
//!
//! A set is a folder of `NAME.pdf` with `NAME.json`: the right answer in the shape in which models answer, see `src/printed.rs`.
//! Without a folder it is the generated samples. With `--sandbox` the model's place is taken by the reader of the sandbox: that
//! tries this program and says nothing about a model.

#![allow(clippy::unwrap_used, reason = "a measurement on the command line")]

mod report;
mod score;
mod set;

use chrono::{NaiveDate, Utc};
use clap::Parser;
use contract::{ContentHash, Cost, Document, Extracted, Invoice, Structured};
use documents::Documents;
use engine::{Handler, StageError, Work};
use futures::StreamExt;
use llm_structure::{Company, LlmStructure, Source, judge};
use object_store::memory::InMemory;
use report::Report;
use runtime::Settings;
use runtime::settings::{CreditNotes, Llm};
use set::Annotated;
use std::path::PathBuf;
use std::sync::Arc;

/// What the command line says.
#[derive(Debug, Parser)]
struct Options {
    /// The folder with the annotated set.
    set: Option<PathBuf>,
    /// Ask the reader of the sandbox.
    #[arg(long)]
    sandbox: bool,
    /// Judge the right answers only, and ask nobody.
    #[arg(long)]
    right_answers: bool,
}

/// What became of one invoice.
struct Outcome {
    /// What the model read, if that is an invoice at all.
    invoice: Option<Invoice>,
    /// The code that holds it; `None` if it passes.
    held: Option<String>,
    cost: Cost,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let set = options.set.as_deref().map_or_else(|| Ok(set::generated()), set::of_folder)?;
    let settings = Settings::load()?;
    let books_credit_notes = settings.zoho.credit_notes == CreditNotes::VendorCredit;
    let company =
        || Company::new(settings.company.gstins(), settings.company.names()).booking_credit_notes(books_credit_notes);
    report::right_answers(&set, &set.iter().map(|one| held_if_right(one, &company())).collect::<Vec<_>>());
    if options.right_answers {
        return Ok(());
    }
    let stand_in = if options.sandbox { Some(start_sandbox().await?) } else { None };
    let llm = match &stand_in {
        Some(running) => Llm { base_url: running.url(), api_key: "sandbox".into(), ..settings.llm.clone() },
        None => settings.llm.clone(),
    };
    llm.require()?;
    let documents = Documents::on(Arc::new(InMemory::new()));
    let stage = LlmStructure::new(&llm, company(), documents)?;
    let concurrency = settings.stages.llm_structure.concurrency;
    let asked = futures::stream::iter(&set).map(|one| ask(&stage, one)).buffered(concurrency);
    let outcomes: Vec<Outcome> = asked.collect().await;
    let who = if stand_in.is_some() { "the sandbox's reader, no model".to_owned() } else { llm.model.clone() };
    println!("{}", Report::of(&who, &set, &outcomes));
    Ok(())
}

async fn start_sandbox() -> anyhow::Result<sandbox::server::Running> {
    Ok(sandbox::server::start(sandbox::Settings::parse_from(["sandbox", "--port", "0"])).await?)
}

/// The code that holds the right answer.
fn held_if_right(one: &Annotated, company: &Company) -> Option<String> {
    let judgement = judge(&one.right, Source::Text(&one.text), company, today());
    judgement.error().map(|finding| format!("{} {}", finding.code, finding.field))
}

async fn ask(stage: &LlmStructure, one: &Annotated) -> Outcome {
    let sha256 = ContentHash::of(one.name.as_bytes());
    let document =
        Document { source: one.name.clone(), sha256, bytes: 0, pages: 1, producer: None, submitted_by: None };
    let invoice_id: contract::InvoiceId = sha256.to_string()[..32].parse().unwrap();
    let input = Extracted { invoice_id: invoice_id.clone(), document, text: one.text.clone(), scan: false };
    match stage.handle(Work::alone(invoice_id, input)).await {
        Ok(structured) => Outcome { invoice: Some(structured.invoice), held: None, cost: structured.cost },
        Err(error) => Outcome {
            invoice: candidate(&error),
            held: Some(error.code.to_string()),
            cost: error.cost.unwrap_or_default(),
        },
    }
}

fn candidate(error: &StageError) -> Option<Invoice> {
    let candidate = error.candidate.as_deref()?;
    Some(serde_json::from_str::<Structured>(candidate.get()).ok()?.invoice)
}

fn today() -> NaiveDate {
    Utc::now().date_naive()
}
