//! What travels between the services: topics, keys, headers, messages and error codes.
//!
//! This crate is the one place where a name or a shape on the wire is written down, so that a publisher in
//! another language can be held against it (`schemas/`). It never does I/O, reads a clock or draws a random
//! number, and it depends on neither tokio nor rdkafka: whoever encodes a message says what time it is.

pub mod code;
pub mod content_hash;
pub mod dead_letter;
pub mod decision;
pub mod gst_state;
pub mod header;
pub mod history;
pub mod id;
pub mod invoice;
pub mod message;
pub mod partition;
pub mod schema;
pub mod stage;
pub mod stages;
pub mod status;
pub mod submission;
pub mod topic;
pub mod url;

pub use code::{Class, Code};
pub use content_hash::ContentHash;
pub use dead_letter::DeadLetter;
pub use decision::{Decision, VendorRule};
pub use header::Headers;
pub use history::HistoryEvent;
pub use id::InvoiceId;
pub use invoice::{Bank, Discount, DocumentType, Invoice, Line};
pub use message::{Bill, BillKind, Cost, Document, Evidence, Extracted, Posted, Structured, Warning};
pub use stage::Stage;
pub use status::{State, Status};
pub use submission::{Command, CommandKind, Request, Submission};
pub use topic::{Coordinates, Topics};
