//! How many calls of each kind, and for which invoice: what "so many calls per invoice" is computed
//! from. A call counts when it arrives, whatever becomes of it, because Zoho's limits count it too.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{endpoint::Endpoint, operation::Operation};

type Counts = BTreeMap<Endpoint, BTreeMap<Operation, u64>>;

/// Calls to Zoho, those for access tokens among them.
#[derive(Debug, Default, Serialize)]
pub(super) struct Operations {
    /// All, whether or not they say what invoice they are for.
    operations: Counts,
    /// By their `X-Invoice-Id` header; calls without one are in no row.
    invoices: BTreeMap<String, Counts>,
}

impl Operations {
    pub(super) fn count(&mut self, endpoint: Endpoint, operation: Operation, invoice: Option<&str>) {
        if !endpoint.is_zoho() && endpoint != Endpoint::Token {
            return;
        }
        add(&mut self.operations, endpoint, operation);
        if let Some(invoice) = invoice {
            add(self.invoices.entry(invoice.to_owned()).or_default(), endpoint, operation);
        }
    }
}

fn add(counts: &mut Counts, endpoint: Endpoint, operation: Operation) {
    *counts.entry(endpoint).or_default().entry(operation).or_default() += 1;
}
