//! `invoicectl export dead-letters`.

use super::To;
use crate::commands::dlq::Which;
use crate::context::Context;
use crate::exit::Exit;
use crate::scan::Bar;
use chrono::Utc;
use clap::Args;
use operations::Summary;

#[derive(Debug, Args)]
pub(crate) struct DeadLetters {
    #[command(flatten)]
    which: Which,
    /// Those as well that were replayed, discarded or overtaken by a later run.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    to: To,
}

impl DeadLetters {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let selection = self.which.selection(Utc::now().timestamp_millis());
        let mut letters = context.letters(selection, &Bar::new()).await?;
        let mut table = self.to.open::<Summary>()?;
        while let Some(found) = letters.next().await? {
            if found.open || self.all {
                table.write(&found.letter.summary(found.open))?;
            }
        }
        table.close()?;
        Ok(Exit::Done)
    }
}
