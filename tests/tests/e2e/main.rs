//! The product's promises, on the real broker, with the real binaries. One module per promise.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

/// Java's and librdkafka's partitioners, the same URL twice, one id with two URLs.
mod admission;
/// Many dead letters at once.
mod bulk;
/// What `invoicectl` shows.
mod command_line;
/// What people do through the console's API.
mod console;
/// What a person must let through first, and who may.
mod control;
/// Replicas come and go: what is in the air is finished where it is.
mod drain;
/// What is to be forgotten is forgotten, and its id stays taken.
mod erase;
/// Upstream failures of every kind: exactly one bill or one dead letter each.
mod faults;
/// `kill -9` of each service in the middle of a run.
mod kill9;
/// `group.protocol: consumer`: the coordinator assigns, the promises stay.
mod kip848;
/// What rules are about is shown, and moves.
mod metrics;
mod models;
/// An overloaded language model costs no dead letter.
mod outage;
/// The engine alone, under `kill -9`.
mod pass_through;
/// A stage is told to start nothing, and says how it is.
mod pause;
/// What cannot be read is kept, and the next record is processed.
mod poison;
/// The PDF and the bill go, the hash stays.
mod privacy;
/// The decisions stay free of I/O.
mod purity;
/// What people do to the books is found, and nothing else.
mod reconcile;
/// One dead letter replayed by two at once, and resubmitted beside it.
mod replay;
mod same_document;
/// The bills say what the PDFs say.
mod samples;
mod signed_links;
/// Topics are made once, and never changed silently.
mod topics;
/// The console's view is what the topics say, whatever happens to its process.
mod view;
