//! The promises of the HTTP side, held against the real router: a view in memory, and no broker.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod auth;
mod console;
mod openapi;
mod pages;
mod reading;
mod streams;
