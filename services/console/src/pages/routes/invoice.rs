//! One invoice, its records, and what ends it.

use super::frame::{Content, noted, now_ms};
use super::{Pages, Shown, convert, may};
use crate::auth::{Form, Identity, Role, Visitor};
use crate::desk::{Facts, RawRecord};
use crate::pages::invoice::{self, Details};
use crate::pages::layout::{Section, Viewer};
use crate::pages::raw::{self, Raw};
use crate::problem::Problem;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use chrono::DateTime;
use contract::{InvoiceId, State as InvoiceState};
use serde::Deserialize;

pub(super) async fn show(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let shown = pages.details(&id, &by).await;
    pages.answer(&by, query.as_deref(), shown).await
}

pub(super) async fn records(State(pages): State<Pages>, Visitor(by): Visitor, Path(id): Path<String>) -> Response {
    let shown = pages.records(&id).await;
    pages.answer(&by, None, shown).await
}

/// Why somebody does something.
#[derive(Debug, Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    reason: String,
}

pub(super) async fn cancel(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    Path(id): Path<String>,
    form: Result<Form<Why>, Problem>,
) -> Response {
    let cancelled = async {
        let Form { by, fields } = form?;
        may(&by, Role::Operate)?;
        pages.desk.cancel(&parsed(&id)?, &by.name, &fields.reason).await.map_err(Problem::from)
    };
    match cancelled.await {
        Ok(()) => noted(&format!("/invoices/{id}"), "cancelled"),
        Err(problem) => pages.answer(&by, None, Err(problem)).await,
    }
}

pub(super) async fn erase(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    Path(id): Path<String>,
    form: Result<Form<Why>, Problem>,
) -> Response {
    let erased = async {
        let Form { by, fields } = form?;
        may(&by, Role::Operate)?;
        pages.desk.erase(&parsed(&id)?, &by.name, &fields.reason).await.map_err(Problem::from)
    };
    match erased.await {
        Ok(_) => noted(&format!("/invoices/{id}"), "erased"),
        Err(problem) => pages.answer(&by, None, Err(problem)).await,
    }
}

/// # Errors
/// When it is no id, so that nothing can have it.
pub(super) fn parsed(id: &str) -> Result<InvoiceId, Problem> {
    id.parse().map_err(|_| Problem::not_found("no invoice has such an id"))
}

impl Pages {
    async fn details(&self, id: &str, by: &Identity) -> Shown {
        let id = parsed(id)?;
        let known = self.desk.invoice(&id).await?;
        let facts = self.facts(&id, known.invoice.state).await;
        let reading = if facts.document.is_some() { self.desk.reading(&id).await.unwrap_or_default() } else { None };
        let day = DateTime::from_timestamp_millis(known.invoice.at_ms).unwrap_or_default().date_naive();
        // Without a reading nothing can be looked up; what travelled with the invoice is shown then.
        let judged = facts.invoice.as_ref().zip(reading.as_ref());
        let judged = judged.map(|(invoice, reading)| self.desk.judge(invoice, reading, day).findings);
        let trace_id = facts.traceparent.as_deref().and_then(|parent| parent.split('-').nth(1)).map(str::to_owned);
        let document = facts.document.as_ref();
        let details = Details {
            bill_url: known.invoice.bill.as_ref().zip(self.books.as_ref()).and_then(|(bill, books)| books.url(bill)),
            source: document.map(|document| document.source.clone()),
            submitted_by: document.and_then(|document| document.submitted_by.clone()),
            read: convert::read(id.as_str(), facts, reading, judged),
            row: known.invoice.into(),
            history: known.history,
            trace_id,
            now_ms: now_ms(),
        };
        let markup = invoice::page(&details, &Viewer::from(by));
        Ok(Content::new(id.as_str(), Section::Invoices, markup))
    }

    /// What Kafka and the store know beyond the view. The page is shown without it when they do not answer: that is when people
    /// look.
    async fn facts(&self, id: &InvoiceId, state: InvoiceState) -> Facts {
        if state == InvoiceState::Erased {
            return Facts::default();
        }
        self.desk.facts(id).await.unwrap_or_else(|error| {
            tracing::warn!(invoice.id = %id, "an invoice is shown without what was read of it: {error}");
            Facts::default()
        })
    }

    async fn records(&self, id: &str) -> Shown {
        let records = self.desk.records(&parsed(id)?).await?;
        let records: Vec<Raw> = records.into_iter().map(|record| of_record(id, record)).collect();
        Ok(Content::new("Records", Section::Invoices, raw::page(id, &records)))
    }
}

fn of_record(id: &str, record: RawRecord) -> Raw {
    let bytes = record.bytes;
    let value = record.value.map(|value| format!("{value:#}"));
    Raw {
        record: record.record,
        at_ms: record.at_ms,
        key: id.to_owned(),
        headers: record.headers.into_iter().collect(),
        value: value.unwrap_or_else(|| format!("({bytes} bytes that are not JSON)")),
    }
}
