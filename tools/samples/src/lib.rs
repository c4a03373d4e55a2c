//! Sample invoices, and a reader that understands them without a language model.
//!
//! Why it exists: the demo, the load test and the end-to-end tests need invoices whose true content is
//! known to the paisa, and a stand-in for the model that answers from the text alone. It must never hold
//! data of a real company, and [`reader`] must never look up the sample it is reading: what it returns
//! comes from the text it was given, or the tests around it prove nothing.

mod draft;
pub mod gstin;
mod injected;
mod invoice;
mod layouts;
mod money;
mod numbered;
mod parties;
mod pdf;
pub mod reader;

pub use injected::{Hiding, injected};
pub use invoice::{Invoice, Line};
pub use numbered::numbered;

/// An invoice PDF together with what a faultless reader finds in it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// File name stem, unique among [`all`], e.g. `kaveri-steel-intra-state`.
    pub name: &'static str,
    /// What is special about this invoice, in one sentence.
    pub summary: &'static str,
    /// The file. The same bytes on every machine and every run.
    pub pdf: Vec<u8>,
    /// What is printed on it; "" where nothing is printed. For a scan, what the picture shows.
    pub truth: Invoice,
    pub expectation: Expectation,
}

/// How the pipeline must end for a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// It becomes a bill.
    Bill,
    /// It is readable, but its figures contradict each other: a person must look.
    Review,
    /// It has no text layer: extraction must say so.
    NoText,
}

/// Name and GSTIN of the company that all samples are addressed to.
#[must_use]
pub fn buyer() -> (&'static str, String) {
    (parties::BUYER.name, parties::BUYER.gstin())
}

/// Every named sample, in a fixed order.
#[must_use]
pub fn all() -> Vec<Sample> {
    layouts::CATALOGUE.iter().map(|(name, make)| make(name)).collect()
}

/// The sample of that name, made alone.
#[must_use]
pub fn find(name: &str) -> Option<Sample> {
    let (name, make) = layouts::CATALOGUE.iter().find(|(known, _)| *known == name)?;
    Some(make(name))
}
