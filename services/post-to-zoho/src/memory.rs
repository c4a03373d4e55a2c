//! What the bills so far say of their vendors: to which accounts they wanted to be paid, and under which other names they came.
//!
//! It is learned from the states of posted invoices, which every replica follows, so that nothing else is to be kept. It may lag
//! behind by moments and never decides whether a bill is made twice; it only stops an invoice for a person to look at.

use contract::{Bill, State, Status, code};
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

    #[tokio::test]
    async fn nobody_is_answered_from_a_memory_that_is_not_read_yet() {
        let memory = Memory::unread();
        let mut waiting = std::pin::pin!(memory.read());
        assert!(futures::poll!(&mut waiting).is_pending());
        memory.caught_up();
        waiting.await.unwrap();
    }
}
