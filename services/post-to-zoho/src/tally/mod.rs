//! TallyPrime as a [`Ledger`]: a purchase voucher, sent to its HTTP port or left in a folder for a person to import.
//!
//! **Once.** A voucher carries a `REMOTEID` made from our invoice id, and our id begins its narration. Before it is sent, Tally
//! is asked for vouchers that name the id or have the invoice's number, and after an answer that leaves it open, again. Should
//! two replicas send one at the same moment all the same, Tally takes the second for a change of the first, which says the
//! same: one voucher. That rests on how Tally imports (`voucher.rs` has the sources), and cannot be tested here.
//!
//! **In a folder** there is nobody to ask: the file's name is made from the id, and the file is there once. Imported twice, it
//! is one voucher for the same reason.

mod answer;
mod entries;
mod found;
mod port;
mod request;
mod vendors;
mod voucher;
mod xml;

use crate::Job;
use crate::control::Control;
use crate::correction::Said;
use crate::folder::{self, Folder, Kept};
use crate::ledger::{self, Ledger, Making, Vendor};
use answer::{CallError, Imported, Object};
use contract::{Bill, code};
use engine::StageError;
use entries::{Chart, Entries};
use port::Port;
use runtime::settings;
use std::sync::Arc;
use vendors::Vendors;
use voucher::Voucher;

/// A bill's rules in its status.
const MOST_RULES: usize = 4;

/// One company's books.
#[derive(Debug)]
pub(crate) struct Tally {
    way: Way,
    company: String,
    kind: String,
    chart: Chart,
    vendors: Vendors,
    control: Arc<Control>,
}

/// How vouchers get there.
#[derive(Debug)]
enum Way {
    Port(Port),
    Folder(Folder),
}

impl Tally {
    pub(crate) fn new(settings: &settings::Tally, control: Arc<Control>) -> anyhow::Result<Self> {
        let way = match settings.url.as_str() {
            "" => Way::Folder(Folder::new(&settings.folder)),
            _ => Way::Port(Port::new(settings)?),
        };
        Ok(Self {
            way,
            company: settings.company.clone(),
            kind: settings.voucher_type.clone(),
            chart: Chart::new(settings),
            vendors: Vendors::new(settings),
            control,
        })
    }

    async fn send(&self, port: &Port, job: &Job) -> Result<Bill, StageError> {
        let invoice = &job.input.invoice;
        // As long as nobody could look, an earlier attempt may have made the voucher.
        let looked = self.look(port, job).await.map_err(|error| StageError::from(error).with_effect_in_doubt())?;
        if let Some(number) = found::own(&looked, &job.invoice_id, invoice)? {
            return Ok(found_bill(number, job));
        }
        let known = self.vendors.find(port, job).await?;
        let said = self.said(job, known.as_ref().map(|vendor| vendor.id.as_str())).await?;
        let entries = self.chart.entries(invoice, said.as_ref())?;
        let vendor = match known {
            Some(vendor) => vendor,
            None => self.vendors.find_or_create(port, job).await?,
        };
        found::refuse_taken(&looked, invoice, &vendor.id, &self.kind)?;
        self.control.before_making(job, &vendor.id).await?;
        let sent = port.change(job, self.voucher(job, &vendor, &entries)).await;
        match sent.and_then(|answer| made(&answer)) {
            Ok(imported) => {
                let number = imported.last_voucher.unwrap_or_else(|| voucher::remote_id(&job.invoice_id));
                Ok(new_bill(number, job, vendor, &entries))
            }
            Err(CallError::Unknown(error)) => self.look_again(port, job, (vendor, &entries), error).await,
            Err(CallError::Refused(error)) => {
                // A ledger may have been renamed since the list was read.
                self.vendors.forget().await;
                Err(unknown_account(said.as_ref(), &entries, error))
            }
        }
    }

