//! `invoicectl dlq`.

mod approve;
mod discard;
mod list;
mod replay;
mod show;

use crate::context::{Context, actor};
use crate::dead_letters::{Letter, Letters, Selection};
use crate::exit::Exit;
use crate::gate::{Answers, Gate};
use crate::output::line;
use anyhow::Context as _;
use clap::Subcommand;
use contract::{Command, CommandKind, InvoiceId};
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Dlq {
    /// Lists the dead letters that wait for somebody.
    List(list::List),
    /// Shows dead letters with all they hold, as JSON.
    Show(show::Show),
    /// Starts new runs where dead letters stopped.
    ///
    /// Poison (records that could not be read) cannot be replayed: publish a proper request in its place. What was
    /// refused for an id conflict cannot be replayed either: submit it under another id.
    Replay(replay::Replay),
    /// Sends what a stage had made of an invoice on to the next stage: somebody has compared it with the PDF.
    ///
    /// For what was held for review, such as a scan or a sum that does not agree. Nothing is asked or paid again.
    Approve(approve::Approve),
    /// Closes a dead letter: nothing will run, and the invoice's id stays taken.
    Discard(discard::Discard),
}

impl Dlq {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::Show(command) => command.run(context).await,
            Self::Replay(command) => command.run(context).await,
            Self::Approve(command) => command.run(context).await,
            Self::Discard(command) => command.run(context).await,
        }
    }
}

/// The dead letter of an invoice that waits for somebody.
async fn waiting(context: &Context, id: &InvoiceId) -> anyhow::Result<Option<Letter>> {
    let selection = Selection { ids: vec![id.clone()], ..Selection::default() };
    let mut letters = Letters::open(context, selection).await?;
    while let Some((letter, open)) = letters.next().await? {
        if open && letter.replayable().is_some() {
            return Ok(Some(letter));
        }
    }
    Ok(None)
}

fn none_waits(id: &InvoiceId) -> Exit {
    eprintln!("invoicectl: no dead letter of {id} waits for somebody");
    Exit::NotFound
}

/// Asks admission for what somebody has decided about a dead letter, and says what it answered.
async fn decide(
    verb: &str,
    kind: CommandKind,
    letter: &Letter,
    reason: &str,
    patience: Duration,
    context: &Context,
) -> anyhow::Result<Exit> {
    let (invoice_id, dead) = letter.replayable().context("a rejected record has no invoice to decide about")?;
    let command = Command {
        command: kind,
        invoice_id,
        run: dead.error.run,
        dead_letter: Some(letter.record.coordinates()),
        actor: actor(),
        reason: Some(reason.to_owned()),
    };
    let mut gate = Gate::open(context).await?;
    gate.send(&command).await?;
    let answers = gate.answers(patience).await?;
    line(&format!("{verb}: {}", answers.text()))?;
    Ok(exit(&answers))
}

/// What admission's answers mean for a script.
fn exit(answers: &Answers) -> Exit {
    if answers.unanswered > 0 {
        Exit::TimedOut
    } else if answers.stale + answers.refused > 0 {
        Exit::Failed
    } else {
        Exit::Done
    }
}
