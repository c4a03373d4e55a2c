//! The vendor of an invoice in Zoho Books: found, or created if it is not there.
//!
//! Zoho keeps names of contacts unique. That, and not our memory, is what stops two replicas from creating one
//! vendor twice.

use crate::Job;
use crate::answer::CallError;
use crate::cache::Cache;
use crate::client::Client;
use crate::directory::{Aliases, Contact, Directory, Found, Sought, normalised};
use crate::memory::Memory;
use crate::place;
use crate::wire::Id;
use contract::{Invoice, code};
use engine::StageError;
use runtime::settings::{VendorAlias, Zoho};
use serde::Serialize;
use std::time::Duration;
use tokio::sync::Mutex;

/// A younger list of vendors is believed when it lacks one.
const SETTLED: Duration = Duration::from_secs(300);
/// Zoho's limits, in characters.
const MAX_NAME: usize = 200;
const MAX_NAME_FILTER: usize = 100;
/// In bytes: it stands in the status of an invoice.
const MAX_ALIAS: usize = 100;
/// Lists may lag behind what was just created.
const LAG: Duration = Duration::from_secs(10);

/// What is known of the organisation's vendors.
#[derive(Debug)]
pub(crate) struct Vendors {
    directory: Cache<Directory>,
    aliases: Aliases,
    may_create: bool,
    creating: Mutex<()>,
}

/// An invoice's vendor.
#[derive(Debug)]
pub(crate) struct Vendor {
    pub(crate) id: Id,
    /// As in [`contract::Bill::vendor_by`].
    pub(crate) found_by: &'static str,
    /// As in [`contract::Bill::alias`].
    pub(crate) alias: Option<String>,
}

impl Vendor {
    const CREATED: &'static str = "created";
    const CHOSEN: &'static str = "chosen";

    fn found(id: Id, found_by: &'static str) -> Self {
        Self { id, found_by, alias: None }
    }

    pub(crate) fn is_new(&self) -> bool {
        self.found_by == Self::CREATED
    }
}

#[derive(Debug, Serialize)]
struct NewContact<'a> {
    contact_name: &'a str,
    company_name: &'a str,
    contact_type: &'static str,
    currency_id: &'a Id,
    gst_treatment: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gst_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place_of_contact: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Ambiguity<'a> {
    sought: Sought<'a>,
    candidates: &'a [Contact],
}

impl Vendors {
    pub(crate) fn new(settings: &Zoho) -> Self {
        let alias = |alias: &VendorAlias| (normalised(&alias.printed), alias.vendor.trim().to_owned());
        Self {
            directory: Cache::new(SETTLED),
            aliases: settings.vendor_aliases.iter().map(alias).collect(),
            may_create: settings.create_vendors,
            creating: Mutex::default(),
        }
    }

    /// The invoice's vendor, which is created if need be, with the invoice's currency.
    pub(crate) async fn find_or_create(
        &self,
        client: &Client,
        job: &Job,
        currency_id: &Id,
        memory: &Memory,
        may_create: bool,
    ) -> Result<Vendor, StageError> {
        if let Some(vendor) = self.find(client, job, memory).await? {
            return Ok(vendor);
        }
        if !self.may_create && !may_create {
            let message = "Zoho Books has no vendor of this GSTIN or name: create it, or set zoho.create_vendors";
            return Err(
                StageError::review(code::ZOHO_VENDOR_UNKNOWN, message).with_evidence(&sought(&job.input.invoice))
            );
        }
        let _one_at_a_time = self.creating.lock().await;
        if let Some(vendor) = self.find(client, job, memory).await? {
            return Ok(vendor);
        }
        let contact = match create(client, job, currency_id).await {
            Err(CallError::Exists(_)) => existing(client, job).await?,
            created => created?,
        };
        let id = contact.contact_id.clone();
        self.directory.update(|directory| directory.add(contact)).await;
        Ok(Vendor::found(id, Vendor::CREATED))
    }

    /// Drops what is known, after Zoho has refused a vendor's id.
    pub(crate) async fn forget(&self) {
        self.directory.forget().await;
    }

