//! `invoicectl status`.

use crate::context::Context;
use crate::events::told;
use crate::exit::Exit;
use crate::output::{Format, moment, span};
use crate::scan::Scan;
use crate::view::StatusView;
use clap::Args;
use contract::{HistoryEvent, InvoiceId};
use operations::{Step, timeline};
use serde::Serialize;
use stream::read;

#[derive(Debug, Args)]
pub(crate) struct Status {
    id: InvoiceId,
    /// Only where it is now, without how it came there; quicker where the history is long.
    #[arg(long)]
    brief: bool,
    /// One JSON object; amounts are exact decimal text.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    status: StatusView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Vec<Step>>,
}

impl Status {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Some(status) = read::latest_status(&context.kafka, &context.topics, &self.id).await? else {
            eprintln!("invoicectl: no invoice has the id {}", self.id);
            return Ok(Exit::NotFound);
        };
        let timeline = if self.brief { None } else { Some(timeline(events(context, &self.id).await?)) };
        let format = Format::new(self.json);
        let told = Told { status: StatusView::new(&self.id, &status), timeline };
        format.write(&told, |told| told.status.text())?;
        if format == Format::Text {
            told.timeline.iter().flatten().try_for_each(|step| format.write(step, text))?;
        }
        Ok(Exit::Done)
    }
}

/// All that the history has of an invoice.
async fn events(context: &Context, id: &InvoiceId) -> anyhow::Result<Vec<HistoryEvent>> {
    let topic = context.topics.history();
    let mut scan = Scan::new(read::scan_partition_of(&context.kafka, &topic, id).await?, &topic);
    let mut events = Vec::new();
    while let Some(record) = scan.next().await? {
        if record.key.as_deref() == Some(id.as_str().as_bytes()) {
            events.extend(record.value.as_deref().and_then(|value| serde_json::from_slice::<HistoryEvent>(value).ok()));
        }
    }
    Ok(events)
}

fn text(step: &Step) -> String {
    let mut parts = vec![format!("  {}", moment(step.event.at_ms))];
    parts.extend(step.waited_ms.map(|ms| format!("after {}", span(ms))));
    parts.extend(told(&step.event));
    parts.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_says_how_long_was_waited_and_why() {
        let event = r#"{"invoice_id":"A-1","kind":"retried","stage":"fetch-extract","run":1,"attempt":2,"at_ms":61000,
            "took_ms":1000,"code":"fetch.timeout","message":"no answer","record":{"topic":"t","partition":0,"offset":7}}"#;
        let event: HistoryEvent = serde_json::from_str(event).unwrap();
        let steps = timeline(vec![HistoryEvent { at_ms: 0, took_ms: None, ..event.clone() }, event]);
        assert_eq!(
            text(&steps[1]),
            "  1970-01-01T00:01:01Z  after 1 min 0 s  retried  fetch-extract run 1 attempt 2  took 1.0 s  fetch.timeout  \
             no answer"
        );
    }
}
