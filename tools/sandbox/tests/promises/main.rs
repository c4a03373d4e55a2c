//! What the sandbox promises to the tests that stand on it, over real sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its client too")]

mod attachments;
mod books;
mod chat;
mod client;
mod counts;
mod credits;
mod documents;
mod draws;
mod faults;
mod limits;
mod model;
mod statuses;
mod tokens;
mod upserts;
