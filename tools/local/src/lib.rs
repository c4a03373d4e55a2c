//! The whole product on one machine: a Kafka broker, our services and the sandbox as child processes.
//!
//! `make demo`, `make up` and the end-to-end tests stand on this crate, so that they run what a cluster runs:
//! real binaries, a real broker, real signals. No container engine is needed.
//!
//! Everything here blocks its thread; asynchronous callers use `spawn_blocking`. Invariants: no child outlives
//! its parent, however that ends; nothing listens on anything but 127.0.0.1; the product's own crates are never
//! linked, only started.

mod backoff;
pub mod broker;
pub mod endpoints;
pub mod error;
pub mod http;
pub mod kafka;
pub mod layout;
mod log;
pub mod os;
pub mod process;
pub mod proxy;
pub mod run_lock;
pub mod stack;
pub mod supervisor;
pub mod upstream;

pub use broker::{Broker, BrokerSettings};
pub use endpoints::Endpoints;
pub use error::{Error, Result};
pub use process::{Launch, Process};
pub use proxy::Proxy;
pub use run_lock::RunLock;
pub use stack::Stack;
pub use supervisor::{Service, Supervisor};
pub use upstream::Upstreams;
