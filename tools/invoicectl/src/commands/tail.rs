//! `invoicectl tail`.

use crate::context::Context;
use crate::exit::Exit;
use crate::output::Format;
use crate::view::StatusView;
use clap::Args;
use contract::{InvoiceId, Status};
use stream::read::{self, Start};

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Of these invoices only.
    id: Vec<InvoiceId>,
    /// One JSON object per line.
    #[arg(long)]
    pub(super) json: bool,
}

impl Tail {
    /// Of all invoices.
    pub(super) const fn of_all(json: bool) -> Self {
        Self { id: Vec::new(), json }
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let format = Format::new(self.json);
        let mut feed = read::follow(&context.kafka, &context.topics.status(), Start::End).await?;
        while let Some(record) = feed.next().await.transpose()? {
            let status: Option<Status> = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
            let (Some(id), Some(status)) = (record.invoice_id(), status) else { continue };
            if self.id.is_empty() || self.id.contains(&id) {
                format.write(&StatusView::new(&id, &status), StatusView::text)?;
            }
        }
        Ok(Exit::Done)
    }
}
