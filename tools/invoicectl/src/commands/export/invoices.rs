//! `invoicectl export invoices`.
//!
//! The status topic has several states of an invoice until it is compacted. It is read twice: once for where the latest state of
//! each invoice stands, and once for those records.

use super::{Row, Table, To};
use crate::context::Context;
use crate::day::Day;
use crate::exit::Exit;
use crate::output::{moment, word};
use crate::scan::Scan;
use crate::view::StatusView;
use chrono::Utc;
use clap::Args;
use contract::{InvoiceId, State, Status};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use std::collections::HashMap;
use stream::read::{self, Record};

#[derive(Debug, Args)]
pub(crate) struct Invoices {
    /// In this state: running, retrying, parked, review, posted, dead, discarded, cancelled or erased; may be given more
    /// than once.
    #[arg(long, value_parser = state)]
    state: Vec<State>,
    /// Changed on this day, in UTC, or later: 2026-11-01, or 7d for seven days ago.
    #[arg(long, value_name = "DAY")]
    since: Option<Day>,
    /// Changed until the end of this day.
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
    #[command(flatten)]
    to: To,
}

/// Where the latest state of each invoice stands, and of which age it is.
#[derive(Debug, Default)]
struct Latest {
    of: HashMap<InvoiceId, Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    run: u32,
    at_ms: i64,
    partition: i32,
    offset: i64,
}

impl Invoices {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let topic = context.topics.status();
        let mut latest = Latest::default();
        let mut scan = Scan::new(read::scan(&context.kafka, &topic).await?, &topic);
        while let Some(record) = scan.next().await? {
            if let Some((id, status)) = parsed(&record) {
                latest.take(id, &status, &record);
            }
        }
        let mut table = Table::open::<StatusView<'_>>(&self.to)?;
        let mut scan = Scan::new(read::scan(&context.kafka, &topic).await?, &topic);
        while let Some(record) = scan.next().await? {
            if let Some((id, status)) = parsed(&record).filter(|(id, _)| latest.is_at(id, &record)) {
                self.write(&mut table, &id, &status)?;
                latest.of.remove(&id);
            }
        }
        // A later state has come and the one that was found is compacted away.
        for id in latest.of.keys() {
            if let Some(status) = read::latest_status(&context.kafka, &context.topics, id).await? {
                self.write(&mut table, id, &status)?;
            }
        }
        table.close()?;
        Ok(Exit::Done)
    }

    fn write(&self, table: &mut Table, id: &InvoiceId, status: &Status) -> anyhow::Result<()> {
        let now = Utc::now();
        let wanted = (self.state.is_empty() || self.state.contains(&status.state))
            && self.since.is_none_or(|day| status.at_ms >= day.start(now).timestamp_millis())
            && self.until.is_none_or(|day| status.at_ms < day.end(now).timestamp_millis());
        if wanted { table.write(&StatusView::new(id, status)) } else { Ok(()) }
    }
}

impl Latest {
    /// A state that was moved to a new partition may still stand on its old one.
    fn take(&mut self, id: InvoiceId, status: &Status, record: &Record) {
        let Record { partition, offset, .. } = *record;
        let place = Place { run: status.run, at_ms: status.at_ms, partition, offset };
        let known = self.of.get(&id);
        if known.is_none_or(|known| (known.run, known.at_ms) <= (place.run, place.at_ms)) {
            self.of.insert(id, place);
        }
    }

    fn is_at(&self, id: &InvoiceId, record: &Record) -> bool {
        self.of.get(id).is_some_and(|place| (place.partition, place.offset) == (record.partition, record.offset))
    }
}

fn parsed(record: &Record) -> Option<(InvoiceId, Status)> {
    Some((record.invoice_id()?, serde_json::from_slice(record.value.as_deref()?).ok()?))
}

fn state(text: &str) -> Result<State, Error> {
    let deserializer: StrDeserializer<'_, Error> = text.into_deserializer();
    State::deserialize(deserializer)
}

impl Row for StatusView<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "invoice_id",
        "state",
        "stage",
        "run",
        "attempt",
        "changed",
        "due",
        "error_code",
        "kind",
        "bill_number",
        "bill_id",
        "vendor",
        "currency",
        "total",
        "cost_usd",
        "model",
    ];

    fn cells(&self) -> Vec<String> {
        let bill = |part: fn(&contract::Bill) -> String| self.bill.map(part).unwrap_or_default();
        vec![
            self.invoice_id.to_string(),
            word(&self.state),
            self.stage.to_string(),
            self.run.to_string(),
            self.attempt.to_string(),
            moment(self.at_ms),
            self.due_ms.map(moment).unwrap_or_default(),
            self.error_code.map(ToString::to_string).unwrap_or_default(),
            bill(|bill| word(&bill.kind)),
            bill(|bill| bill.bill_number.clone()),
            bill(|bill| bill.bill_id.clone()),
            bill(|bill| bill.vendor_name.clone()),
            bill(|bill| bill.currency.clone()),
            bill(|bill| bill.total.to_string()),
            self.cost_usd.clone().unwrap_or_default(),
            self.model.unwrap_or_default().to_owned(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Form, tests::written};
    use super::*;

    fn status(run: u32, at_ms: i64) -> Status {
        let text = format!(
            r#"{{"run":{run},"stage":"post-to-zoho","state":"posted","attempt":1,"at_ms":{at_ms},"url_hash":"00",
            "bill":{{"bill_id":"9","bill_number":"+A-1","vendor_id":"7","vendor_name":"=Acme","currency":"INR",
            "total":"-118.00"}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn record(partition: i32, offset: i64) -> Record {
        let (topic, headers) = ("t".to_owned(), contract::Headers::default());
        Record { topic, partition, offset, timestamp_ms: 0, key: Some("A-1".into()), value: None, headers }
    }

    #[test]
    fn the_latest_state_counts_wherever_it_stands() {
        let id: InvoiceId = "A-1".parse().unwrap();
        let mut latest = Latest::default();
        for (run, at_ms, partition, offset) in [(1, 5, 0, 1), (2, 9, 3, 1), (1, 7, 4, 0), (2, 9, 3, 2)] {
            latest.take(id.clone(), &status(run, at_ms), &record(partition, offset));
        }
        assert!(latest.is_at(&id, &record(3, 2)));
        assert!(!latest.is_at(&id, &record(3, 1)) && !latest.is_at(&id, &record(4, 0)));
    }

    #[test]
    fn an_invoice_is_a_row_with_its_bill() {
        let (id, status) = ("A-1".parse().unwrap(), status(1, 0));
        let table = written(&[StatusView::new(&id, &status)], Form::Csv);
        let row = "A-1,posted,post-to-zoho,1,1,1970-01-01T00:00:00Z,,,bill,'+A-1,9,'=Acme,INR,-118.00,,";
        assert_eq!(table.lines().nth(1), Some(row));
    }
}
