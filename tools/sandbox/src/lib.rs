//! A stand-in for the outside world of the invoice pipeline: a PDF host, a model with the APIs of
//! Anthropic and OpenAI, and Zoho Books, in one process on the loopback interface, with faults by
//! script.
//!
//! It exists so that the demo, the tests and the benchmarks run without accounts, money or the
//! internet, and so that "exactly one bill" can be checked against books that nobody else writes.
//!
//! It must never be reachable from another machine, never answer from knowledge that a real
//! upstream would not have (the model stand-in reads only the text it is sent), and never repair a
//! client's mistake: what the real API refuses, it refuses.

mod calls;
mod connection;
mod control;
mod endpoint;
pub mod fault;
mod gate;
pub mod ledger;
mod llm;
mod operation;
mod pdf;
pub mod server;
mod settings;
mod window;
mod world;
mod zoho;

pub use endpoint::Endpoint;
pub use operation::Operation;
pub use settings::Settings;
