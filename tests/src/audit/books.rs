//! The outside world's books: bills, and answers that were paid for.

use super::evidence::Evidence;
use super::life::{End, Lives};
use contract::history::EventKind;
use contract::{InvoiceId, Posted, Stage, State};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// One bill, made once, for each invoice that says so; the posted record and the state name it.
pub(super) fn a_posted_run_has_the_one_bill_and_nobody_else_has_one(
    evidence: &Evidence,
    lives: &Lives,
    wrong: &mut Vec<String>,
) {
    let mut bills: HashMap<&str, Vec<&Value>> = HashMap::new();
    for bill in &evidence.bills {
        bills.entry(text(bill, "reference_number")).or_default().push(bill);
    }
    let posted = posted(evidence, wrong);
    for (id, life) in &lives.0 {
        let says_posted = life.ends.values().flatten().any(|end| *end == End::Posted);
        let found = bills.remove(id.as_str()).unwrap_or_default();
        match (says_posted, &found[..]) {
            (false, []) => {}
            (true, [bill]) => {
                // What was erased has named the bill before.
                let states = evidence.statuses.get(id).map(Vec::as_slice).unwrap_or_default();
                let state = states.iter().rev().find(|status| status.state != State::Erased);
                let state = state.and_then(|status| status.bill.as_ref());
                let named = [state.map(|bill| bill.bill_id.as_str()), posted.get(id).map(String::as_str)];
                if named != [Some(text(bill, "bill_id")); 2] {
                    wrong.push(format!("{id}: the bill is {}, state and output name {named:?}", text(bill, "bill_id")));
                }
            }
            (true, []) => wrong.push(format!("{id} ended as posted without a bill")),
            (false, _) => wrong.push(format!("{id} has {} bills and did not end as posted", found.len())),
            (true, _) => wrong.push(format!("duplicate: {id} has {} bills", found.len())),
        }
    }
    wrong.extend(bills.keys().map(|id| format!("a bill for {id:?}, whom nobody submitted")));
    made_once(evidence, wrong);
}

/// Completed answers beyond one for each settlement that used one. An answer that a script falsified is not counted;
/// where one led to a review, a repeat of the same invoice may go unseen.
pub(super) fn repeated_answers(evidence: &Evidence) -> u64 {
    let mut used: HashMap<&str, u64> = HashMap::new();
    for event in &evidence.events {
        if used_an_answer(event) {
            *used.entry(event.invoice_id.as_str()).or_default() += 1;
        }
    }
    let spare = |(id, answers): (&String, &u64)| answers.saturating_sub(used.get(id.as_str()).copied().unwrap_or(0));
    evidence.answers.iter().map(spare).sum()
}

/// Whether this settlement of the model's stage needed an answer that came whole.
pub(crate) fn used_an_answer(event: &contract::HistoryEvent) -> bool {
    let checked = || event.code.as_ref().is_some_and(|code| code.as_str().starts_with("check."));
    event.stage == Stage::LlmStructure
        && (event.kind == EventKind::Forwarded || event.kind == EventKind::DeadLettered && checked())
}

/// Nothing was created a second time, even if one of the two is gone.
fn made_once(evidence: &Evidence, wrong: &mut Vec<String>) {
    let mut numbers = HashSet::new();
    for bill in &evidence.bills {
        let id = text(bill, "reference_number");
        if bill["times_created"].as_u64() != Some(1) {
            wrong.push(format!("duplicate: the bill of {id} was created {} times", bill["times_created"]));
        }
        let vendor = bill["vendor"]["contact_id"].as_str().unwrap_or_default();
        if !numbers.insert((vendor, text(bill, "bill_number"))) {
            wrong.push(format!("duplicate: the bill number of {id} is there twice"));
        }
    }
}

/// The bill id that the output names, by invoice.
fn posted(evidence: &Evidence, wrong: &mut Vec<String>) -> HashMap<InvoiceId, String> {
    let mut posted = HashMap::new();
    for record in &evidence.posted {
        let value = record.value.as_deref().unwrap_or_default();
        match serde_json::from_slice::<Posted>(value) {
            Err(error) => wrong.push(format!("{} is not of our shape: {error}", record.coordinates())),
            Ok(Posted { invoice_id, bill, .. }) => {
                if posted.insert(invoice_id.clone(), bill.bill_id).is_some() {
                    wrong.push(format!("duplicate: {invoice_id} was announced twice as posted"));
                }
            }
        }
    }
    posted
}

fn text<'a>(bill: &'a Value, field: &str) -> &'a str {
    bill[field].as_str().unwrap_or_default()
}
