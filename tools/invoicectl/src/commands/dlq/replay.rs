//! `invoicectl dlq replay`.

use crate::context::{Context, actor};
use crate::duration;
use crate::exit::Exit;
use crate::output::line;
use crate::scan::Bar;
use anyhow::Context as _;
use clap::{ArgGroup, Args};
use contract::{InvoiceId, Stage};
use operations::{Action, Refusal, Selection};
use serde::de::DeserializeOwned;
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
        let action = Action::Replay {
            to: None,
            input: self.input.as_deref().map(read_json).transpose()?,
            patch: None,
            accept_same_document: self.accept_same_document,
        };
        let selection =
            Selection { ids: self.id.clone(), stage: self.stage, code: self.code.clone(), ..Selection::default() };
        let mut letters = context.letters(selection, &Bar::new()).await?;
        let mut gate = if self.dry_run { None } else { Some(context.gate().await?) };
        let mut counts = Counts::default();
        while let Some((letter, open)) = letters.next().await? {
            if !open {
                continue;
            }
            let command = match operations::command(&letter, &action, &actor(), self.reason.as_deref()) {
                Ok(command) => command,
                Err(Refusal::Poison | Refusal::Rejected) => {
                    counts.skipped += 1;
                    continue;
                }
                Err(refusal) => return Err(refusal.into()),
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

pub(super) fn read_json<T: DeserializeOwned>(file: &Path) -> anyhow::Result<T> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not the JSON that is wanted", file.display()))
}
