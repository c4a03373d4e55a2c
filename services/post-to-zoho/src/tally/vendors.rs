//! The ledger of an invoice's vendor in Tally: found, or made if the settings say so.
//!
//! Only ledgers of creditors are looked at: a vendor that is called Cash is not the company's cash. Found as in Zoho Books: by
//! GSTIN, by the PAN inside of it, by another name from the settings, by name; several are for a person.

use super::answer::{self, CallError, Object};
use super::port::Port;
use super::{request, voucher};
use crate::Job;
use crate::cache::Cache;
use crate::directory::{Aliases, Contact, Directory, Found, Sought, normalised};
use crate::ledger::Vendor;
use crate::wire::Id;
use contract::{Invoice, code};
use engine::StageError;
use runtime::settings::{Tally, VendorAlias};
use serde::Serialize;
use std::time::Duration;
use tokio::sync::Mutex;

/// A younger list is believed when it lacks a vendor.
const SETTLED: Duration = Duration::from_secs(60);

/// What is known of the company's creditors.
#[derive(Debug)]
pub(crate) struct Vendors {
    directory: Cache<Directory>,
    aliases: Aliases,
    may_create: bool,
    company: String,
    group: String,
    creating: Mutex<()>,
}

#[derive(Debug, Serialize)]
struct Ambiguity<'a> {
    sought: Sought<'a>,
    candidates: Vec<Contact>,
}

impl Vendors {
    pub(crate) fn new(settings: &Tally) -> Self {
        Self {
            directory: Cache::new(SETTLED),
            aliases: aliases(&settings.vendor_aliases),
            may_create: settings.create_vendors,
            company: settings.company.clone(),
            group: settings.vendor_group.clone(),
            creating: Mutex::default(),
        }
    }

    /// The ledger by the settings and the invoice alone, where there is no Tally to ask.
    pub(crate) fn unasked(&self, invoice: &Invoice) -> Vendor {
        match self.aliases.get(&normalised(&invoice.vendor_name)) {
            Some(ledger) => Vendor { id: ledger.clone(), found_by: "alias" },
            None => Vendor { id: invoice.vendor_name.trim().to_owned(), found_by: "name" },
        }
    }

    pub(crate) async fn find_or_create(&self, port: &Port, job: &Job) -> Result<Vendor, StageError> {
        if let Some(vendor) = self.find(port, job).await? {
            return Ok(vendor);
        }
        let sought = sought(&job.input.invoice);
        if !self.may_create {
            let message = "no creditor in Tally has this GSTIN or name: create its ledger, or set tally.create_vendors";
            return Err(StageError::review(code::TALLY_PARTY_UNKNOWN, message).with_evidence(&sought));
        }
        let _one_at_a_time = self.creating.lock().await;
        if let Some(vendor) = self.find(port, job).await? {
            return Ok(vendor);
        }
        let made = port.change(job, voucher::import_vendor(&self.company, &self.group, &job.input.invoice)).await?;
        let made = answer::imported(&made)?;
        self.directory.forget().await;
        match self.find(port, job).await? {
            Some(vendor) if made.created > 0 => Ok(Vendor { found_by: "created", ..vendor }),
            Some(vendor) => Ok(vendor),
            None => {
                let message = "the vendor's name is that of a ledger in Tally that is not below Sundry Creditors: move or rename that one";
                Err(ambiguous(message, sought, Vec::new()))
            }
        }
    }

    /// Drops what is known, after Tally has refused a ledger.
    pub(crate) async fn forget(&self) {
        self.directory.forget().await;
    }

    /// The vendor, if it is known; none is created.
    pub(crate) async fn find(&self, port: &Port, job: &Job) -> Result<Option<Vendor>, StageError> {
        let sought = sought(&job.input.invoice);
        let load = async {
            let answer = port.ask(request::vendors(&self.company)).await?;
            let ledgers = answer::objects(&answer, "LEDGER")?;
            Ok::<_, CallError>(Directory::new(ledgers.iter().filter_map(contact).collect()))
        };
        let alias = self.aliases.get(&normalised(sought.name)).map(String::as_str);
        match self.directory.find(|directory| directory.find(sought, alias), load).await? {
            None => Ok(None),
            Some(Found::One(id, by)) => Ok(Some(Vendor { id: id.to_string(), found_by: by.as_str() })),
            Some(Found::Many(candidates)) => {
                let message = "several creditors in Tally match this invoice: give each its own GSTIN, or name one in tally.vendor_aliases";
                Err(ambiguous(message, sought, candidates))
            }
        }
    }
}

fn aliases(settings: &[VendorAlias]) -> Aliases {
    settings.iter().map(|alias| (normalised(&alias.printed), alias.vendor.trim().to_owned())).collect()
}

/// A ledger's GSTIN stands with it, or in the list of its registrations, which newer releases have.
fn contact(ledger: &Object) -> Option<Contact> {
    let gstin = ledger.get("PARTYGSTIN").or_else(|| ledger.get("GSTIN"));
    (!ledger.name.is_empty()).then(|| Contact {
        contact_id: Id::new(ledger.name.clone()),
        contact_name: ledger.name.clone(),
        company_name: ledger.get("MAILINGNAME").map(str::to_owned),
        contact_type: None,
        gst_no: gstin.map(str::to_owned),
    })
}

fn sought(invoice: &Invoice) -> Sought<'_> {
    Sought { name: &invoice.vendor_name, gstin: invoice.vendor_gstin.as_deref() }
}

fn ambiguous(message: &str, sought: Sought<'_>, candidates: Vec<Contact>) -> StageError {
    StageError::review(code::TALLY_PARTY_AMBIGUOUS, message).with_evidence(&Ambiguity { sought, candidates })
}
