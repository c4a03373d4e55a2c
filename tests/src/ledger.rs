//! The checker. It reads the topics and the sandbox's books, never a service's word, and says what each accepted
//! invoice came to.

use crate::World;
use contract::{InvoiceId, Stage};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use stream::read::Record;

/// What a run came to.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    pub submitted: usize,
    /// Bills per invoice id.
    pub bills: HashMap<String, Vec<Value>>,
    /// Dead letters per invoice id.
    pub dead: HashMap<String, Vec<Record>>,
}

impl Ledger {
    /// Reads what there is.
    pub async fn read(world: &World, submitted: &HashSet<InvoiceId>) -> Self {
        let mut ledger = Self { submitted: submitted.len(), ..Self::default() };
        for bill in world.sandbox.bills() {
            let id = bill["reference_number"].as_str().unwrap_or_default().to_owned();
            ledger.bills.entry(id).or_default().push(bill);
        }
        for letter in world.dead_letters().await {
            let key = letter.key.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
            ledger.dead.entry(key).or_default().push(letter);
        }
        ledger
    }

    /// Every invoice ended in exactly one bill or exactly one dead letter; no bill belongs to nobody.
    ///
    /// # Panics
    /// When that is not so; the message names the invoices.
    pub fn assert_each_ended_once(&self, submitted: &HashSet<InvoiceId>) {
        let count = |of: usize| {
            if of == 0 {
                "no"
            } else if of == 1 {
                "one"
            } else {
                "several"
            }
        };
        let wrong: Vec<String> = submitted
            .iter()
            .filter_map(|id| {
                let bills = self.bills.get(id.as_str()).map_or(0, Vec::len);
                let dead = self.dead.get(id.as_str()).map_or(0, Vec::len);
                (bills + dead != 1).then(|| format!("{id}: {} bill, {} dead letter", count(bills), count(dead)))
            })
            .collect();
        assert!(wrong.is_empty(), "{} invoices did not end exactly once: {wrong:?}", wrong.len());
        let strangers: Vec<&String> =
            self.bills.keys().filter(|id| !submitted.iter().any(|known| known.as_str() == **id)).collect();
        assert!(strangers.is_empty(), "bills without an invoice: {strangers:?}");
    }

    /// The origin headers of every dead letter lead to the record with the input that it carries.
    ///
    /// # Panics
    /// When one does not.
    pub async fn assert_origins_are_true(&self, world: &World) {
        for letter in self.dead.values().flatten() {
            let origin = letter.headers.origin.as_ref().expect("a dead letter has an origin");
            let source = world.record_at(origin).await;
            let stages = Stage::ALL.map(|stage| world.topics.dead_letter(stage));
            assert!(stages.contains(&letter.topic));
            let value = letter.value.as_deref().unwrap_or_default();
            let input = serde_json::from_slice::<contract::DeadLetter>(value)
                .map_or_else(|_| value.to_vec(), |envelope| envelope.input.get().as_bytes().to_vec());
            assert_eq!(Some(&input[..]), source.value.as_deref(), "the origin {origin} holds another input");
        }
    }

    #[must_use]
    pub fn posted(&self) -> usize {
        self.bills.values().map(Vec::len).sum()
    }

    #[must_use]
    pub fn dead_lettered(&self) -> usize {
        self.dead.values().map(Vec::len).sum()
    }

    /// How many dead letters of each code.
    #[must_use]
    pub fn codes(&self) -> HashMap<String, usize> {
        let mut codes = HashMap::new();
        for letter in self.dead.values().flatten() {
            let code = letter.headers.error_code.as_ref().map_or_else(String::new, ToString::to_string);
            *codes.entry(code).or_default() += 1;
        }
        codes
    }
}
