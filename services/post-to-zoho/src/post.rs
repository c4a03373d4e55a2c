//! Look, post, look again: how one invoice becomes one bill, or one credit note one vendor credit.

use crate::Job;
use crate::answer::CallError;
use crate::approval;
use crate::attachment;
use crate::bill::{self, Ids};
use crate::reconcile::{self, BillRow};
use crate::reference::Taxed;
use crate::resource::Resource;
use crate::vendor::Vendor;
use crate::wire::Id;
use crate::zoho::ZohoBooks;
use contract::{Bill, Class, Invoice, code};
use engine::StageError;
use std::collections::BTreeSet;
use std::time::Duration;

/// Lists may lag behind what was just created.
pub(crate) const LAG: Duration = Duration::from_secs(10);

/// A bill's rules in its status.
const MOST_RULES: usize = 4;

impl ZohoBooks {
    /// The invoice's bill, made now or by an earlier attempt, with its PDF.
    pub(crate) async fn post(&self, job: &Job) -> Result<Bill, StageError> {
        let looked = self.by_reference(job).await.map_err(|error| look_failed(job, error))?;
        if let Some(row) = looked {
            let bill = reconcile::accept(&row, &job.input.invoice)?;
            return self.with_pdf(job, bill, false).await;
        }
        let (ids, vendor) = self.ids(job).await?;
        let may_be_near = vendor.is_new() || self.control.allows(&job.input, &code::ZOHO_NEAR_DUPLICATE);
        if self.hold_near_duplicates && !may_be_near {
            self.refuse_near_duplicate(job, &ids.vendor).await?;
        }
        self.control.before_making(job, ids.vendor.as_str()).await?;
        let as_draft = approval::is_chosen(self.drafts, self.draft_above, &job.input, vendor.is_new());
        let (bill, has_no_file) = self.make(job, &ids, as_draft).await?;
        let rules: BTreeSet<&str> = ids.accounts.iter().map(|account| account.rule.as_str()).collect();
        let rules = ids.tax_rule.into_iter().chain(rules).take(MOST_RULES);
        let booked_by = rules.map(str::to_owned).collect();
        let Vendor { found_by, alias, .. } = vendor;
        self.with_pdf(job, Bill { vendor_by: found_by.to_owned(), booked_by, alias, ..bill }, has_no_file).await
    }

    /// The bill, and whether it is certain that it has no file yet.
    async fn make(&self, job: &Job, ids: &Ids, as_draft: bool) -> Result<(Bill, bool), StageError> {
        let invoice = &job.input.invoice;
        let resource = Resource::of(invoice);
        let as_draft = as_draft && resource.is_bill();
        let body = bill::of(&job.invoice_id, invoice, ids, self.unique_field.as_deref(), as_draft)?;
        let answer = match self.unique_field.as_ref().filter(|_| resource.has_upsert) {
            Some(field) => self.client.upsert(job, resource.create, field, &body).await,
            None => self.client.post(job, resource.create, &body).await,
        };
        match answer.and_then(|answer| Ok((answer.part(resource.one)?, attachment::is_any(&answer)))) {
            Ok((row, is_any)) => accept_made(&row, invoice, as_draft).map(|bill| (bill, !is_any)),
            Err(CallError::Exists(_)) => self.reconcile(job, &ids.vendor).await.map(|bill| (bill, false)),
            Err(CallError::Unknown(error)) => self.look_again(job, as_draft, error).await,
            Err(CallError::Refused(error)) => Err(resource.refusal(self.refused(error).await)),
        }
    }

    /// A new vendor last: none is made for an invoice that lacks something else. What is remembered of a known one is needed first.
    async fn ids(&self, job: &Job) -> Result<(Ids, Vendor), StageError> {
        bill::refuse_unfit(&job.input.invoice)?;
        let known = self.known_vendor(job).await?;
        let correction = self.control.correction(job, known.as_ref().map(|vendor| vendor.id.as_str())).await?;
        let Taxed { lines: gst, rule: tax_rule } =
            self.reference.taxes(&self.client, job, correction.tax.as_ref()).await?;
        let with_cess = if job.input.invoice.cess.is_zero() {
            None
        } else {
            self.reference.taxes_with_cess(&self.client, job, &gst).await?
        };
        let charges = self.reference.charges(&self.client, job, with_cess.is_some()).await?;
        let taxes = with_cess.unwrap_or(gst);
        let accounts = self.reference.accounts(&self.client, job, correction.account.as_ref()).await?;
        let is_bill = Resource::of(&job.input.invoice).is_bill();
        let round_off = if is_bill { None } else { self.reference.round_off(&self.client, job).await? };
        let currency = self.reference.currency(&self.client, job).await?;
        let vendor = match known {
            Some(vendor) => vendor,
            None => self.new_vendor(job, &currency).await?,
        };
        Ok((Ids { vendor: vendor.id.clone(), accounts, currency, taxes, charges, tax_rule, round_off }, vendor))
    }

