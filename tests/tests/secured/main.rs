//! The product on a broker that encrypts, asks who is there, and allows only what `invoicectl acls` prints.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

/// What the broker's authorizer decided, and by which rule.
mod audit;
/// The broker and its rules.
mod cluster;
/// Every way of an invoice, with exactly these rights.
mod pipeline;
/// A wrong password, an unknown authority, a missing rule: said clearly, and mended without a restart.
mod refusals;
