//! `invoicectl history`.

use crate::context::Context;
use crate::exit::Exit;
use crate::output::{Format, moment};
use crate::scan::Scan;
use clap::Args;
use contract::history::EventKind;
use contract::{HistoryEvent, InvoiceId};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use stream::read;

/// Events are in the order they happened for each invoice, not between invoices.
#[derive(Debug, Args)]
pub(crate) struct History {
    id: Option<InvoiceId>,
    /// forwarded, retried, dead_lettered, duplicate, command_accepted, erased, stale_command, stage_paused or stage_resumed.
    #[arg(long, value_parser = kind)]
    kind: Option<EventKind>,
    /// One JSON object per event.
    #[arg(long)]
    json: bool,
}

impl History {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let format = Format::new(self.json);
        let topic = context.topics.history();
        let feed = match &self.id {
            Some(id) => read::scan_partition_of(&context.kafka, &topic, id).await?,
            None => read::scan(&context.kafka, &topic).await?,
        };
        let mut scan = Scan::new(feed, &topic);
        let mut found = 0_u64;
        while let Some(record) = scan.next().await? {
            let event: Option<HistoryEvent> = record.value.as_deref().and_then(|v| serde_json::from_slice(v).ok());
            let Some(event) = event.filter(|event| self.wants(event)) else { continue };
            scan.beside(|| format.write(&event, text))?;
            found += 1;
        }
        let unknown = found == 0 && self.id.is_some();
        Ok(if unknown { Exit::NotFound } else { Exit::Done })
    }

    fn wants(&self, event: &HistoryEvent) -> bool {
        self.id.as_ref().is_none_or(|id| *id == event.invoice_id) && self.kind.is_none_or(|kind| kind == event.kind)
    }
}

fn text(event: &HistoryEvent) -> String {
    let mut parts = vec![
        moment(event.at_ms),
        event.invoice_id.to_string(),
        event.kind.as_str().to_owned(),
        format!("{} run {} attempt {}", event.stage, event.run, event.attempt),
    ];
    parts.extend(event.took_ms.map(|ms| format!("{ms} ms")));
    parts.extend(event.code.as_ref().map(ToString::to_string));
    parts.extend(event.message.clone());
    parts.extend(event.actor.as_ref().map(|actor| format!("by {actor}")));
    parts.extend(event.reason.as_ref().map(|reason| format!("because: {reason}")));
    parts.join("  ")
}

fn kind(text: &str) -> Result<EventKind, Error> {
    let deserializer: StrDeserializer<'_, Error> = text.into_deserializer();
    EventKind::deserialize(deserializer)
}