    /// Tally may have made the voucher. If it is not to be seen, or cannot be looked for, the next attempt looks first.
    async fn look_again(
        &self,
        port: &Port,
        job: &Job,
        (vendor, entries): (Vendor, &Entries),
        error: StageError,
    ) -> Result<Bill, StageError> {
        let looked = self.look(port, job).await.unwrap_or_default();
        match found::own(&looked, &job.invoice_id, &job.input.invoice)? {
            Some(number) => Ok(new_bill(number, job, vendor, entries)),
            None => Err(error.with_effect_in_doubt()),
        }
    }

    async fn look(&self, port: &Port, job: &Job) -> Result<Vec<Object>, CallError> {
        let answer = port.ask(request::vouchers(&self.company, &job.invoice_id, &job.input.invoice)).await?;
        answer::objects(&answer, "VOUCHER")
    }

    async fn leave(&self, folder: &Folder, job: &Job) -> Result<Bill, StageError> {
        let vendor = self.vendors.unasked(&job.input.invoice);
        let said = self.said(job, Some(&vendor.id)).await?;
        let entries = self.chart.entries(&job.input.invoice, said.as_ref())?;
        let name = folder::file_name(&job.invoice_id, "xml");
        let text = self.voucher(job, &vendor, &entries);
        self.control.before_making(job, &vendor.id).await?;
        job.confirm_lease().await?;
        let kept = folder.keep(&name, text).await;
        let bill = new_bill(name, job, vendor, &entries);
        match kept.map_err(StageError::with_effect_in_doubt)? {
            Kept::Same => Ok(bill),
            Kept::Other => Err(folder::differs(&bill)),
        }
    }

    /// The ledger that people want the lines booked to.
    async fn said(&self, job: &Job, vendor_id: Option<&str>) -> Result<Option<Said>, StageError> {
        self.control.correction(job, vendor_id).await?.without_tax()
    }

    fn voucher(&self, job: &Job, vendor: &Vendor, entries: &Entries) -> String {
        let (id, invoice) = (&job.invoice_id, &job.input.invoice);
        voucher::import(&self.company, &Voucher { id, invoice, vendor, entries, kind: &self.kind })
    }
}

impl Ledger for Tally {
    fn bill<'a>(&'a self, job: &'a Job) -> Making<'a> {
        Box::pin(async move {
            match &self.way {
                Way::Port(port) => self.send(port, job).await,
                Way::Folder(folder) => self.leave(folder, job).await,
            }
        })
    }
}

/// What was asked was done. Tally answers for a company that is not open that nothing went wrong, and does nothing.
fn made(answer: &str) -> Result<Imported, CallError> {
    let imported = answer::imported(answer)?;
    if imported.created + imported.altered > 0 {
        return Ok(imported);
    }
    let message =
        "Tally says neither that it made the voucher nor why not: see whether tally.company is open and licensed";
    Err(CallError::Unknown(StageError::unavailable(code::TALLY_COMPANY, message)))
}

/// A ledger that Tally lacks is a person's to correct if a person has named it, and the settings' otherwise.
fn unknown_account(said: Option<&Said>, entries: &Entries, error: StageError) -> StageError {
    let names = |said: &Said| error.evidence.as_ref().is_some_and(|words| words.get().contains(&said.name));
    match said.filter(|said| error.code == code::TALLY_SETUP && names(said) && entries.booked_by.contains(said.rule()))
    {
        Some(said) => said.hold(code::TALLY_ACCOUNT_UNKNOWN, "account", "is not a ledger in Tally"),
        None => error,
    }
}

fn new_bill(number: String, job: &Job, vendor: Vendor, entries: &Entries) -> Bill {
    let booked_by = entries.booked_by.iter().take(MOST_RULES).cloned().collect();
    ledger::bill(number, &job.input.invoice, vendor, booked_by)
}

/// Of a voucher that was there already.
fn found_bill(number: String, job: &Job) -> Bill {
    let vendor = Vendor { id: String::new(), found_by: "" };
    ledger::bill(number, &job.input.invoice, vendor, Vec::new())
}

#[cfg(test)]
mod tests;
