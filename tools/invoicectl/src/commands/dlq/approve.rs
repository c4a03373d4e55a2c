//! `invoicectl dlq approve`.

use super::replay::read_json;
use crate::context::Context;
use crate::duration;
use crate::exit::Exit;
use clap::Args;
use contract::InvoiceId;
use operations::{Action, Booking};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct Approve {
    id: InvoiceId,
    /// Why, for the history.
    #[arg(long)]
    reason: String,
    /// A corrected one (JSON, as `dlq show` prints it under "candidate", or under "input" for post-to-zoho) in its place.
    #[arg(long, value_name = "FILE")]
    candidate: Option<PathBuf>,
    /// The vendor in the books that the invoice is from, by its id; for zoho.vendor_ambiguous and zoho.vendor_unknown. The
    /// printed name is known as that vendor's from then on.
    #[arg(long, value_name = "ID")]
    vendor: Option<String>,
    /// The account that all its lines are booked to, by id or name; "" for that of the settings.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// The tax in Zoho Books, by id or name, of the lines that have its rate, such as one for exempt supplies; "" for that of
    /// the printed rates.
    #[arg(long, value_name = "NAME")]
    tax: Option<String>,
    /// Has account and tax hold for all later invoices of the vendor, until others are named.
    #[arg(long)]
    remember: bool,
    /// How long to wait for admission's answer.
    #[arg(long, default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
}

impl Approve {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let candidate = self.candidate.as_deref().map(read_json).transpose()?;
        let booking = Booking { account: self.account, tax: self.tax, remember: self.remember };
        let action = Action::Approve { candidate, vendor_id: self.vendor, booking };
        super::decide(&action, &self.id, &self.reason, self.timeout, context).await
    }
}
