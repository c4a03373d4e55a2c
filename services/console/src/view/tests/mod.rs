//! What the view promises, on records as the topics hold them.

mod erase;
mod letters;
mod life;
mod paging;
mod replay;
mod totals;

use super::{Change, Filter, Invoice, Place, Seen, Source, View};
use contract::{Headers, InvoiceId, Stage};
use serde_json::{Value, json};
use std::collections::HashMap;
use stream::read::Record;

pub(super) const NOW: i64 = 1_790_000_000_000;

pub(super) fn view() -> View {
    View::open(&Place::Memory).unwrap()
}

pub(super) fn id(text: &str) -> InvoiceId {
    text.parse().unwrap()
}

/// Topics that are being written; each record takes the next offset of its partition.
#[derive(Default)]
pub(super) struct Topics {
    ends: HashMap<(Source, i32), i64>,
    pub(super) all: Vec<Seen>,
}

impl Topics {
    pub(super) fn put(&mut self, source: Source, partition: i32, key: &str, value: Option<Value>) -> Seen {
        self.put_bytes(source, partition, key, value.map(|value| value.to_string().into_bytes()), Headers::default())
    }

    pub(super) fn put_bytes(
        &mut self,
        source: Source,
        partition: i32,
        key: &str,
        value: Option<Vec<u8>>,
        headers: Headers,
    ) -> Seen {
        let end = self.ends.entry((source, partition)).or_default();
        let record = Record {
            topic: format!("invoices.{}", source.name()),
            partition,
            offset: *end,
            timestamp_ms: NOW + i64::try_from(self.all.len()).unwrap(),
            key: Some(key.as_bytes().to_vec().into()),
            value: value.map(Into::into),
            headers,
        };
        *end += 2;
        let seen = Seen { source, record };
        self.all.push(seen.clone());
        seen
    }

    pub(super) fn status(&mut self, id: &str, state: &str, run: u32, at_ms: i64) -> Seen {
        self.put(Source::Status, 0, id, Some(status(state, run, at_ms)))
    }

    pub(super) fn posted(&mut self, id: &str, vendor: &str, at_ms: i64) -> Seen {
        let mut status = status("posted", 1, at_ms);
        status["bill"] = bill(vendor, id);
        self.put(Source::Status, 0, id, Some(status))
    }

    pub(super) fn event(&mut self, id: &str, kind: &str, stage: &str, at_ms: i64, cost: Option<&str>) -> Seen {
        let event = json!({"invoice_id": id, "kind": kind, "stage": stage, "run": 1, "attempt": 1, "at_ms": at_ms,
            "cost_usd": cost, "record": {"topic": format!("invoices.{stage}"), "partition": 0, "offset": 3}});
        self.put(Source::History, 0, id, Some(event))
    }

    pub(super) fn letter(&mut self, id: &str, run: u32, code: &str, vendor: &str) -> Seen {
        let letter = json!({"error": {"stage": "llm-structure", "code": code, "class": "review", "message": "look at it",
            "run": run, "attempts": 1}, "input": {"text": "…"}, "candidate": {"invoice": {"vendor_name": vendor}}});
        self.put(Source::Letters(Stage::LlmStructure), 0, id, Some(letter))
    }
}

pub(super) fn status(state: &str, run: u32, at_ms: i64) -> Value {
    json!({"run": run, "stage": "post-to-zoho", "state": state, "attempt": 1, "at_ms": at_ms, "url_hash": "00"})
}

pub(super) fn bill(vendor: &str, number: &str) -> Value {
    json!({"bill_id": "4600000001", "bill_number": number, "vendor_id": "7", "vendor_name": vendor, "currency": "INR",
        "total": "10.50"})
}

/// The ids of the invoices that a filter names, newest first.
pub(super) async fn found(view: &View, filter: &Filter) -> Vec<String> {
    let page = view.invoices(filter, None, 1000).await.unwrap();
    page.items.into_iter().map(|invoice| invoice.invoice_id.to_string()).collect()
}

pub(super) async fn text(view: &View, text: &str) -> Vec<String> {
    found(view, &Filter { text: Some(text.to_owned()), ..Filter::default() }).await
}

pub(super) async fn invoice(view: &View, id_: &str) -> Option<Invoice> {
    view.invoice(&id(id_)).await.unwrap()
}

pub(super) fn told(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .map(|change| match change {
            Change::Invoice(invoice) => format!("{} {:?}", invoice.invoice_id, invoice.state),
            other => format!("{other:?}"),
        })
        .collect()
}
