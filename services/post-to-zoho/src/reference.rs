//! What the organisation has set up: the account for purchases, its taxes and its currencies.

use crate::Job;
use crate::account::{self, AccountRow};
use crate::answer::CallError;
use crate::booking::{Booking, Rules};
use crate::cache::Cache;
use crate::cess::{self, Part};
use crate::charge::{self, Booked, Charge};
use crate::client::Client;
use crate::correction::{By, Said};
use crate::tax::{self, LineTax, Supply, Tax};
use crate::wire::Id;
use crate::{amounts, reverse_charge};
use contract::{Class, code};
use engine::StageError;
use runtime::settings::Zoho;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is missing is looked for again at most this often.
const SETTLED: Duration = Duration::from_secs(60);

/// The organisation's accounts, taxes and currencies.
#[derive(Debug)]
pub(crate) struct Reference {
    account_id: Option<Id>,
    account_name: Option<String>,
    rules: Rules,
    charges: charge::Accounts,
    round_off: Option<String>,
    accounts: Cache<Vec<AccountRow>>,
    taxes: Cache<Vec<Tax>>,
    currencies: Cache<Vec<Currency>>,
}

/// The account of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: Id,
    /// What decided it.
    pub(crate) rule: String,
}

/// The taxes of an invoice's lines.
#[derive(Debug)]
pub(crate) struct Taxed {
    pub(crate) lines: Vec<Option<LineTax>>,
    /// What decided one of them beside the printed rates, as in [`contract::Bill::booked_by`].
    pub(crate) rule: Option<&'static str>,
}

/// A currency as Zoho lists it.
#[derive(Debug, Deserialize)]
pub(crate) struct Currency {
    pub(crate) currency_id: Id,
    #[serde(default)]
    pub(crate) currency_code: String,
}

#[derive(Debug, Deserialize)]
struct TaxGroup {
    taxes: Vec<Part>,
}

#[derive(Debug, Serialize)]
struct TaxesSought {
    supply: String,
    rates: Vec<Option<Decimal>>,
}

impl Reference {
    pub(crate) fn new(settings: &Zoho) -> Self {
        let set = |value: &Option<String>| value.clone().filter(|text| !text.trim().is_empty());
        Self {
            account_id: set(&settings.account_id).map(Id::new),
            account_name: set(&settings.account_name),
            rules: Rules::new(&settings.account_rules),
            charges: charge::Accounts::new(settings),
            round_off: set(&settings.round_off_account),
            accounts: Cache::new(SETTLED),
            taxes: Cache::new(SETTLED),
            currencies: Cache::new(SETTLED),
        }
    }

    /// The account of each of the invoice's lines, and what decided it. `said`: what people have said of it.
    pub(crate) async fn accounts(
        &self,
        client: &Client,
        job: &Job,
        said: Option<&Said>,
    ) -> Result<Vec<Account>, StageError> {
        let bookings = self.rules.book(&job.input.invoice, said);
        if let Some(said) = said.filter(|said| said.decides(&bookings)) {
            self.know(client, job, said).await?;
        }
        if let Some(id) = self.account_id.as_ref().filter(|_| bookings.iter().all(|one| one.account.is_none())) {
            return Ok(bookings.iter().map(|one| Account::new(id.clone(), one)).collect());
        }
        let load = client.list(job, "chartofaccounts", "chartofaccounts", &[("filter_by", "AccountType.Active")]);
        let look = |rows: &Vec<AccountRow>| {
            let found = |one: &Booking<'_>| Some(Account::new(self.choose(rows, one.account)?, one));
            bookings.iter().map(found).collect::<Option<Vec<_>>>()
        };
        // Without an account no bill at all can be made: this is not the invoice's fault.
        self.accounts.find(look, load).await?.ok_or_else(|| {
            setup(
                Class::Unavailable,
                "no active account in Zoho Books fits zoho.account_name or one of zoho.account_rules: correct the setting",
            )
        })
    }

    /// An account that people have named must be one of the books: they have seen no list of them.
    async fn know(&self, client: &Client, job: &Job, said: &Said) -> Result<(), StageError> {
        let load = client.list(job, "chartofaccounts", "chartofaccounts", &[("filter_by", "AccountType.Active")]);
        let look = |rows: &Vec<AccountRow>| account::called(rows, &said.name).map(|_| ());
        let found = self.accounts.find(look, load).await?;
        found.ok_or_else(|| said.hold(code::ZOHO_ACCOUNT_UNKNOWN, "account", "is not an active one in Zoho Books"))
    }

    /// The tax of each of the invoice's lines. `said`: the one that people want for the lines of its rate.
    pub(crate) async fn taxes(&self, client: &Client, job: &Job, said: Option<&Said>) -> Result<Taxed, StageError> {
        let wanted = match said {
            Some(said) => Some((said, self.tax(client, job, said).await?)),
            None => None,
        };
        let lines = self.assigned(client, job, wanted.as_ref().map(|(_, tax)| tax)).await?;
        let Some((said, tax)) = wanted else { return Ok(Taxed { lines, rule: None }) };
        let is_borne = lines.iter().flatten().any(|line| line.tax_id == tax.tax_id);
        if !is_borne && said.by == By::Chosen {
            let wrong = "is for none of its lines, by its rate or as it is not for trade within or between states";
            return Err(said.hold(code::ZOHO_TAX_UNKNOWN, "tax", wrong));
        }
        Ok(Taxed { lines, rule: is_borne.then(|| said.tax_rule()) })
    }

