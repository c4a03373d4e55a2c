//! `invoicectl topics close-lost`.

use crate::context::{Context, actor};
use crate::exit::Exit;
use crate::output::{Format, line};
use chrono::Utc;
use clap::Args;
use contract::history::EventKind;
use contract::{Coordinates, Headers, HistoryEvent, InvoiceId, Stage, State, Status, code, header};
use serde::Serialize;
use stream::publish::Publisher;
use stream::topics::{Stranded, hold, release, stranded};

/// The offset in the history of an invoice whose record stands nowhere.
const NOWHERE: i64 = -1;

/// Their status becomes `dead` with the code engine.record_lost, so that the invoice runs again when it is submitted
/// again; until then it is taken for running. The services must be stopped, and none starts before it is done.
#[derive(Debug, Args)]
pub(crate) struct CloseLost {
    /// Lists them and closes none.
    #[arg(long)]
    dry_run: bool,
    /// Also those that wait for a person, and whose dead letter is gone.
    #[arg(long)]
    reviews: bool,
    /// Why, for the history.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// One JSON object per invoice.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Lost<'a> {
    invoice_id: &'a InvoiceId,
    run: u32,
    stage: Stage,
}

impl CloseLost {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        hold(&context.kafka, &context.topics).await?;
        let which = if self.reviews { Stranded::RunningAndReviews } else { Stranded::Running };
        let found = stranded(&context.kafka, &context.topics, which).await?;
        let publisher = Publisher::new(&context.kafka, context.topics.clone())?;
        let format = Format::new(self.json);
        for (id, status) in &found {
            if !self.dry_run {
                self.close(context, &publisher, id, status).await?;
            }
            let lost = Lost { invoice_id: id, run: status.run, stage: status.stage };
            format.write(&lost, |lost| format!("{}  run {} was at {}", lost.invoice_id, lost.run, lost.stage))?;
        }
        release(&context.kafka, &context.topics).await?;
        if format == Format::Text {
            let verb = if self.dry_run { "would close" } else { "closed" };
            line(&format!("{verb} {} invoices; submit them again", found.len()))?;
        }
        Ok(Exit::Done)
    }

    /// The event first: a status without its event would not be explained.
    async fn close(
        &self,
        context: &Context,
        publisher: &Publisher,
        id: &InvoiceId,
        status: &Status,
    ) -> anyhow::Result<()> {
        let at_ms = Utc::now().timestamp_millis();
        let event = HistoryEvent {
            invoice_id: id.clone(),
            kind: EventKind::DeadLettered,
            stage: status.stage,
            run: status.run,
            attempt: status.attempt,
            at_ms,
            took_ms: None,
            code: Some(code::ENGINE_RECORD_LOST),
            cost_usd: None,
            message: Some("its record is gone with a topic; submit the invoice again".to_owned()),
            actor: Some(actor()),
            reason: self.reason.clone(),
            record: Coordinates { topic: context.topics.main(status.stage), partition: 0, offset: NOWHERE },
        };
        let code = Some(code::ENGINE_RECORD_LOST);
        let closed = Status { state: State::Dead, at_ms, due_ms: None, code, ..status.clone() };
        write(publisher, &context.topics.history(), id, &event).await?;
        write(publisher, &context.topics.status(), id, &closed).await
    }
}

async fn write(publisher: &Publisher, topic: &str, id: &InvoiceId, value: &impl Serialize) -> anyhow::Result<()> {
    let headers = Headers { content_type: Some(header::JSON.to_owned()), ..Headers::default() };
    publisher.raw(topic, Some(id.as_str().as_bytes()), &serde_json::to_vec(value)?, &headers).await?;
    Ok(())
}
