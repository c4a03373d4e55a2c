//! The third stage: makes one bill in Zoho Books of one structured invoice.
//!
//! Architecture invariant: nothing is posted that was not looked for first, and after an answer that leaves open
//! whether a bill was made, Zoho is asked again before anything else is done. Zoho's own uniqueness of bill numbers
//! closes the gap that remains between a look and a post. Amounts are decimals on their whole way, never floats.
//!
//! Error texts and logs never hold names, tokens or what Zoho wrote; that goes into a dead letter's evidence.

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
mod directory;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod fixture;
mod memory;
mod notes;
mod place;
mod post;
mod reconcile;
mod reference;
mod resource;
mod reverse_charge;
mod tax;
mod token;
#[cfg(test)]
mod totals_tests;
mod vendor;
mod wire;

pub use memory::Memory;

use contract::{Bill, Posted, Stage, Structured};
use documents::Documents;
use engine::{Handler, StageError, Work};
use runtime::settings::{WhichBills, Zoho};
use rust_decimal::Decimal;
use std::sync::Arc;

use approval::Approval;
use client::Client;
use reference::Reference;
use vendor::Vendors;

/// The stage's handler. One per process: it shares an access token and what it knows of the organisation.
#[derive(Debug)]
pub struct PostToZoho {
    client: Client,
    vendors: Vendors,
    reference: Reference,
    documents: Documents,
    attach_pdf: bool,
    hold_near_duplicates: bool,
    unique_field: Option<String>,
    drafts: WhichBills,
    draft_above: Option<Decimal>,
    approval: Approval,
    hold_changed_bank: bool,
    memory: Arc<Memory>,
    max_attempts: u32,
}

impl PostToZoho {
    /// `max_attempts` are those that an invoice has at this stage; the last of them does not fail for want of a PDF. `memory`
    /// is filled by whoever follows the states of invoices.
    ///
    /// # Errors
    /// When credentials are missing or the HTTP client cannot be built.
    pub fn new(settings: &Zoho, documents: Documents, max_attempts: u32, memory: Arc<Memory>) -> anyhow::Result<Self> {
        settings.require()?;
        Ok(Self {
            client: Client::new(settings)?,
            vendors: Vendors::new(settings),
            reference: Reference::new(settings),
            documents,
            attach_pdf: settings.attach_pdf,
            hold_near_duplicates: settings.hold_near_duplicates,
            unique_field: settings.unique_field.clone(),
            drafts: settings.drafts,
            draft_above: settings.draft_above,
            approval: Approval::new(settings),
            hold_changed_bank: settings.hold_changed_bank,
            memory,
            max_attempts,
        })
    }
}

impl Handler for PostToZoho {
    const STAGE: Stage = Stage::PostToZoho;
    const CHANGES_THE_WORLD: bool = true;
    type Input = Structured;
    type Output = Posted;

    async fn handle(&self, work: Work<Structured>) -> Result<Posted, StageError> {
        let bill = self.post(&work).await.inspect_err(|error| {
            tracing::debug!(invoice.id = %work.invoice_id, error.code = %error.code, "no bill: {}", error.message);
        })?;
        let bank = work.input.invoice.bank.as_ref().map(|bank| bank.fingerprint(&bill.vendor_id));
        let bill = Bill { bank, ..bill };
        Ok(Posted { invoice_id: work.invoice_id, bill, cost: work.input.cost })
    }
}

/// One invoice on its way to a bill.
type Job = Work<Structured>;
