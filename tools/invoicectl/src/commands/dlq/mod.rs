//! `invoicectl dlq`.

mod discard;
mod list;
mod replay;
mod show;

use crate::context::Context;
use crate::exit::Exit;
use crate::gate::Answers;
use clap::Subcommand;

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
    /// Closes a dead letter: nothing will run, and the invoice's id stays taken.
    Discard(discard::Discard),
}

impl Dlq {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::Show(command) => command.run(context).await,
            Self::Replay(command) => command.run(context).await,
            Self::Discard(command) => command.run(context).await,
        }
    }
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
