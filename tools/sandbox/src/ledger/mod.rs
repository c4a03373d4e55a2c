//! The books: what Zoho holds for one Indian organisation, and the rules by which it refuses.
//!
//! Pure: no HTTP, no clock, no randomness. Whatever it answers follows from the calls made before,
//! so that what the books say in the end can be taken as the truth about the pipeline.

mod bill;
mod bills;
mod contacts;
mod credit;
mod credits;
mod document;
mod draft;
mod fields;
mod listing;
mod reference;
mod refusal;
mod status;
mod taxes;
mod totals;
mod view;

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use chrono::{DateTime, FixedOffset};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Value, json};

pub use bills::{UniqueKey, Upserted};
pub use listing::{Page, Query};
pub use refusal::Refusal;
pub use status::{NewBills, Step};

use crate::settings::Settings;
use bill::Bill;
use contacts::Contact;
use credit::Credit;
use draft::Draft;
use status::Workflow;
use taxes::TaxTable;

/// How long what a call creates stays out of lists.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListLag(pub Duration);

/// When a call takes effect.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Monotonic, for visibility in lists.
    pub now: Instant,
    /// Indian standard time, for the books.
    pub wall: DateTime<FixedOffset>,
    /// See [`ListLag`].
    pub lag: ListLag,
}

impl Moment {
    fn visible_from(self) -> Instant {
        self.now + self.lag.0
    }

    fn stamp(self) -> String {
        self.wall.format("%Y-%m-%dT%H:%M:%S%z").to_string()
    }
}

/// Contacts, bills, vendor credits and reference data of the organisation.
#[derive(Debug)]
pub struct Ledger {
    ids: Ids,
    contacts: BTreeMap<String, Contact>,
    bills: BTreeMap<String, Bill>,
    credits: BTreeMap<String, Credit>,
    /// Those that Zoho gave out itself.
    credit_numbers: u32,
    /// How often each was created, by its kind and what the client meant by it.
    created: HashMap<(Kind, String), u32>,
    taxes: TaxTable,
    workflow: Workflow,
    unique_field: Option<String>,
    duplicate_code: i64,
}

impl Ledger {
    /// Books with seeded contacts and no bills.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            ids: Ids::default(),
            contacts: contacts::seeds(),
            bills: BTreeMap::new(),
            credits: BTreeMap::new(),
            credit_numbers: 0,
            created: HashMap::new(),
            taxes: TaxTable::new(),
            workflow: Workflow { new_bills: settings.new_bills, approval: settings.bill_approval },
            unique_field: settings.unique_field.clone(),
            duplicate_code: settings.duplicate_code,
        }
    }

    /// Counts one creation more, and says how many there then were.
    fn times_created(&mut self, kind: Kind, draft: &Draft) -> u32 {
        let times = self.created.entry((kind, draft.identity())).or_default();
        *times += 1;
        *times
    }

    /// `GET /settings/taxes`.
    #[must_use]
    pub fn taxes(&self) -> Value {
        self.taxes.view()
    }

    /// `GET /settings/taxgroups/{id}`.
    ///
    /// # Errors
    /// There is no such group.
    pub fn tax_group(&self, id: &str) -> Result<Value, Refusal> {
        let group = self.taxes.group_view(id);
        group.ok_or_else(|| Refusal::no_such("Tax Group"))
    }

    /// `GET /chartofaccounts`.
    #[must_use]
    pub fn accounts(&self, query: &Query) -> Page {
        reference::accounts(query)
    }

    /// `GET /settings/currencies`.
    #[must_use]
    pub fn currencies(&self) -> Value {
        reference::currencies()
    }
}

/// What is counted apart from the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Bill,
    Credit,
}

/// Ids as Zoho writes them: 18 digits, rising.
#[derive(Debug, Default)]
struct Ids(u64);

impl Ids {
    fn next(&mut self) -> String {
        self.0 += 1;
        numbered_id(1_000_000 + self.0)
    }
}

fn numbered_id(n: u64) -> String {
    (460_000_000_000_000_000 + n).to_string()
}

/// An amount as Zoho's JSON has it.
fn number(amount: Decimal) -> Value {
    // The shortest text of the nearest f64 is the decimal itself, for all amounts below 10^15.
    json!(amount.to_f64())
}
