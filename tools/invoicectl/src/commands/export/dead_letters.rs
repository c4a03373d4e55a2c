//! `invoicectl export dead-letters`.

use super::{Row, Table, To};
use crate::commands::dlq::Which;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::moment;
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
        let mut table = Table::open::<Summary>(&self.to)?;
        while let Some(found) = letters.next().await? {
            if found.open || self.all {
                table.write(&found.letter.summary(found.open))?;
            }
        }
        table.close()?;
        Ok(Exit::Done)
    }
}

impl Row for Summary {
    const COLUMNS: &'static [&'static str] = &[
        "at",
        "invoice_id",
        "stage",
        "error_code",
        "class",
        "run",
        "attempts",
        "vendor",
        "message",
        "open",
        "replayable",
        "record",
    ];

    fn cells(&self) -> Vec<String> {
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        vec![
            moment(self.at_ms),
            self.invoice_id.clone(),
            self.stage.to_string(),
            self.code.clone(),
            self.class.map(|class| class.to_string()).unwrap_or_default(),
            number(self.run),
            number(self.attempts),
            self.vendor.clone().unwrap_or_default(),
            self.message.clone(),
            self.open.to_string(),
            self.replayable.to_string(),
            self.record.to_string(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Form, tests::written};
    use super::*;

    #[test]
    fn a_dead_letter_is_a_row() {
        let text = r#"{"invoice_id":"A-1","stage":"llm-structure","code":"llm.timeout","class":"transient","run":1,
            "attempts":5,"message":"m","at_ms":0,"record":{"topic":"t","partition":0,"offset":7},"vendor":"@Acme",
            "replayable":true,"open":true}"#;
        let letter: Summary = serde_json::from_str(text).unwrap();
        let row = "1970-01-01T00:00:00Z,A-1,llm-structure,llm.timeout,transient,1,5,'@Acme,m,true,true,t:0:7";
        assert_eq!(written(&[letter], Form::Csv).lines().nth(1), Some(row));
    }
}
