//! What the bills so far say of their vendors: to which accounts they wanted to be paid, under which other names they came, and how
//! people have said that they are booked.
//!
//! It is learned from the states of posted invoices, which every replica follows, so that nothing else is to be kept. It may lag
//! behind by moments and never decides whether a bill is made twice.

use contract::{Bill, State, Status, VendorRule, code};
use engine::StageError;
use runtime::Follower;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How long an attempt waits for the states to be read when the service has just started.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of vendors.
#[derive(Debug)]
pub struct Memory {
    known: Mutex<Known>,
    is_read: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Known {
    /// Fingerprints of bank accounts by vendor id.
    banks: HashMap<String, BTreeSet<String>>,
    /// Vendor ids by printed name, normalised; with when it was said.
    aliases: HashMap<String, (i64, String)>,
    /// By vendor id.
    rules: HashMap<String, Rule>,
}

/// What was last said of each part of a vendor's rule, and when.
#[derive(Debug, Default)]
struct Rule {
    account: Option<(i64, String)>,
    tax: Option<(i64, String)>,
}

/// What a vendor's earlier bills say of a bank account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BankAccount {
    /// None of them named an account.
    First,
    Known,
    /// They named others.
    Changed,
}

impl Memory {
    /// One that is to be filled; whoever asks it waits until then.
    #[must_use]
    pub fn unread() -> Self {
        Self { known: Mutex::default(), is_read: watch::Sender::new(false) }
    }

    /// One of a vendor who has no bills yet.
    #[must_use]
    pub fn empty() -> Self {
        Self { known: Mutex::default(), is_read: watch::Sender::new(true) }
    }

    /// Waits until the states have been read.
    pub(crate) async fn read(&self) -> Result<(), StageError> {
        let mut is_read = self.is_read.subscribe();
        match tokio::time::timeout(PATIENCE, is_read.wait_for(|is_read| *is_read)).await {
            Ok(_) => Ok(()),
            Err(_) => Err(StageError::unavailable(
                code::ZOHO_STATES_UNREAD,
                "the states of earlier invoices are not read yet, so that a changed bank account would not be noticed",
            )),
        }
    }

    /// The vendor that a printed name, normalised, was said to be.
    pub(crate) fn vendor_of(&self, printed: &str) -> Option<String> {
        self.known().aliases.get(printed).map(|(_, vendor)| vendor.clone())
    }

    pub(crate) fn bank_account(&self, vendor_id: &str, fingerprint: &str) -> BankAccount {
        match self.known().banks.get(vendor_id) {
            None => BankAccount::First,
            Some(known) if known.contains(fingerprint) => BankAccount::Known,
            Some(_) => BankAccount::Changed,
        }
    }

