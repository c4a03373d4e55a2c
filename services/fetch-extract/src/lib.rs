//! Fetches an invoice's PDF and reads its text: the only stage that touches URLs and PDFs of strangers.
//!
//! Architecture invariants: no connection is made to an address that was not checked ([`fetch`]), and no byte of a
//! PDF is parsed in the process that serves the pipeline ([`extract`]).

pub mod extract;
pub mod fetch;
mod handler;
mod legible;
mod metrics;

pub use handler::{FetchExtract, SetupError};
pub use metrics::Metrics;
