//! `invoicectl export history`.

use super::To;
use crate::context::Context;
use crate::events::Events;
use crate::exit::Exit;
use crate::scan::Scan;
use chrono::Utc;
use clap::Args;
use contract::HistoryEvent;
use stream::read;

#[derive(Debug, Args)]
pub(crate) struct History {
    #[command(flatten)]
    events: Events,
    #[command(flatten)]
    to: To,
}

impl History {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let (topic, now) = (context.topics.history(), Utc::now());
        let mut scan = Scan::new(read::scan(&context.kafka, &topic).await?, &topic);
        let mut table = self.to.open::<HistoryEvent>()?;
        while let Some(record) = scan.next().await? {
            let event: Option<HistoryEvent> = record.value.as_deref().and_then(|v| serde_json::from_slice(v).ok());
            if let Some(event) = event.filter(|event| self.events.wants(event, now)) {
                table.write(&event)?;
            }
        }
        table.close()?;
        Ok(Exit::Done)
    }
}
