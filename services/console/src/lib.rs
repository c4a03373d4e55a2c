//! The console: shows every invoice, what failed and why, and lets people put it right. Pages, an HTTP API, and a view of the
//! topics that they answer from.
//!
//! Architecture invariant: the console decides nothing. What it shows may lag; what it asks for goes through admission, so that
//! any number of consoles and command lines can be used at once.

pub mod api;
pub mod auth;
pub mod desk;
pub mod follow;
pub mod live;
pub mod metrics;
pub mod pages;
pub mod problem;
pub mod server;
mod service;
pub mod stages;
pub mod view;

pub use service::main;
