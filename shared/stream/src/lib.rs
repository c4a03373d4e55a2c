//! The Kafka shell of the stage engine, and the only crate that names rdkafka.
//!
//! [`run`] runs a stage. The other modules are what tools need of a cluster: topics, publishing, reading.
//!
//! Architecture invariant: nothing is decided here. Whether a record is repeated, committed or dead is decided by
//! `engine::core`, which knows neither Kafka's client nor a clock.

mod attempt;
mod bounded;
pub mod client;
mod clock;
mod commit;
mod convert;
mod error;
mod event;
mod fetch;
mod ground;
mod heartbeat;
mod membership;
mod metrics;
mod ownership;
mod pause;
mod permit;
mod probes;
pub mod publish;
pub mod read;
mod refusal;
mod signature;
mod stage;
mod status;
pub mod topics;
mod watchdog;

pub use error::Error;
pub use metrics::METRICS;
pub use probes::Probes;
pub use refusal::Refusal;
pub use stage::{Settings, run};
