//! The promises of the HTTP side, held against the real router: a view in memory, and no broker.

mod auth;
mod console;
mod openapi;
mod pages;
mod reading;
mod streams;
