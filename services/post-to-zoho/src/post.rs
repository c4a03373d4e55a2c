//! Look, post, look again: how one invoice becomes one bill.

use crate::answer::{Answer, CallError};
use crate::bill::{self, Ids};
use crate::reconcile::{self, BillRow};
use crate::wire::Id;
use crate::{Job, PostToZoho};
use contract::{Bill, Class, code};
use engine::StageError;
use std::time::Duration;

/// Lists may lag behind what was just created.
const LAG: Duration = Duration::from_secs(10);

impl PostToZoho {
    /// The invoice's bill, made now or by an earlier attempt.
    pub(crate) async fn post(&self, job: &Job) -> Result<Bill, StageError> {
        // As long as nobody could look, an earlier attempt may have made the bill.
        let looked = self.by_reference(job).await.map_err(|error| StageError::from(error).with_effect_in_doubt())?;
        if let Some(row) = looked {
            return reconcile::accept(&row, &job.input.invoice);
        }
        let ids = self.ids(job).await?;
        let body = bill::of(&job.invoice_id, &job.input.invoice, &ids)?;
        match self.client.post(job, "bills", &body).await.and_then(|answer| made(&answer)) {
            Ok(row) => reconcile::accept(&row, &job.input.invoice),
            Err(CallError::Exists(_)) => self.reconcile(job, &ids.vendor).await,
            Err(CallError::Unknown(error)) => self.look_again(job, &ids.vendor, error).await,
            Err(CallError::Refused(error)) => Err(self.refused(error).await),
        }
    }

    async fn ids(&self, job: &Job) -> Result<Ids, StageError> {
        let taxes = self.reference.taxes(&self.client, job).await?;
        let account = self.reference.account(&self.client, job).await?;
        let currency = self.reference.currency(&self.client, job).await?;
        let vendor = self.vendors.find_or_create(&self.client, job, &currency).await?;
        Ok(Ids { vendor, account, currency, taxes })
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
    async fn look_again(&self, job: &Job, vendor: &Id, error: StageError) -> Result<Bill, StageError> {
        let mut found = self.by_reference(job).await.ok().flatten();
        if found.is_none() {
            let rows = self.by_number(job, vendor).await.unwrap_or_default();
            found = rows.into_iter().find(|row| row.is_for(&job.invoice_id));
        }
        match found {
            Some(row) => reconcile::accept(&row, &job.input.invoice),
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
        let rows = rows(&self.client.get(job, "bills", &query).await?)?;
        Ok(rows.into_iter().find(|row| row.is_for(&job.invoice_id)))
    }

    async fn by_number(&self, job: &Job, vendor: &Id) -> Result<Vec<BillRow>, CallError> {
        let number = job.input.invoice.invoice_number.as_str();
        let query = [("vendor_id", vendor.as_str()), ("bill_number", number)];
        rows(&self.client.get(job, "bills", &query).await?)
    }
}

fn rows(answer: &Answer) -> Result<Vec<BillRow>, CallError> {
    answer.part("bills")
}

/// The bill as Zoho made it. What it says in place of a bill leaves open whether there is one.
fn made(answer: &Answer) -> Result<BillRow, CallError> {
    answer.part("bill")
}
