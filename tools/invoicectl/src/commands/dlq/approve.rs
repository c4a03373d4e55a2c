//! `invoicectl dlq approve`.

use super::replay::{check_input, read_input};
use crate::context::{Context, actor};
use crate::dead_letters::Letter;
use crate::duration;
use crate::exit::Exit;
use anyhow::Context as _;
use clap::Args;
use contract::{CommandKind, InvoiceId, Stage, Structured, code, decision};
use serde_json::value::{RawValue, to_raw_value};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct Approve {
    id: InvoiceId,
    /// Why, for the history.
    #[arg(long)]
    reason: String,
    /// A corrected one (JSON, as `dlq show` prints it under "candidate", or under "input" for post-to-zoho) in its place.
    #[arg(long, value_name = "FILE")]
    candidate: Option<PathBuf>,
    /// The vendor in the books that the invoice is from, by its id; for zoho.vendor_ambiguous and zoho.vendor_unknown. The
    /// printed name is known as that vendor's from then on.
    #[arg(long, value_name = "ID")]
    vendor: Option<String>,
    /// How long to wait for admission's answer.
    #[arg(long, default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
}

impl Approve {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let corrected = self.candidate.as_deref().map(read_input).transpose()?;
        let Some(letter) = super::waiting(context, &self.id).await? else { return Ok(super::none_waits(&self.id)) };
        match approval(&letter, corrected, self.vendor, actor()) {
            Ok(kind) => super::decide("approve", kind, &letter, &self.reason, self.timeout, context).await,
            Err(mistake) => {
                eprintln!("invoicectl: {mistake:#}");
                Ok(Exit::Usage)
            }
        }
    }
}

