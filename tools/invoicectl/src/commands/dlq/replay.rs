//! `invoicectl dlq replay`.

use crate::context::{Context, actor};
use crate::dead_letters::{Letter, Letters, Selection};
use crate::duration;
use crate::exit::Exit;
use crate::gate::Gate;
use crate::output::line;
use anyhow::Context as _;
use clap::{ArgGroup, Args};
use contract::{Command, CommandKind, Extracted, InvoiceId, Request, Stage, Structured, code};
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).multiple(true).args(["id", "stage", "code", "all"])))]
pub(crate) struct Replay {
    /// Those of this invoice; may be given more than once.
    #[arg(long)]
    id: Vec<InvoiceId>,
    /// Those of this stage.
    #[arg(long)]
    stage: Option<Stage>,
    /// Those with this error code, such as llm.timeout.
    #[arg(long)]
    code: Option<String>,
    /// All that wait for somebody.
    #[arg(long, conflicts_with_all = ["id", "stage", "code"])]
    all: bool,
    /// Counts what would be replayed, by stage and code, and replays nothing.
    #[arg(long)]
    dry_run: bool,
    /// Why, for the history.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// An edited input (JSON, as `dlq show` prints it under "input") in place of the one that failed; for one --id.
    #[arg(long, value_name = "FILE", requires = "id")]
    input: Option<PathBuf>,
    /// Lets through what was held because the same PDF came before under another id (fetch.same_document): both are to
    /// be paid.
    #[arg(long, conflicts_with = "input")]
    accept_same_document: bool,
    /// Does not wait for admission's answers.
    #[arg(long)]
    no_wait: bool,
    /// How long to wait for admission's answers.
    #[arg(long, default_value = "60s", value_parser = duration::parse, conflicts_with = "no_wait")]
    timeout: Duration,
}

/// What was found, by stage and error code.
#[derive(Debug, Default)]
struct Counts {
    replayed: BTreeMap<(Stage, String), u64>,
    /// Poison and what was refused before admission.
    skipped: u64,
}

impl Replay {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        if self.input.is_some() && self.id.len() > 1 {
            eprintln!("invoicectl: --input is the input of one invoice; give one --id");
            return Ok(Exit::Usage);
        }
        let edited = self.input.as_deref().map(read_input).transpose()?;
        let selection = Selection { ids: self.id.clone(), stage: self.stage, code: self.code.clone() };
        let mut letters = Letters::open(context, selection).await?;
        let mut gate = if self.dry_run { None } else { Some(Gate::open(context).await?) };
        let mut counts = Counts::default();
        while let Some((letter, open)) = letters.next().await? {
            if !open {
                continue;
            }
            let Some(command) = self.command(&letter, edited.as_deref())? else {
                counts.skipped += 1;
                continue;
            };
            if let Some(gate) = &mut gate {
                gate.send(&command).await?;
            }
            *counts.replayed.entry((letter.stage, letter.code())).or_default() += 1;
        }
        self.report(&counts)?;
        if counts.replayed.is_empty() {
            return Ok(if self.id.is_empty() { Exit::Done } else { Exit::NotFound });
        }
        let Some(gate) = gate.filter(|_| !self.no_wait) else { return Ok(Exit::Done) };
        let answers = gate.answers(self.timeout).await?;
        line(&format!("replay: {}", answers.text()))?;
        Ok(super::exit(&answers))
    }

    /// `None` when the letter cannot be replayed.
    fn command(&self, letter: &Letter, edited: Option<&RawValue>) -> anyhow::Result<Option<Command>> {
        let Some((invoice_id, dead)) = letter.replayable() else { return Ok(None) };
        let stage = dead.error.stage;
        if let Some(edited) = edited {
            check_input(stage, &invoice_id, edited)?;
        }
        let accepts = self.accept_same_document && dead.error.code == code::FETCH_SAME_DOCUMENT;
        let input = match edited {
            Some(edited) => edited.to_owned(),
            None if accepts => accepting(&dead.input)?,
            None => dead.input.clone(),
        };
        Ok(Some(Command {
            command: CommandKind::Replay { stage, input },
            run: dead.error.run,
            invoice_id,
            dead_letter: Some(letter.record.coordinates()),
            actor: actor(),
            reason: self.reason.clone(),
        }))
    }

    fn report(&self, counts: &Counts) -> anyhow::Result<()> {
        let verb = if self.dry_run { "would replay" } else { "asked for a replay of" };
        for ((stage, code), count) in &counts.replayed {
            line(&format!("{verb} {count} of {stage} with {code}"))?;
        }
        line(&format!("{verb} {} dead letters", counts.replayed.values().sum::<u64>()))?;
        if counts.skipped > 0 {
            line(&format!("{} cannot be replayed: publish a proper request in their place", counts.skipped))?;
        }
        Ok(())
    }
}

pub(super) fn read_input(file: &Path) -> anyhow::Result<Box<RawValue>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))
}

/// The request, with the word that somebody has looked.
fn accepting(input: &RawValue) -> anyhow::Result<Box<RawValue>> {
    let request: Request = serde_json::from_str(input.get()).context("the dead letter holds no request")?;
    Ok(to_raw_value(&Request { accept_same_document: true, ..request })?)
}

/// An edited input must be one that the stage takes, of the same invoice.
pub(super) fn check_input(stage: Stage, invoice_id: &InvoiceId, input: &RawValue) -> anyhow::Result<()> {
    let text = input.get();
    let named = match stage {
        Stage::FetchExtract => serde_json::from_str::<Request>(text).map(|request| request.invoice_id),
        Stage::LlmStructure => serde_json::from_str::<Extracted>(text).map(|extracted| Some(extracted.invoice_id)),
        Stage::PostToZoho => serde_json::from_str::<Structured>(text).map(|structured| Some(structured.invoice_id)),
    };
    let named = named.with_context(|| format!("the edited input is not one that {stage} takes"))?;
    match named {
        Some(named) if named != *invoice_id => {
            anyhow::bail!("the edited input is of invoice {named}, not {invoice_id}")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stage: Stage, input: &str) -> Result<(), String> {
        let input: Box<RawValue> = serde_json::from_str(input).unwrap();
        check_input(stage, &"A-1".parse().unwrap(), &input).map_err(|error| error.to_string())
    }

    #[test]
    fn an_edited_input_is_of_the_stage_and_of_the_invoice() {
        assert_eq!(check(Stage::FetchExtract, r#"{"pdf_url":"https://h/a.pdf"}"#), Ok(()));
        assert_eq!(check(Stage::FetchExtract, r#"{"pdf_url":"https://h/a.pdf","invoice_id":"A-1"}"#), Ok(()));
        assert!(check(Stage::FetchExtract, r#"{"pdf_url":"https://h/a.pdf","invoice_id":"B-2"}"#).is_err());
        assert!(check(Stage::FetchExtract, r#"{"url":"https://h/a.pdf"}"#).is_err());
        let document = format!(r#"{{"source":"s","sha256":"{}","bytes":1,"pages":1}}"#, "0".repeat(64));
        let extracted = &format!(r#"{{"invoice_id":"A-1","document":{document},"text":"t"}}"#);
        assert_eq!(check(Stage::LlmStructure, extracted), Ok(()));
        assert!(check(Stage::PostToZoho, extracted).is_err());
    }
}
