//! `invoicectl dlq discard`.

use crate::context::Context;
use crate::duration;
use crate::exit::Exit;
use clap::Args;
use contract::{CommandKind, InvoiceId};
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
        match super::waiting(context, &self.id).await? {
            Some(letter) => {
                let (reason, timeout) = (&self.reason, self.timeout);
                super::decide("discard", CommandKind::Discard, &letter, reason, timeout, context).await
            }
            None => Ok(super::none_waits(&self.id)),
        }
    }
}
