//! `invoicectl cancel`.

use crate::context::{Context, actor};
use crate::exit::Exit;
use crate::output::line;
use chrono::Utc;
use clap::Args;
use contract::{InvoiceId, State, Status};
use operations::Cancelled;

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

impl Cancel {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let (documents, now_ms) = (context.documents()?, Utc::now().timestamp_millis());
        let Context { kafka, topics, .. } = context;
        match operations::cancel(kafka, topics, &documents, &self.id, &actor(), &self.reason, now_ms).await? {
            Cancelled::Unknown => {
                eprintln!("invoicectl: no invoice has the id {}", self.id);
                Ok(Exit::NotFound)
            }
            Cancelled::Over(status) => self.is_over(&status),
            Cancelled::Noted => {
                line(&format!("cancel: {} will not be posted, unless its bill was being made just now", self.id))?;
                Ok(Exit::Done)
            }
        }
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
