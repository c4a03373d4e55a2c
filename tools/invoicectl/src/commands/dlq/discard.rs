//! `invoicectl dlq discard`.

use crate::context::Context;
use crate::duration;
use crate::exit::Exit;
use clap::Args;
use contract::InvoiceId;
use operations::Action;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct Discard {
    id: InvoiceId,
    /// Why, for the history.
    #[arg(long)]
    reason: String,
    /// How long to wait for admission's answer.
    #[arg(long, default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
}

impl Discard {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        super::decide(&Action::Discard, &self.id, &self.reason, self.timeout, context).await
    }
}
