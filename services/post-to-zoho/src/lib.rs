//! The third stage: makes one bill of one structured invoice, in Zoho Books or in another ledger.
//!
//! Architecture invariant: nothing is posted that was not looked for first, and after an answer that leaves open
//! whether a bill was made, the ledger is asked again before anything else is done. Zoho's own uniqueness of bill numbers
//! closes the gap that remains between a look and a post; Tally's remote ids and names of files do the same for the others
//! (`ledger`). Amounts are decimals on their whole way, never floats.
//!
//! Error texts and logs never hold names, tokens or what a ledger wrote; that goes into a dead letter's evidence.

#![allow(clippy::result_large_err, reason = "engine::StageError is what a stage fails with; failures are rare")]

mod account;
mod amounts;
mod answer;
mod approval;
mod attachment;
mod bill;
mod booking;
mod cache;
mod cess;
mod charge;
pub mod check;
mod client;
pub mod compare;
mod control;
mod correction;
mod directory;
#[cfg(test)]
mod endpoints;
mod files;
#[cfg(test)]
mod fixture;
mod folder;
mod ledger;
mod memory;
mod metrics;
mod notes;
mod place;
mod post;
mod reconcile;
mod reference;
mod resource;
mod reverse_charge;
mod tally;
mod tax;
mod token;
#[cfg(test)]
mod totals_tests;
mod vendor;
mod wire;
mod zoho;

pub use memory::Memory;
pub use metrics::Metrics;

use contract::{Bill, Decision, Posted, Stage, Structured};
use documents::Documents;
use engine::{Handler, StageError, Work};
use runtime::Settings;
use runtime::settings::{self, Zoho};
use std::sync::Arc;

use control::Control;
use files::Files;
use ledger::Ledger;
use tally::Tally;
use zoho::ZohoBooks;

/// The stage's handler, over the ledger that the settings choose. One per process: a ledger shares what it knows.
#[derive(Debug)]
pub struct PostToZoho {
    control: Arc<Control>,
    ledger: Box<dyn Ledger>,
    metrics: Metrics,
}

impl PostToZoho {
    /// Over the ledger that the settings choose. `memory` is filled by whoever follows the states of invoices.
    ///
    /// # Errors
    /// When credentials are missing, or the document store or the HTTP client cannot be had.
    pub fn chosen(settings: &Settings, memory: Arc<Memory>) -> anyhow::Result<Self> {
        let documents = Documents::open(&settings.documents.location, &settings.documents.options)?;
        let control = Arc::new(Control::new(&settings.zoho, documents.clone(), memory));
        let max_attempts = settings.stages.post_to_zoho.retry.max_attempts;
        let metrics = Metrics::default();
        let ledger: Box<dyn Ledger> = match settings.ledger {
            settings::Ledger::Zoho => {
                Box::new(ZohoBooks::new(&settings.zoho, documents, max_attempts, control.clone(), &metrics)?)
            }
            settings::Ledger::Tally => Box::new(Tally::new(&settings.tally, control.clone())?),
            settings::Ledger::Files => Box::new(Files::new(&settings.files, control.clone())),
        };
        Ok(Self { control, ledger, metrics })
    }

    /// Over Zoho Books. `max_attempts` are those that an invoice has at this stage; the last of them does not fail for want
    /// of a PDF.
    ///
    /// # Errors
    /// When credentials are missing or the HTTP client cannot be built.
    pub fn new(settings: &Zoho, documents: Documents, max_attempts: u32, memory: Arc<Memory>) -> anyhow::Result<Self> {
        let control = Arc::new(Control::new(settings, documents.clone(), memory));
        let metrics = Metrics::default();
        let ledger = Box::new(ZohoBooks::new(settings, documents, max_attempts, control.clone(), &metrics)?);
        Ok(Self { control, ledger, metrics })
    }

    /// What it counts, for a registry.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

impl Handler for PostToZoho {
    const STAGE: Stage = Stage::PostToZoho;
    const CHANGES_THE_WORLD: bool = true;
    type Input = Structured;
    type Output = Posted;

    async fn handle(&self, work: Work<Structured>) -> Result<Posted, StageError> {
        self.control.before_posting(&work.input)?;
        let bill = self.ledger.bill(&work).await.inspect_err(|error| {
            tracing::debug!(invoice.id = %work.invoice_id, error.code = %error.code, "no bill: {}", error.message);
        })?;
        let bank = work.input.invoice.bank.as_ref().map(|bank| bank.fingerprint(&bill.vendor_id));
        let rule = work.input.decision.as_ref().and_then(Decision::rule).map(Box::new);
        let bill = Bill { bank, rule, ..bill };
        Ok(Posted { invoice_id: work.invoice_id, bill, cost: work.input.cost })
    }
}

/// One invoice on its way to a bill.
type Job = Work<Structured>;
