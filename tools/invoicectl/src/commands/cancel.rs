//! `invoicectl cancel`.

use crate::context::{Context, actor};
use crate::exit::Exit;
use crate::output::line;
use clap::Args;
use contract::{InvoiceId, State, Status};
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};
use stream::read;

/// Stops an invoice before it is posted, wherever it is on its way.
///
/// It goes on as far as post-to-zoho and is held there for review (zoho.cancelled). It is too late once the bill is being made.
#[derive(Debug, Args)]
pub(crate) struct Cancel {
    id: InvoiceId,
    /// Why, for whoever looks at it later.
    #[arg(long)]
    reason: String,
}

/// What the document store keeps of it.
#[derive(Debug, Serialize)]
struct Note<'a> {
    by: &'a str,
    reason: &'a str,
    /// Milliseconds since 1970.
    at_ms: u128,
}

impl Cancel {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Some(before) = self.status(context).await? else {
            eprintln!("invoicectl: no invoice has the id {}", self.id);
            return Ok(Exit::NotFound);
        };
        if before.state.is_terminal() {
            return self.is_over(&before);
        }
        let at_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let note = Note { by: &actor(), reason: &self.reason, at_ms };
        context.documents()?.cancel(&self.id, serde_json::to_vec(&note)?.into()).await?;
        match self.status(context).await? {
            Some(after) if after.state == State::Posted => self.is_over(&after),
            _ => {
                line(&format!("cancel: {} will not be posted, unless its bill was being made just now", self.id))?;
                Ok(Exit::Done)
            }
        }
    }

    async fn status(&self, context: &Context) -> anyhow::Result<Option<Status>> {
        Ok(read::latest_status(&context.kafka, &context.topics, &self.id).await?)
    }

    fn is_over(&self, status: &Status) -> anyhow::Result<Exit> {
        let what = match (status.state, &status.bill) {
            (State::Posted, Some(bill)) => format!("it is posted: void the bill {} in the books", bill.bill_id),
            (State::Review | State::Dead, _) => "it waits for somebody: `invoicectl dlq discard` closes it".to_owned(),
            _ => "it has ended".to_owned(),
        };
        line(&format!("cancel: {} cannot be cancelled, {what}", self.id))?;
        Ok(Exit::Failed)
    }
}