    /// The vendor that a person has chosen. Its printed name is an alias from now on.
    pub(crate) async fn chosen(&self, client: &Client, job: &Job, id: &str) -> Result<Vendor, StageError> {
        let look = |directory: &Directory| directory.has(id).then(|| Id::new(id));
        let Some(id) = self.directory.find(look, load(client, job)).await? else {
            let message = "the vendor that was chosen is not in Zoho Books: approve the invoice again with another";
            return Err(StageError::review(code::ZOHO_VENDOR_UNKNOWN, message));
        };
        let printed = normalised(&job.input.invoice.vendor_name);
        let alias = (1..=MAX_ALIAS).contains(&printed.len()).then_some(printed);
        Ok(Vendor { id, found_by: Vendor::CHOSEN, alias })
    }

    /// The vendor, if it is known; none is created.
    pub(crate) async fn find(&self, client: &Client, job: &Job, memory: &Memory) -> Result<Option<Vendor>, StageError> {
        let sought = sought(&job.input.invoice);
        let printed = normalised(sought.name);
        let alias = self.aliases.get(&printed).cloned().or_else(|| memory.vendor_of(&printed));
        let look = |directory: &Directory| directory.find(sought, alias.as_deref());
        match self.directory.find(look, load(client, job)).await? {
            None => Ok(None),
            Some(Found::One(id, by)) => Ok(Some(Vendor::found(id, by.as_str()))),
            Some(Found::Many(candidates)) => Err(ambiguous(
                sought,
                &candidates,
                "several vendors in Zoho Books match this invoice: name one with `invoicectl dlq approve --vendor`, or merge them",
            )),
        }
    }
}

async fn load(client: &Client, job: &Job) -> Result<Directory, CallError> {
    let vendors = client.list(job, "contacts", "contacts", &[("contact_type", "vendor")]).await?;
    Ok(Directory::new(vendors))
}

async fn create(client: &Client, job: &Job, currency_id: &Id) -> Result<Contact, CallError> {
    let invoice = &job.input.invoice;
    let gstin = invoice.vendor_gstin.as_deref();
    let name = cut(invoice.vendor_name.trim(), MAX_NAME);
    let gst_treatment = match gstin {
        Some(_) => "business_gst",
        None if invoice.currency == "INR" => "business_none",
        None => "overseas",
    };
    let contact = NewContact {
        contact_name: name,
        company_name: name,
        contact_type: "vendor",
        currency_id,
        gst_treatment,
        gst_no: gstin,
        place_of_contact: gstin.and_then(place::of_gstin),
    };
    client.post(job, "contacts", &contact).await?.part("contact")
}

/// The vendor that stood in the way of creating one.
async fn existing(client: &Client, job: &Job) -> Result<Contact, StageError> {
    let sought = sought(&job.input.invoice);
    let name = sought.name.trim();
    let filter = if cut(name, MAX_NAME_FILTER) == name { "contact_name" } else { "contact_name_startswith" };
    let query = [(filter, cut(name, MAX_NAME_FILTER))];
    let rows: Vec<Contact> = client.get(job, "contacts", &query).await?.part("contacts")?;
    let mut named: Vec<Contact> = rows.into_iter().filter(|row| row.is_called(name)).collect();
    match named.as_slice() {
        [] => Err(StageError::transient(
            code::ZOHO_UNAVAILABLE,
            "Zoho Books has a contact of the vendor's name but does not list it yet",
        )
        .with_retry_after(Some(LAG))),
        [contact] if contact.is_vendor() && contact.may_have(sought.gstin) => Ok(named.remove(0)),
        _ => Err(ambiguous(
            sought,
            &named,
            "the vendor's name belongs to another contact in Zoho Books, a customer or one with another GSTIN",
        )),
    }
}

fn ambiguous(sought: Sought<'_>, candidates: &[Contact], message: &str) -> StageError {
    StageError::review(code::ZOHO_VENDOR_AMBIGUOUS, message).with_evidence(&Ambiguity { sought, candidates })
}

fn sought(invoice: &Invoice) -> Sought<'_> {
    Sought { name: &invoice.vendor_name, gstin: invoice.vendor_gstin.as_deref() }
}

/// The first `limit` characters.
fn cut(text: &str, limit: usize) -> &str {
    text.char_indices().nth(limit).map_or(text, |(end, _)| &text[..end])
}
