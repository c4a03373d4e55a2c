//! What people can do about invoices: submit, replay, approve, discard, cancel, erase. The command line, the console's pages
//! and its HTTP API are three faces of this crate.
//!
//! Architecture invariant: nothing here starts or ends a run. Whatever changes an invoice is a command that admission decides
//! about, in the order in which the broker took it.

mod action;
mod bulk;
mod cancel;
mod erase;
mod error;
mod gate;
mod histogram;
mod input;
mod inputs;
mod letter;
mod letters;
mod outcome;
mod refusal;
mod remains;
mod selection;
mod stages;
mod timeline;
mod upload;

pub use action::{Action, Booking, check_size, command};
pub use bulk::{Bulk, LOOP_GUARD, Pace, Skip, failures};
pub use cancel::{Cancelled, cancel};
pub use erase::{Erasable, ErasedDocument, Erasure};
pub use error::Error;
pub use gate::{Answer, Answers, Gate};
pub use histogram::{Histogram, LEFT, Row};
pub use input::check_input;
pub use inputs::{Inputs, input_in};
pub use letter::{Content, Ended, Letter, REJECTED, Summary};
pub use letters::{Found, Letters, OnProgress};
pub use outcome::{Outcome, Outcomes};
pub use refusal::Refusal;
pub use remains::{Remains, remains};
pub use selection::{Selection, vendor_key};
pub use stages::{Stages, control};
pub use timeline::{Step, timeline};
pub use upload::{NotTaken, check_pdf, keep};
