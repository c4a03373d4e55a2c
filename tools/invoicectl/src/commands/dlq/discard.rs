//! `invoicectl dlq discard`.

use crate::context::{Context, actor};
use crate::dead_letters::{Letters, Selection};
use crate::duration;
use crate::exit::Exit;
use crate::gate::Gate;
use crate::output::line;
use clap::Args;
use contract::{Command, CommandKind, InvoiceId};
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct Discard {
    id: InvoiceId,
    /// Why, for the history.
    #[arg(long)]
    reason: String,
    /// How long to wait for admission's answer.
    #[arg(long, default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
}

impl Discard {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Some(command) = self.command(context).await? else {
            eprintln!("invoicectl: no dead letter of {} waits for somebody", self.id);
            return Ok(Exit::NotFound);
        };
        let mut gate = Gate::open(context).await?;
        gate.send(&command).await?;
        let answers = gate.answers(self.timeout).await?;
        line(&format!("discard: {}", answers.text()))?;
        Ok(super::exit(&answers))
    }

    async fn command(&self, context: &Context) -> anyhow::Result<Option<Command>> {
        let selection = Selection { ids: vec![self.id.clone()], ..Selection::default() };
        let mut letters = Letters::open(context, selection).await?;
        while let Some((letter, open)) = letters.next().await? {
            if let (true, Some((invoice_id, dead))) = (open, letter.replayable()) {
                return Ok(Some(Command {
                    command: CommandKind::Discard,
                    invoice_id,
                    run: dead.error.run,
                    dead_letter: letter.record.coordinates(),
                    actor: actor(),
                    reason: Some(self.reason.clone()),
                }));
            }
        }
        Ok(None)
    }
}
