//! `invoicectl dlq`.

mod approve;
mod discard;
mod list;
mod replay;
mod show;
mod which;

pub(crate) use which::Which;

use crate::context::{Context, actor};
use crate::exit::Exit;
use crate::output::line;
use crate::scan::Bar;
use clap::Subcommand;
use contract::InvoiceId;
use operations::{Action, Answer, Answers, Letter, Selection};
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

/// Asks admission for what somebody has decided about the dead letter of an invoice, and says what it answered.
async fn decide(
    action: &Action,
    id: &InvoiceId,
    reason: &str,
    patience: Duration,
    context: &Context,
) -> anyhow::Result<Exit> {
    let Some(letter) = waiting(context, id).await? else {
        eprintln!("invoicectl: no dead letter of {id} waits for somebody");
        return Ok(Exit::NotFound);
    };
    let command = match operations::command(&letter, action, &actor(), Some(reason)) {
        Ok(command) => command,
        Err(refusal) => {
            eprintln!("invoicectl: {refusal}");
            return Ok(Exit::Usage);
        }
    };
    let mut gate = context.gate().await?;
    gate.send(&command).await?;
    let answers = gate.answers(patience).await?;
    line(&format!("{}: {}", action.as_str(), answers.text()))?;
    Ok(exit(&answers))
}

/// The dead letter of an invoice that waits for somebody.
async fn waiting(context: &Context, id: &InvoiceId) -> anyhow::Result<Option<Letter>> {
    let mut letters = context.letters(Selection::of(id.clone()), &Bar::new()).await?;
    while let Some(found) = letters.next().await? {
        if found.open && found.letter.replayable().is_some() {
            return Ok(Some(found.letter));
        }
    }
    Ok(None)
}

/// What admission's answers mean for a script.
pub(crate) fn exit(answers: &Answers) -> Exit {
    match answers.worst() {
        Answer::Unanswered => Exit::TimedOut,
        Answer::Stale | Answer::Refused => Exit::Failed,
        Answer::Accepted => Exit::Done,
    }
}