/// A run that starts behind the stage that held the invoice, with what that stage had made of it; at the last stage, one that
/// passes what it was held for. Who approves, and who has edited, travels with it.
fn approval(
    letter: &Letter,
    corrected: Option<Box<RawValue>>,
    vendor: Option<String>,
    actor: String,
) -> anyhow::Result<CommandKind> {
    let (invoice_id, dead) = letter.replayable().context("it cannot be approved")?;
    let (held_at, code) = (dead.error.stage, &dead.error.code);
    let is_edited = corrected.is_some();
    let (stage, made) = match held_at.next() {
        Some(stage) => (stage, corrected.or_else(|| dead.candidate.clone())),
        None if decision::APPROVABLE.contains(code) => (held_at, Some(corrected.unwrap_or_else(|| dead.input.clone()))),
        None => {
            anyhow::bail!("{code} is not put right by approval: see `invoicectl dlq show` and docs/errors/{code}.md")
        }
    };
    let Some(input) = made else {
        anyhow::bail!("{held_at} made nothing of it that could go on: replay it, or discard it");
    };
    if *code == code::ZOHO_VENDOR_AMBIGUOUS && vendor.is_none() {
        anyhow::bail!("several vendors match: name one of them with --vendor ID (`invoicectl dlq show` lists them)");
    }
    check_input(stage, &invoice_id, &input)?;
    if stage != Stage::PostToZoho {
        return Ok(CommandKind::Replay { stage, input });
    }
    let mut structured: Structured = serde_json::from_str(input.get()).context("the input is not an invoice")?;
    let decision = structured.decision.get_or_insert_default();
    decision.approved.insert(code.clone());
    decision.vendor_id = vendor.or_else(|| decision.vendor_id.take());
    if is_edited {
        decision.edited_by.insert(actor.clone());
    }
    decision.approved_by = actor;
    Ok(CommandKind::Replay { stage, input: to_raw_value(&structured)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use stream::read::Record;

    fn letter(stage: Stage, candidate: &Value) -> Letter {
        letter_of(stage, "check.scan", &json!({}), candidate)
    }

    fn letter_of(stage: Stage, code: &str, input: &Value, candidate: &Value) -> Letter {
        let error = json!({ "stage": stage, "code": code, "class": "review", "message": "m", "run": 1, "attempts": 1 });
        let value = json!({ "error": error, "input": input, "candidate": candidate }).to_string();
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
        let Ok(CommandKind::Replay { stage, input }) = approval(&held, None, None, "me".to_owned()) else {
            panic!("not approved")
        };
        assert_eq!(
            (stage, serde_json::from_str::<Value>(input.get()).unwrap()),
            (Stage::LlmStructure, extracted("A-1"))
        );
        let corrected = extracted("A-1").to_string().replace("\"t\"", "\"corrected\"");
        let corrected: Box<RawValue> = serde_json::from_str(&corrected).unwrap();
        let Ok(CommandKind::Replay { input, .. }) = approval(&held, Some(corrected), None, "me".to_owned()) else {
            panic!("not approved")
        };
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
            assert!(approval(&letter(stage, &candidate), None, None, "me".to_owned()).is_err(), "{stage} {candidate}");
        }
    }

    fn structured(id: &str) -> Value {
        let Value::Object(mut value) = extracted(id) else { panic!("an object") };
        value.remove("text");
        let invoice = json!({
            "document_type": "tax_invoice", "vendor_name": "V", "vendor_gstin": null, "buyer_name": null,
            "buyer_gstin": null, "invoice_number": "1", "invoice_date": "2025-11-03", "due_date": null,
            "place_of_supply": null, "currency": "INR", "lines": [], "subtotal": "1", "cgst": "0", "sgst": "0",
            "igst": "0", "cess": "0", "round_off": "0", "total": "1",
        });
        let cost = json!({ "model": "m", "input_tokens": 1, "output_tokens": 1, "usd": "0" });
        value.extend([("invoice".to_owned(), invoice), ("warnings".to_owned(), json!([])), ("cost".to_owned(), cost)]);
        Value::Object(value)
    }

    #[test]
    fn what_the_last_stage_held_goes_there_again_with_who_approved_what() {
        let held = letter_of(Stage::PostToZoho, "zoho.bank_changed", &structured("A-1"), &Value::Null);
        let Ok(CommandKind::Replay { stage, input }) = approval(&held, None, None, "asha".to_owned()) else {
            panic!("not approved")
        };
        let decision = serde_json::from_str::<Structured>(input.get()).unwrap().decision.unwrap();
        assert_eq!((stage, decision.approved_by.as_str()), (Stage::PostToZoho, "asha"));
        assert!(decision.allows(&code::ZOHO_BANK_CHANGED) && decision.edited_by.is_empty());
    }

    #[test]
    fn an_approval_adds_to_earlier_ones_and_says_who_edited() {
        let mut input = structured("A-1");
        input["decision"] = json!({ "approved_by": "ravi", "approved": ["zoho.needs_approval"] });
        let held = letter_of(Stage::PostToZoho, "zoho.vendor_unknown", &input, &Value::Null);
        let corrected: Box<RawValue> = to_raw_value(&input).unwrap();
        let approved = approval(&held, Some(corrected), Some("901".to_owned()), "asha".to_owned());
        let Ok(CommandKind::Replay { input, .. }) = approved else { panic!("not approved") };
        let decision = serde_json::from_str::<Structured>(input.get()).unwrap().decision.unwrap();
        assert!(decision.allows(&code::ZOHO_NEEDS_APPROVAL) && decision.allows(&code::ZOHO_VENDOR_UNKNOWN));
        assert_eq!((decision.vendor_id.as_deref(), decision.edited_by.contains("asha")), (Some("901"), true));
    }

    #[test]
    fn what_approval_does_not_put_right_is_not_approved() {
        for code in ["zoho.total_differs", "zoho.vendor_ambiguous", "zoho.bad_request"] {
            let held = letter_of(Stage::PostToZoho, code, &structured("A-1"), &Value::Null);
            assert!(approval(&held, None, None, "asha".to_owned()).is_err(), "{code}");
        }
    }
}
