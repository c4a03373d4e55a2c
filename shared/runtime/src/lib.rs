//! What every service needs around its stage: settings, logs, probes and metrics, and an orderly end.
//!
//! A service's `main` is one call of [`main`]; nothing here knows what a stage does. A secret never leaves
//! [`settings`] in a log line, an error or a dump.

pub mod admin;
pub mod healthcheck;
mod metrics;
mod pipeline;
mod service;
pub mod settings;
pub mod shutdown;
mod states;
pub mod telemetry;

pub use metrics::METRICS;
pub use service::{announce, main, program};
pub use settings::Settings;
pub use states::{Follower, follow_states};
