//! Zoho Books as a [`Ledger`].

use crate::Job;
use crate::client::Client;
use crate::control::Control;
use crate::ledger::{Ledger, Making};
use crate::metrics::Metrics;
use crate::reference::Reference;
use crate::vendor::Vendors;
use documents::Documents;
use runtime::settings::{WhichBills, Zoho};
use rust_decimal::Decimal;
use std::sync::Arc;

/// One organisation's books: what is known of them, and the access token.
#[derive(Debug)]
pub(crate) struct ZohoBooks {
    pub(crate) client: Client,
    pub(crate) vendors: Vendors,
    pub(crate) reference: Reference,
    pub(crate) documents: Documents,
    pub(crate) attach_pdf: bool,
    pub(crate) hold_near_duplicates: bool,
    pub(crate) unique_field: Option<String>,
    pub(crate) drafts: WhichBills,
    pub(crate) draft_above: Option<Decimal>,
    pub(crate) max_attempts: u32,
    pub(crate) control: Arc<Control>,
}

impl ZohoBooks {
    pub(crate) fn new(
        settings: &Zoho,
        documents: Documents,
        max_attempts: u32,
        control: Arc<Control>,
        metrics: &Metrics,
    ) -> anyhow::Result<Self> {
        settings.require()?;
        let per_day = Some(settings.calls_per_day).filter(|calls| *calls > 0);
        metrics.calls_per_day.set(per_day.map(|calls| ([], f64::from(calls))));
        Ok(Self {
            client: Client::new(settings)?.counting(metrics.clone()),
            vendors: Vendors::new(settings),
            reference: Reference::new(settings),
            documents,
            attach_pdf: settings.attach_pdf,
            hold_near_duplicates: settings.hold_near_duplicates,
            unique_field: settings.unique_field.clone(),
            drafts: settings.drafts,
            draft_above: settings.draft_above,
            max_attempts,
            control,
        })
    }
}

impl Ledger for ZohoBooks {
    fn bill<'a>(&'a self, job: &'a Job) -> Making<'a> {
        Box::pin(self.post(job))
    }
}
