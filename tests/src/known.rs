//! Invoices whose content is known to the paisa, and what the books must hold of each.

use crate::World;
use contract::{ContentHash, InvoiceId, State, Status};
use samples::Sample;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

/// Numbered samples that were submitted, by the id of each.
#[derive(Debug)]
pub struct Known(BTreeMap<InvoiceId, Sample>);

impl Known {
    /// Submits numbered samples, each under an id of its number.
    ///
    /// # Panics
    /// When one cannot be published.
    pub async fn submit(world: &World, numbers: Range<u32>) -> Self {
        let publisher = world.publisher();
        let mut known = BTreeMap::new();
        for number in numbers {
            let id = format!("known-{number:05}");
            let url = world.sandbox.pdf(&format!("numbered/{number}"));
            known.insert(world.submit(&publisher, url, Some(&id)).await, samples::numbered(number));
        }
        Self(known)
    }

    #[must_use]
    pub fn ids(&self) -> HashSet<InvoiceId> {
        self.0.keys().cloned().collect()
    }

    /// What is wrong with these bills and states, a sentence each. All bills that there are must be given.
    #[must_use]
    pub fn differences(&self, bills: &[Value], states: &HashMap<InvoiceId, Status>) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut of: HashMap<&str, Vec<&Value>> = HashMap::new();
        for bill in bills {
            of.entry(text(bill, "reference_number")).or_default().push(bill);
        }
        for (id, sample) in &self.0 {
            match &of.remove(id.as_str()).unwrap_or_default()[..] {
                [bill] => wrong.extend(difference(bill, sample, states.get(id)).map(|what| format!("{id}: {what}"))),
                several => wrong.push(format!("{id} has {} bills", several.len())),
            }
        }
        wrong.extend(of.keys().map(|id| format!("a bill for {id:?}, whom nobody submitted")));
        wrong
    }
}

/// What the one bill of an invoice is not as it must be.
fn difference(bill: &Value, sample: &Sample, state: Option<&Status>) -> Option<String> {
    let truth = &sample.truth;
    let attachments = bill["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let printed = ContentHash::of(&sample.pdf).to_string();
    let told = state.filter(|state| state.state == State::Posted).and_then(|state| state.bill.as_ref());
    let told = told.map(|told| (told.bill_id.as_str(), told.has_pdf));
    if bill["times_created"] != 1 {
        Some(format!("its bill was created {} times", bill["times_created"]))
    } else if text(bill, "total") != truth.total {
        Some(format!("the bill's total is {}, the printed one {}", bill["total"], truth.total))
    } else if text(bill, "bill_number") != truth.invoice_number || text(&bill["vendor"], "gst_no") != truth.vendor_gstin
    {
        Some("the bill's number or vendor is another's".to_owned())
    } else if attachments.len() != 1 || attachments[0]["sha256"] != *printed {
        Some(format!("attached is not its PDF once: {attachments:?}"))
    } else if told != Some((text(bill, "bill_id"), true)) {
        Some(format!("the bill is {}, its state says {told:?}", bill["bill_id"]))
    } else {
        None
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}
