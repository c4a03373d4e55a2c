//! The stage engine's decisions as state machines.
//!
//! Architecture invariant: nothing here does I/O, reads a clock or seeds a random number generator. Time and
//! generators come in as arguments, effects go out as values; `Cargo.toml` names neither tokio nor rdkafka, so the compiler holds the
//! line. The shell that carries the effects out is `shared/stream`.

pub mod admission;
pub mod breaker;
pub mod concurrency;
pub mod core;
pub mod delay;
pub mod failure;
pub mod handler;
pub mod offset_map;
pub mod rate;
pub mod record;
pub mod retry;
pub mod settings;
pub mod settle;
pub mod window;

pub use failure::StageError;
pub use handler::{Handler, Lease, StageOutput, Work};
pub use rate::Demand;
