//! `invoicectl history`.

use crate::context::Context;
use crate::events::{Events, text};
use crate::exit::Exit;
use crate::output::Format;
use crate::scan::Scan;
use chrono::Utc;
use clap::Args;
use contract::{HistoryEvent, InvoiceId};
use stream::read;

/// Shows what happened and who asked for it when and why. For tables see `invoicectl export history`.
///
/// Events are in the order they happened for each invoice, not between invoices. What people do to a stage stands under
/// `stage:STAGE`.
#[derive(Debug, Args)]
pub(crate) struct History {
    id: Option<InvoiceId>,
    #[command(flatten)]
    events: Events,
    /// One JSON object per event.
    #[arg(long)]
    json: bool,
}

impl History {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let (format, now) = (Format::new(self.json), Utc::now());
        let topic = context.topics.history();
        let feed = match &self.id {
            Some(id) => read::scan_partition_of(&context.kafka, &topic, id).await?,
            None => read::scan(&context.kafka, &topic).await?,
        };
        let mut scan = Scan::new(feed, &topic);
        let mut found = 0_u64;
        while let Some(record) = scan.next().await? {
            let event: Option<HistoryEvent> = record.value.as_deref().and_then(|v| serde_json::from_slice(v).ok());
            let is_his = |event: &HistoryEvent| self.id.as_ref().is_none_or(|id| *id == event.invoice_id);
            let Some(event) = event.filter(|event| is_his(event) && self.events.wants(event, now)) else { continue };
            scan.beside(|| format.write(&event, text))?;
            found += 1;
        }
        let unknown = found == 0 && self.id.is_some();
        Ok(if unknown { Exit::NotFound } else { Exit::Done })
    }
}
