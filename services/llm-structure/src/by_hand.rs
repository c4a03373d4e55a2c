//! The stage for people: one text in, what became of it out, without Kafka. It asks the configured model, and pays.

use crate::handler::LlmStructure;
use contract::{ContentHash, Document, Extracted, InvoiceId, Structured};
use engine::{Handler, StageError, Work};
use runtime::Settings;
use serde_json::value::RawValue;
use std::io::Read;
use std::process::ExitCode;

const USAGE: u8 = 64;

/// Structures the text in a file, or of standard input if it is `-`. Prints the invoice as JSON and ends with 0 if it would
/// have become a bill; prints why not and ends with 1 if it would not.
pub fn structure(file: &str, build: impl FnOnce(&Settings) -> anyhow::Result<LlmStructure>) -> ExitCode {
    let ended = Settings::load().map_err(anyhow::Error::from).and_then(|settings| {
        let input = input(&text(file)?)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stage = runtime.block_on(async { build(&settings) })?;
        Ok(runtime.block_on(stage.handle(Work::alone(input.invoice_id.clone(), input))))
    });
    match ended {
        Ok(Ok(structured)) => {
            println!("{}", passed(&structured));
            ExitCode::SUCCESS
        }
        Ok(Err(error)) => {
            eprintln!("{}", held(&error));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says how the program is called.
#[must_use]
pub fn usage() -> ExitCode {
    eprintln!("usage: llm-structure | llm-structure healthcheck [--ready]");
    eprintln!("       llm-structure structure FILE.txt  (- reads standard input)");
    ExitCode::from(USAGE)
}

fn text(file: &str) -> std::io::Result<String> {
    let mut text = String::new();
    if file == "-" {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(file)?;
    }
    Ok(text)
}

/// As fetch-extract would hand it on.
fn input(text: &str) -> anyhow::Result<Extracted> {
    let sha256 = ContentHash::of(text.as_bytes());
    let invoice_id: InvoiceId = "by-hand".parse()?;
    let document = Document {
        source: "by hand".to_owned(),
        sha256,
        bytes: text.len() as u64,
        pages: 1,
        producer: None,
        submitted_by: None,
    };
    Ok(Extracted { invoice_id, document, text: text.to_owned(), scan: false })
}

fn passed(structured: &Structured) -> String {
    let Structured { invoice, warnings, evidence, cost, .. } = structured;
    let shown = serde_json::json!({ "invoice": invoice, "warnings": warnings, "evidence": evidence, "cost": cost });
    format!("{shown:#}")
}

fn held(error: &StageError) -> String {
    let pretty = |json: &RawValue| {
        let value: Option<serde_json::Value> = serde_json::from_str(json.get()).ok();
        value.map(|value| format!("{value:#}")).unwrap_or_default()
    };
    let evidence = error.evidence.as_deref().map(pretty).map(|text| format!("\nfound: {text}"));
    let candidate = error.candidate.as_deref().map(pretty).map(|text| format!("\ncandidate: {text}"));
    let cost = error.cost.as_ref().map(|cost| format!("\npaid: USD {} to {}", cost.usd, cost.model));
    [Some(error.to_string()), evidence, candidate, cost].into_iter().flatten().collect()
}
