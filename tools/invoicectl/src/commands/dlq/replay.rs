//! `invoicectl dlq replay`.

mod report;

use super::which::Which;
use crate::context::{Context, actor};
use crate::duration;
use crate::exit::Exit;
use crate::scan::Bar;
use anyhow::Context as _;
use chrono::Utc;
use clap::Args;
use contract::Stage;
use operations::{Action, Bulk, Found, Gate, Inputs, Pace, Selection, Skip};
use report::Report;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    which: Which,
    /// All that wait for somebody.
    #[arg(long, conflicts_with = "which", required_unless_present = "which")]
    all: bool,
    /// Counts what would be replayed and what would not, by stage, code and reason, and replays nothing.
    #[arg(long)]
    dry_run: bool,
    /// Why, for the history.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// An edited input (JSON, as `dlq show` prints it under "input") in place of the one that failed; for one --id.
    #[arg(long, value_name = "FILE", requires = "id")]
    input: Option<PathBuf>,
    /// Changes each input by a JSON patch (RFC 6902), such as
    /// `[{"op":"replace","path":"/pdf_url","value":"https://…"}]`. What it does not fit is left alone.
    #[arg(long, value_name = "FILE")]
    edit: Option<PathBuf>,
    /// Begins at this stage. An earlier one is given what it was given before. The next one is given what the failed stage
    /// had made of it, which is an approval.
    #[arg(long, value_name = "STAGE")]
    to: Option<Stage>,
    /// No more than so many a second.
    #[arg(long, value_name = "N")]
    rate: Option<NonZeroU32>,
    /// No more than so many; the same command again goes on with the rest.
    #[arg(long, value_name = "N")]
    max: Option<u64>,
    /// Also invoices of which more than five runs have ended with the same code.
    #[arg(long)]
    force: bool,
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
    /// One JSON object: what was counted, and the answers.
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        if self.input.is_some() && self.which.id.len() > 1 {
            eprintln!("invoicectl: --input is the input of one invoice; give one --id");
            return Ok(Exit::Usage);
        }
        let bulk = self.bulk(context)?;
        let selection = self.which.selection(Utc::now().timestamp_millis());
        let inputs = self.earlier_inputs(&selection, context).await?;
        let gate = if self.dry_run { None } else { Some(context.gate().await?.paced(Pace { rate: self.rate })) };
        let mut sending = Sending { context, bulk, inputs, gate, report: Report::new(&self) };
        let mut letters = context.letters(selection, &Bar::new()).await?;
        while let Some(found) = letters.next().await? {
            if found.open {
                sending.take(&found).await?;
            }
        }
        let Sending { gate, mut report, .. } = sending;
        if let Some(gate) = gate.filter(|gate| !self.no_wait && gate.sent() > 0) {
            report.answers = Some(gate.answers(self.timeout).await?);
        }
        report.write(self.json)?;
        Ok(report.exit())
    }

    fn bulk(&self, context: &Context) -> anyhow::Result<Bulk> {
        Ok(Bulk {
            action: Action::Replay {
                to: self.to,
                input: self.input.as_deref().map(read_json).transpose()?,
                patch: self.edit.as_deref().map(read_json).transpose()?,
                accept_same_document: self.accept_same_document,
            },
            actor: actor(),
            reason: self.reason.clone(),
            max: self.max,
            force: self.force,
            max_input_bytes: context.layout.max_message_bytes,
        })
    }

    /// What an earlier stage was given of the selected invoices, if that is where they are to begin.
    async fn earlier_inputs(&self, selection: &Selection, context: &Context) -> anyhow::Result<Option<Inputs>> {
        let Some(to) = self.to.filter(|_| self.input.is_none()) else { return Ok(None) };
        let mut wanted = HashMap::new();
        let mut letters = context.letters(selection.clone(), &Bar::new()).await?;
        while let Some(found) = letters.next().await? {
            let replayable = found.letter.replayable().filter(|_| found.open && to < found.letter.stage);
            wanted.extend(replayable.map(|(id, dead)| (id, dead.error.run)));
        }
        Ok(Some(Inputs::find(&context.kafka, &context.topics, to, wanted).await?))
    }
}

/// A replay under way.
struct Sending<'a> {
    context: &'a Context,
    bulk: Bulk,
    inputs: Option<Inputs>,
    /// None if nothing is to be sent.
    gate: Option<Gate>,
    report: Report,
}

impl Sending<'_> {
    async fn take(&mut self, found: &Found) -> anyhow::Result<()> {
        let earlier = self.earlier_input(found).await?;
        let bulk = earlier.map(|input| self.bulk.beginning_with(input));
        let bulk = bulk.as_ref().unwrap_or(&self.bulk);
        match bulk.command(&found.letter, found.failures, self.report.letters.replayed()) {
            Ok(command) => {
                if let Some(gate) = &mut self.gate {
                    gate.send(&command).await?;
                }
                self.report.replayed(&found.letter);
            }
            Err(Skip::Refused(refusal)) => self.report.refused(&found.letter, &refusal),
            Err(Skip::Left) => self.report.left(&found.letter),
        }
        Ok(())
    }

    /// `Some` if it begins at an earlier stage than the one that failed, with that stage's input as far as it is known.
    async fn earlier_input(&self, found: &Found) -> anyhow::Result<Option<Option<Box<RawValue>>>> {
        let Some(inputs) = &self.inputs else { return Ok(None) };
        match found.letter.replayable() {
            Some((id, dead)) if inputs.stage() < dead.error.stage => {
                Ok(Some(inputs.of(&self.context.kafka, &id).await?))
            }
            _ => Ok(None),
        }
    }
}

pub(super) fn read_json<T: DeserializeOwned>(file: &Path) -> anyhow::Result<T> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not the JSON that is wanted", file.display()))
}