    async fn tax(&self, client: &Client, job: &Job, said: &Said) -> Result<Tax, StageError> {
        let load = client.list(job, "settings/taxes", "taxes", &[]);
        let found = self.taxes.find(|taxes: &Vec<Tax>| tax::called(taxes, &said.name).cloned(), load).await?;
        found.ok_or_else(|| said.hold(code::ZOHO_TAX_UNKNOWN, "tax", "is not one in Zoho Books"))
    }

    async fn assigned(
        &self,
        client: &Client,
        job: &Job,
        said: Option<&Tax>,
    ) -> Result<Vec<Option<LineTax>>, StageError> {
        let invoice = &job.input.invoice;
        let reversed = reverse_charge::supply(invoice)?;
        let load = client.list(job, "settings/taxes", "taxes", &[]);
        let look = |taxes: &Vec<Tax>| match reversed {
            Some(supply) => tax::assign_reversed(taxes, invoice, supply, said),
            None => tax::assign(taxes, invoice, said),
        };
        self.taxes.find(look, load).await?.ok_or_else(|| {
            let sought = TaxesSought {
                supply: format!("{:?}", reversed.unwrap_or_else(|| Supply::of(invoice))),
                rates: invoice.lines.iter().map(|line| line.tax_rate).collect(),
            };
            let message = "Zoho Books has no tax of a rate on this invoice: add it under Settings, Taxes, and replay";
            setup(Class::Permanent, message).with_evidence(&sought)
        })
    }

    /// The lines' taxes with the printed cess in them, if the organisation has one group for it.
    pub(crate) async fn taxes_with_cess(
        &self,
        client: &Client,
        job: &Job,
        assigned: &[Option<LineTax>],
    ) -> Result<Option<Vec<Option<LineTax>>>, StageError> {
        let invoice = &job.input.invoice;
        let net = amounts::net(invoice);
        let load = || client.list(job, "settings/taxes", "taxes", &[]);
        let look = |taxes: &Vec<Tax>| Some(cess::candidates(taxes, invoice, &net, assigned));
        let candidates = self.taxes.find(look, load()).await?.unwrap_or_default();
        let mut made = Vec::new();
        for candidate in candidates {
            let answer = client.get(job, &format!("settings/taxgroups/{}", candidate.group), &[]).await?;
            let TaxGroup { taxes: parts } = answer.part("tax_group")?;
            let look = |taxes: &Vec<Tax>| Some(candidate.applied(taxes, &parts, Supply::of(invoice), assigned));
            made.extend(self.taxes.find(look, load()).await?.flatten());
        }
        Ok(if made.len() == 1 { made.pop() } else { None })
    }

    /// What the invoice charges beside its lines, each with its account; without cess if a tax carries it.
    pub(crate) async fn charges(&self, client: &Client, job: &Job, has_cess: bool) -> Result<Vec<Booked>, StageError> {
        let mut booked = Vec::new();
        for (charge, amount) in charge::charged(&job.input.invoice) {
            if charge == Charge::Cess && has_cess {
                continue;
            }
            let named = self.charges.require(charge, amount)?;
            let account = self.account(client, job, charge.setting(), named).await?;
            booked.push(Booked { charge, amount, account });
        }
        Ok(booked)
    }

    /// The account for the round-off of credit notes, if one is set.
    pub(crate) async fn round_off(&self, client: &Client, job: &Job) -> Result<Option<Id>, StageError> {
        match &self.round_off {
            None => Ok(None),
            Some(named) => self.account(client, job, "zoho.round_off_account", named).await.map(Some),
        }
    }

    async fn account(&self, client: &Client, job: &Job, setting: &str, named: &str) -> Result<Id, StageError> {
        let load = client.list(job, "chartofaccounts", "chartofaccounts", &[("filter_by", "AccountType.Active")]);
        let look = |rows: &Vec<AccountRow>| account::called(rows, named).map(|row| row.account_id.clone());
        self.accounts.find(look, load).await?.ok_or_else(|| {
            let message = format!("no active account in Zoho Books is what {setting} names: correct it, and replay");
            setup(Class::Permanent, &message)
        })
    }

    /// The id of the invoice's currency.
    pub(crate) async fn currency(&self, client: &Client, job: &Job) -> Result<Id, StageError> {
        let code = &job.input.invoice.currency;
        let load = client.list(job, "settings/currencies", "currencies", &[]);
        let look = |currencies: &Vec<Currency>| {
            let fits = currencies.iter().find(|currency| currency.currency_code.eq_ignore_ascii_case(code));
            fits.map(|currency| currency.currency_id.clone())
        };
        let found = self.currencies.find(look, load).await.map_err(|error: CallError| StageError::from(error))?;
        found.ok_or_else(|| {
            let message =
                "Zoho Books does not know the invoice's currency: add it under Settings, Currencies, and replay";
            setup(Class::Permanent, message).with_evidence(code)
        })
    }

    /// Drops what is known, after Zoho has refused one of its ids.
    pub(crate) async fn forget(&self) {
        self.accounts.forget().await;
        self.taxes.forget().await;
        self.currencies.forget().await;
    }

    /// The account that a rule names, or else the one for all other lines.
    fn choose(&self, rows: &[AccountRow], named: Option<&str>) -> Option<Id> {
        let row = match (named, &self.account_id, &self.account_name) {
            (Some(name), _, _) => account::called(rows, name),
            (None, None, Some(name)) => account::called(rows, name),
            (None, Some(id), _) => return Some(id.clone()),
            (None, None, None) => account::first_expense(rows),
        };
        row.map(|row| row.account_id.clone())
    }
}

impl Account {
    fn new(id: Id, booking: &Booking<'_>) -> Self {
        Self { id, rule: booking.rule.to_owned() }
    }
}

fn setup(class: Class, message: &str) -> StageError {
    StageError::new(code::ZOHO_SETUP, class, message)
}