    /// How a vendor's bills are booked, as people have said; an empty name was taken back.
    pub(crate) fn rule_of(&self, vendor_id: &str) -> VendorRule {
        let known = self.known();
        let Some(rule) = known.rules.get(vendor_id) else { return VendorRule::default() };
        let last = |part: &Option<(i64, String)>| part.as_ref().map(|(_, name)| name.clone());
        VendorRule { account: last(&rule.account), tax: last(&rule.tax) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower for Memory {
    fn take(&self, status: &Status) {
        if let (State::Posted, Some(bill)) = (status.state, &status.bill) {
            self.known().learn(bill, status.at_ms);
        }
    }

    fn caught_up(&self) {
        self.is_read.send_replace(true);
    }
}

impl Known {
    fn learn(&mut self, bill: &Bill, at_ms: i64) {
        if let Some(bank) = &bill.bank {
            self.banks.entry(bill.vendor_id.clone()).or_default().insert(bank.clone());
        }
        if let Some(alias) = &bill.alias
            && self.aliases.get(alias).is_none_or(|(said, _)| *said <= at_ms)
        {
            self.aliases.insert(alias.clone(), (at_ms, bill.vendor_id.clone()));
        }
        // A voucher that was there already does not say whose it is.
        if let Some(rule) = bill.rule.as_ref().filter(|_| !bill.vendor_id.is_empty()) {
            let known = self.rules.entry(bill.vendor_id.clone()).or_default();
            learn_later(&mut known.account, rule.account.as_ref(), at_ms);
            learn_later(&mut known.tax, rule.tax.as_ref(), at_ms);
        }
    }
}

/// States come in no order when they are read anew: the last word counts, not the one that was read last.
fn learn_later(known: &mut Option<(i64, String)>, said: Option<&String>, at_ms: i64) {
    if let Some(said) = said
        && known.as_ref().is_none_or(|(earlier, _)| *earlier <= at_ms)
    {
        *known = Some((at_ms, said.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Stage;

    fn posted(bill: Bill, at_ms: i64) -> Status {
        Status {
            run: 1,
            stage: Stage::PostToZoho,
            state: State::Posted,
            attempt: 1,
            at_ms,
            due_ms: None,
            code: None,
            url_hash: String::new(),
            bill: Some(bill),
            cost_usd: None,
            model: None,
        }
    }

    fn bill(vendor: &str, bank: Option<&str>, alias: Option<&str>) -> Bill {
        let [bank, alias] = [bank, alias].map(|text| text.map(str::to_owned));
        Bill { vendor_id: vendor.to_owned(), bank, alias, ..Bill::default() }
    }

    #[test]
    fn a_vendors_accounts_are_those_of_its_posted_bills() {
        let memory = Memory::empty();
        assert_eq!(memory.bank_account("v", "a"), BankAccount::First);
        memory.take(&Status { state: State::Running, ..posted(bill("v", Some("x"), None), 1) });
        memory.take(&posted(bill("v", None, None), 1));
        assert_eq!(memory.bank_account("v", "a"), BankAccount::First);
        memory.take(&posted(bill("v", Some("a"), None), 2));
        assert_eq!(memory.bank_account("v", "a"), BankAccount::Known);
        assert_eq!(memory.bank_account("v", "b"), BankAccount::Changed);
        assert_eq!(memory.bank_account("w", "b"), BankAccount::First);
        memory.take(&posted(bill("v", Some("b"), None), 3));
        assert_eq!(memory.bank_account("v", "b"), BankAccount::Known);
    }

    #[test]
    fn of_two_who_said_whose_a_name_is_the_later_counts() {
        let memory = Memory::empty();
        memory.take(&posted(bill("v2", None, Some("vindhya")), 2));
        memory.take(&posted(bill("v1", None, Some("vindhya")), 1));
        assert_eq!(memory.vendor_of("vindhya").as_deref(), Some("v2"));
        assert_eq!(memory.vendor_of("other"), None);
    }

    #[test]
    fn of_each_part_of_a_vendors_rule_the_last_word_counts() {
        let memory = Memory::empty();
        let said = |vendor: &str, account: Option<&str>, tax: Option<&str>, at_ms| {
            let [account, tax] = [account, tax].map(|name| name.map(str::to_owned));
            posted(Bill { rule: Some(Box::new(VendorRule { account, tax })), ..bill(vendor, None, None) }, at_ms)
        };
        let rule = |vendor: &str| {
            let rule = memory.rule_of(vendor);
            (rule.account.unwrap_or_default(), rule.tax.unwrap_or_default())
        };
        memory.take(&said("v", Some("Office"), None, 3));
        memory.take(&said("v", Some("Freight"), Some("Nil"), 2));
        memory.take(&said("", Some("Nobody's"), None, 4));
        memory.take(&Status { state: State::Erased, ..said("v", Some("Erased"), None, 5) });
        assert_eq!(rule("v"), ("Office".to_owned(), "Nil".to_owned()));
        assert_eq!((rule("w"), rule("")), Default::default());
        memory.take(&said("v", Some(""), None, 6));
        assert_eq!(rule("v"), (String::new(), "Nil".to_owned()));
    }

    #[tokio::test]
    async fn nobody_is_answered_from_a_memory_that_is_not_read_yet() {
        let memory = Memory::unread();
        let mut waiting = std::pin::pin!(memory.read());
        assert!(futures::poll!(&mut waiting).is_pending());
        memory.caught_up();
        waiting.await.unwrap();
    }
}