    /// The vendor that a person has chosen, or that is found.
    async fn known_vendor(&self, job: &Job) -> Result<Option<Vendor>, StageError> {
        let memory = self.control.memory().await?;
        let decision = job.input.decision.as_ref();
        match decision.and_then(|decision| decision.vendor_id.as_deref()) {
            Some(chosen) => self.vendors.chosen(&self.client, job, chosen).await.map(Some),
            None => self.vendors.find(&self.client, job, memory).await,
        }
    }

    async fn new_vendor(&self, job: &Job, currency: &Id) -> Result<Vendor, StageError> {
        let memory = self.control.memory().await?;
        let may_create = self.control.allows(&job.input, &code::ZOHO_VENDOR_UNKNOWN);
        self.vendors.find_or_create(&self.client, job, currency, memory, may_create).await
    }

    async fn refuse_near_duplicate(&self, job: &Job, vendor: &Id) -> Result<(), StageError> {
        let total = job.input.invoice.total.to_string();
        let resource = Resource::of(&job.input.invoice);
        let query = [(resource.vendor, vendor.as_str()), ("total", total.as_str())];
        let rows = self.rows(job, resource, &query).await?;
        reconcile::near_duplicate(rows, &job.input.invoice, vendor)
    }

    /// Zoho has the number already: whose bill is it?
    async fn reconcile(&self, job: &Job, vendor: &Id) -> Result<Bill, StageError> {
        let rows = self.by_number(job, vendor).await.map_err(|error| StageError::from(error).with_effect_in_doubt())?;
        reconcile::duplicate(rows, &job.invoice_id, &job.input.invoice, vendor).map_err(|error| match error.class {
            Class::Transient => error.with_retry_after(Some(LAG)).with_effect_in_doubt(),
            _ => error,
        })
    }

    /// Zoho may have made the bill. If it is not to be seen, or cannot be looked for, the next attempt looks first.
    /// If it is, and was not when this attempt first looked, its row is to be believed that it has no file.
    async fn look_again(&self, job: &Job, as_draft: bool, error: StageError) -> Result<(Bill, bool), StageError> {
        match self.by_reference(job).await.ok().flatten() {
            Some(row) => accept_made(&row, &job.input.invoice, as_draft).map(|bill| (bill, row.says_no_file())),
            None => Err(error.with_effect_in_doubt()),
        }
    }

    /// An id that was deleted in Zoho since we read it is refused: the next attempt reads all of them anew.
    async fn refused(&self, mut error: StageError) -> StageError {
        let names_an_id = error.evidence.as_ref().is_some_and(|evidence| {
            ["vendor_id", "account_id", "tax_id", "currency_id"].iter().any(|id| evidence.get().contains(id))
        });
        if error.code == code::ZOHO_BAD_REQUEST && names_an_id {
            self.vendors.forget().await;
            self.reference.forget().await;
            error.class = Class::Transient;
        }
        error
    }

    async fn by_reference(&self, job: &Job) -> Result<Option<BillRow>, CallError> {
        let query = [("reference_number", job.invoice_id.as_str())];
        let rows = self.rows(job, Resource::of(&job.input.invoice), &query).await?;
        Ok(rows.into_iter().find(|row| row.is_for(&job.invoice_id)))
    }

    async fn by_number(&self, job: &Job, vendor: &Id) -> Result<Vec<BillRow>, CallError> {
        let number = job.input.invoice.invoice_number.as_str();
        let resource = Resource::of(&job.input.invoice);
        self.rows(job, resource, &[(resource.vendor, vendor.as_str()), (resource.number, number)]).await
    }

    async fn rows(&self, job: &Job, resource: &Resource, query: &[(&str, &str)]) -> Result<Vec<BillRow>, CallError> {
        self.client.get(job, resource.list, query).await?.part(resource.list)
    }
}

fn accept_made(row: &BillRow, invoice: &Invoice, as_draft: bool) -> Result<Bill, StageError> {
    if as_draft { reconcile::draft(row, invoice) } else { reconcile::accept(row, invoice) }
}

/// As long as nobody could look, an earlier attempt may have made the bill; where nobody may look, none has.
fn look_failed(job: &Job, error: CallError) -> StageError {
    let error = Resource::of(&job.input.invoice).refusal(error.into());
    if error.code == code::ZOHO_SETUP && error.class == Class::Permanent { error } else { error.with_effect_in_doubt() }
}
