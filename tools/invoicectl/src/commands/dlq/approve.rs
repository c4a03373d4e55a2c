//! `invoicectl dlq approve`.

use super::replay::{check_input, read_input};
use crate::context::Context;
use crate::dead_letters::Letter;
use crate::duration;
use crate::exit::Exit;
use clap::Args;
use contract::{CommandKind, InvoiceId};
use serde_json::value::RawValue;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct Approve {
    id: InvoiceId,
    /// Why, for the history.
    #[arg(long)]
    reason: String,
    /// A corrected one (JSON, as `dlq show` prints it under "candidate") in its place.
    #[arg(long, value_name = "FILE")]
    candidate: Option<PathBuf>,
    /// How long to wait for admission's answer.
    #[arg(long, default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
}

impl Approve {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let corrected = self.candidate.as_deref().map(read_input).transpose()?;
        let Some(letter) = super::waiting(context, &self.id).await? else { return Ok(super::none_waits(&self.id)) };
        match approval(&letter, corrected) {
            Ok(kind) => super::decide("approve", kind, &letter, &self.reason, self.timeout, context).await,
            Err(mistake) => {
                eprintln!("invoicectl: {mistake:#}");
                Ok(Exit::Usage)
            }
        }
    }
}

/// A run that starts behind the stage that held the invoice, with what that stage had made of it.
fn approval(letter: &Letter, corrected: Option<Box<RawValue>>) -> anyhow::Result<CommandKind> {
    let (invoice_id, dead) = letter.replayable().ok_or_else(|| anyhow::anyhow!("it cannot be approved"))?;
    let made = corrected.or_else(|| dead.candidate.clone());
    let (Some(stage), Some(input)) = (dead.error.stage.next(), made) else {
        anyhow::bail!("{} made nothing of it that could go on: replay it, or discard it", dead.error.stage);
    };
    check_input(stage, &invoice_id, &input)?;
    Ok(CommandKind::Replay { stage, input })
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Stage;
    use serde_json::{Value, json};
    use stream::read::Record;

    fn letter(stage: Stage, candidate: &Value) -> Letter {
        let error = json!({ "stage": stage, "code": "check.scan", "class": "review", "message": "m", "run": 1,
            "attempts": 1 });
        let value = json!({ "error": error, "input": {}, "candidate": candidate }).to_string();
        let record = Record {
            topic: "t".to_owned(),
            partition: 0,
            offset: 1,
            timestamp_ms: 1,
            key: Some("A-1".into()),
            value: Some(value.into()),
            headers: contract::Headers::default(),
        };
        Letter::of(record, stage)
    }

    fn extracted(id: &str) -> Value {
        let document = json!({ "source": "s", "sha256": "0".repeat(64), "bytes": 1, "pages": 1 });
        json!({ "invoice_id": id, "document": document, "text": "t" })
    }

    #[test]
    fn what_a_stage_made_goes_to_the_next_stage_as_it_is_or_as_corrected() {
        let held = letter(Stage::FetchExtract, &extracted("A-1"));
        let Ok(CommandKind::Replay { stage, input }) = approval(&held, None) else { panic!("not approved") };
        assert_eq!(
            (stage, serde_json::from_str::<Value>(input.get()).unwrap()),
            (Stage::LlmStructure, extracted("A-1"))
        );
        let corrected = extracted("A-1").to_string().replace("\"t\"", "\"corrected\"");
        let corrected: Box<RawValue> = serde_json::from_str(&corrected).unwrap();
        let Ok(CommandKind::Replay { input, .. }) = approval(&held, Some(corrected)) else { panic!("not approved") };
        assert!(input.get().contains("corrected"));
    }

    #[test]
    fn what_the_next_stage_would_not_take_cannot_be_approved() {
        for (stage, candidate) in [
            (Stage::FetchExtract, Value::Null),
            (Stage::FetchExtract, json!({ "text": "t" })),
            (Stage::FetchExtract, extracted("B-2")),
            (Stage::LlmStructure, extracted("A-1")),
            (Stage::PostToZoho, extracted("A-1")),
        ] {
            assert!(approval(&letter(stage, &candidate), None).is_err(), "{stage} {candidate}");
        }
    }
}
