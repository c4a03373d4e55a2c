//! `invoicectl export history`.

use super::{Row, Table, To};
use crate::context::Context;
use crate::events::Events;
use crate::exit::Exit;
use crate::output::moment;
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
        let mut table = Table::open::<HistoryEvent>(&self.to)?;
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

impl Row for HistoryEvent {
    const COLUMNS: &'static [&'static str] = &[
        "at",
        "invoice_id",
        "kind",
        "stage",
        "run",
        "attempt",
        "took_ms",
        "error_code",
        "message",
        "actor",
        "reason",
        "cost_usd",
        "record",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            moment(self.at_ms),
            self.invoice_id.to_string(),
            self.kind.as_str().to_owned(),
            self.stage.to_string(),
            self.run.to_string(),
            self.attempt.to_string(),
            self.took_ms.map(|ms| ms.to_string()).unwrap_or_default(),
            self.code.as_ref().map(ToString::to_string).unwrap_or_default(),
            self.message.clone().unwrap_or_default(),
            self.actor.clone().unwrap_or_default(),
            self.reason.clone().unwrap_or_default(),
            self.cost_usd.map(|usd| usd.to_string()).unwrap_or_default(),
            self.record.to_string(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Form, tests::written};
    use super::*;

    #[test]
    fn an_event_is_a_row_of_who_when_and_why() {
        let text = r#"{"invoice_id":"A-1","kind":"command_accepted","stage":"fetch-extract","run":2,"attempt":1,"at_ms":0,
            "actor":"asha","reason":"=cmd","record":{"topic":"t","partition":0,"offset":7}}"#;
        let event: HistoryEvent = serde_json::from_str(text).unwrap();
        let table = written(&[event], Form::Csv);
        let row = "1970-01-01T00:00:00Z,A-1,command_accepted,fetch-extract,2,1,,,,asha,'=cmd,,t:0:7";
        assert_eq!(table.lines().nth(1), Some(row));
    }
}
