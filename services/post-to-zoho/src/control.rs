//! What stops an invoice for a person, in whatever ledger its bill would be made.
//!
//! Nothing here makes or looks for a bill. A ledger asks at the last moment before it makes one, so that whoever cancels an invoice
//! before that is safe from a bill.

use crate::Job;
use crate::approval::Approval;
use crate::correction::Correction;
use crate::memory::{BankAccount, Memory};
use contract::{Bank, Code, Structured, code};
use documents::Documents;
use engine::StageError;
use runtime::settings::Zoho;
use serde_json::value::RawValue;
use std::sync::Arc;

/// The settings' rules, and what they need to know.
#[derive(Debug)]
pub(crate) struct Control {
    approval: Approval,
    hold_changed_bank: bool,
    documents: Documents,
    memory: Arc<Memory>,
}

impl Control {
    pub(crate) fn new(settings: &Zoho, documents: Documents, memory: Arc<Memory>) -> Self {
        let approval = Approval::new(settings);
        Self { approval, hold_changed_bank: settings.hold_changed_bank, documents, memory }
    }

    /// What earlier bills say of their vendors, once it has been read.
    pub(crate) async fn memory(&self) -> Result<&Memory, StageError> {
        self.memory.read().await?;
        Ok(&self.memory)
    }

    /// How people have said that the invoice is booked, or all of this vendor's; `None` for one that has no bills yet.
    pub(crate) async fn correction(&self, job: &Job, vendor_id: Option<&str>) -> Result<Correction, StageError> {
        let memory = self.memory().await?;
        let remembered = vendor_id.map(|vendor| memory.rule_of(vendor)).unwrap_or_default();
        Correction::of(job.input.decision.as_ref(), remembered)
    }

    /// Whether a person has let the invoice pass with this.
    pub(crate) fn allows(&self, input: &Structured, code: &Code) -> bool {
        self.approval.allows(input, code)
    }

    /// Before the ledger is asked for anything.
    pub(crate) fn before_posting(&self, input: &Structured) -> Result<(), StageError> {
        self.approval.before_posting(input)
    }

    /// When all that is left to do is to make the bill, of this vendor.
    pub(crate) async fn before_making(&self, job: &Job, vendor_id: &str) -> Result<(), StageError> {
        if let Some(bank) = job.input.invoice.bank.as_ref().filter(|_| self.hold_changed_bank) {
            let known = self.memory().await?.bank_account(vendor_id, &bank.fingerprint(vendor_id));
            if known == BankAccount::Changed {
                self.approval.hold(&job.input, changed_bank(bank))?;
            }
        }
        match self.documents.cancellation(&job.invoice_id).await? {
            None => Ok(()),
            Some(note) => {
                let message = "somebody has cancelled this invoice: it goes no further";
                let error = StageError::review(code::ZOHO_CANCELLED, message);
                let evidence: Option<Box<RawValue>> = serde_json::from_slice(&note).ok();
                self.approval.hold(&job.input, StageError { evidence, ..error })
            }
        }
    }
}

fn changed_bank(bank: &Bank) -> StageError {
    let message = "the invoice wants to be paid to another bank account than all earlier bills of its vendor: ask the vendor on \
        a number that you know, not one from the invoice";
    StageError::review(code::ZOHO_BANK_CHANGED, message).with_evidence(bank)
}
