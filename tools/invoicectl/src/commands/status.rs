//! `invoicectl status`.

use crate::context::Context;
use crate::exit::Exit;
use crate::output::Format;
use crate::view::StatusView;
use clap::Args;
use contract::InvoiceId;
use stream::read;

#[derive(Debug, Args)]
pub(crate) struct Status {
    id: InvoiceId,
    /// One JSON object; amounts are exact decimal text.
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Some(status) = read::latest_status(&context.kafka, &context.topics, &self.id).await? else {
            eprintln!("invoicectl: no invoice has the id {}", self.id);
            return Ok(Exit::NotFound);
        };
        Format::new(self.json).write(&StatusView::new(&self.id, &status), StatusView::text)?;
        Ok(Exit::Done)
    }
}
