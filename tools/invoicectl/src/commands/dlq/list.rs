//! `invoicectl dlq list`.

use super::which::Which;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{Format, line, moment};
use crate::scan::Bar;
use chrono::Utc;
use clap::Args;
use operations::Summary;

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    which: Which,
    /// Those as well that were replayed, discarded or overtaken by a later run.
    #[arg(long)]
    all: bool,
    /// One JSON object per dead letter.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let format = Format::new(self.json);
        let selection = self.which.selection(Utc::now().timestamp_millis());
        let bar = Bar::new();
        let mut letters = context.letters(selection, &bar).await?;
        let mut listed = 0_u64;
        while let Some(found) = letters.next().await? {
            if found.open || self.all {
                bar.beside(|| format.write(&found.letter.summary(found.open), text))?;
                listed += 1;
            }
        }
        if format == Format::Text {
            line(&format!("dead letters: {listed}"))?;
        }
        Ok(Exit::Done)
    }
}

fn text(letter: &Summary) -> String {
    let number = |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let state = if letter.open { "" } else { "  (closed)" };
    format!(
        "{}  {}  {}  {} run {} attempts {}  {}  {}{state}",
        moment(letter.at_ms),
        letter.invoice_id,
        letter.code,
        letter.stage,
        number(letter.run),
        number(letter.attempts),
        letter.record,
        letter.message,
    )
}
