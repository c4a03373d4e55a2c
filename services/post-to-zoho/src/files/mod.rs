//! A folder of files as a [`Ledger`]: for any program that reads JSON or CSV.
//!
//! **Once.** A bill is a file whose name is made from the invoice id; the folder sees to it that it is there once and whole,
//! over all replicas that share it. A file that is there with another content is left as it is, and shown to a person.

mod csv;
mod json;

use crate::Job;
use crate::booking::Rules;
use crate::control::Control;
use crate::correction::Said;
use crate::folder::{self, Folder, Kept};
use crate::ledger::{self, Ledger, Making, Vendor};
use contract::{Bill, Invoice};
use engine::StageError;
use runtime::settings::{self, FileFormat};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A bill's rules in its status.
const MOST_RULES: usize = 4;

/// The folder, and what its files say.
#[derive(Debug)]
pub(crate) struct Files {
    folder: Folder,
    format: FileFormat,
    account: String,
    rules: Rules,
    control: Arc<Control>,
}

/// What a line is booked to, and what decided it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Booked {
    account: String,
    rule: String,
}

impl Files {
    pub(crate) fn new(settings: &settings::Files, control: Arc<Control>) -> Self {
        Self {
            folder: Folder::new(&settings.folder),
            format: settings.format,
            account: settings.account.trim().to_owned(),
            rules: Rules::new(&settings.account_rules),
            control,
        }
    }

    async fn keep(&self, job: &Job) -> Result<Bill, StageError> {
        let vendor_id = vendor_id(&job.input.invoice);
        let said = self.control.correction(job, Some(&vendor_id)).await?.without_tax()?;
        let booked = self.book(&job.input.invoice, said.as_ref());
        let (extension, text) = match self.format {
            FileFormat::JsonLines => ("jsonl", json::written(&job.invoice_id, &job.input, &booked)),
            FileFormat::Csv => ("csv", csv::written(&job.invoice_id, &job.input, &booked)),
        };
        let name = folder::file_name(&job.invoice_id, extension);
        let bill = bill(name.clone(), job, &booked);
        self.control.before_making(job, &bill.vendor_id).await?;
        job.confirm_lease().await?;
        let kept = self.folder.keep(&name, text).await.map_err(StageError::with_effect_in_doubt)?;
        match kept {
            Kept::Same => Ok(bill),
            Kept::Other => Err(folder::differs(&bill)),
        }
    }

    fn book(&self, invoice: &Invoice, said: Option<&Said>) -> Vec<Booked> {
        let booking = self.rules.book(invoice, said);
        let booked = booking.iter().map(|booking| Booked {
            account: booking.account.unwrap_or(&self.account).to_owned(),
            rule: booking.rule.to_owned(),
        });
        booked.collect()
    }
}

impl Ledger for Files {
    fn bill<'a>(&'a self, job: &'a Job) -> Making<'a> {
        Box::pin(self.keep(job))
    }
}

/// Whoever reads the file finds the vendor.
fn vendor_id(invoice: &Invoice) -> String {
    invoice.vendor_gstin.clone().unwrap_or_else(|| invoice.vendor_name.clone())
}

fn bill(name: String, job: &Job, booked: &[Booked]) -> Bill {
    let rules: BTreeSet<&String> = booked.iter().map(|booked| &booked.rule).collect();
    let booked_by = rules.into_iter().take(MOST_RULES).cloned().collect();
    let invoice = &job.input.invoice;
    ledger::bill(name, invoice, Vendor { id: vendor_id(invoice), found_by: "" }, booked_by)
}
