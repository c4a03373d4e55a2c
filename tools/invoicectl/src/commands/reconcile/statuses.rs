//! Our side of the comparison: the latest statuses, and what the invoices that wait for a person would become.

use crate::context::Context;
use crate::scan::Scan;
use contract::{DeadLetter, InvoiceId, Stage, State, Status, Structured};
use operations::{Ended, Letter};
use post_to_zoho::compare::{Books, Ours, Period, Waiting};
use std::collections::HashMap;
use stream::read;

/// The stages that know an invoice's number, vendor and total when they stop.
const KNOWING: [Stage; 2] = [Stage::LlmStructure, Stage::PostToZoho];

pub(super) async fn read(context: &Context, period: &Period, books: &Books) -> anyhow::Result<Ours> {
    let mut ours = Ours::default();
    let mut ended = HashMap::new();
    let topic = context.topics.status();
    let mut scan = Scan::new(read::scan(&context.kafka, &topic).await?, &topic);
    while let Some(record) = scan.next().await? {
        let Some(id) = record.invoice_id() else { continue };
        let status: Option<Status> = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
        match &status {
            Some(status) if matches!(status.state, State::Dead | State::Review) => {
                ended.insert(id.clone(), Ended::of(status));
            }
            _ => drop(ended.remove(&id)),
        }
        ours.take(record.partition, id, status, period, books);
    }
    for stage in KNOWING {
        wait(context, stage, &ended, &mut ours).await?;
    }
    Ok(ours)
}

/// Adds the invoices whose letters of a stage are open.
async fn wait(
    context: &Context,
    stage: Stage,
    ended: &HashMap<InvoiceId, Ended>,
    ours: &mut Ours,
) -> anyhow::Result<()> {
    let topic = context.topics.dead_letter(stage);
    let mut scan = Scan::new(read::scan(&context.kafka, &topic).await?, &topic);
    while let Some(record) = scan.next().await? {
        let letter = Letter::of(record, stage);
        let Some((id, dead)) = letter.replayable() else { continue };
        let open = ended.get(&id).is_some_and(|ended| letter.is_open(Some(ended)));
        if let Some(waiting) = structured(stage, dead).filter(|_| open) {
            ours.wait(waiting_for(id, dead, waiting));
        }
    }
    Ok(())
}

fn structured(stage: Stage, letter: &DeadLetter) -> Option<Structured> {
    let made = match stage {
        Stage::PostToZoho => Some(&*letter.input),
        _ => letter.candidate.as_deref(),
    };
    serde_json::from_str(made?.get()).ok()
}

fn waiting_for(invoice_id: InvoiceId, letter: &DeadLetter, structured: Structured) -> Waiting {
    let invoice = structured.invoice;
    Waiting {
        invoice_id,
        code: letter.error.code.clone(),
        bill_number: invoice.invoice_number,
        vendor_name: invoice.vendor_name,
        currency: invoice.currency,
        total: invoice.total,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn letter(input: &Value, candidate: Option<&Value>) -> DeadLetter {
        let error = json!({"stage": "llm-structure", "code": "check.scan", "class": "review", "message": "m", "run": 1,
            "attempts": 1});
        let text = json!({"error": error, "input": input, "candidate": candidate}).to_string();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_letter_without_a_structured_invoice_is_passed_over() {
        let text = json!({"text": "t"});
        assert!(structured(Stage::LlmStructure, &letter(&text, None)).is_none());
        assert!(structured(Stage::LlmStructure, &letter(&text, Some(&text))).is_none());
        assert!(structured(Stage::PostToZoho, &letter(&text, None)).is_none());
    }
}
