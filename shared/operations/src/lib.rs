//! What people can do about invoices: submit, replay, approve, discard, cancel, erase. The command line, the console's pages
//! and its HTTP API are three faces of this crate.
//!
//! Architecture invariant: nothing here starts or ends a run. Whatever changes an invoice is a command that admission decides
//! about, in the order in which the broker took it.

mod letter;
mod selection;

pub use letter::{Content, Ended, Letter, REJECTED, Summary};
pub use selection::{Selection, vendor_key};
