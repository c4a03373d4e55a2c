//! The testkit: the product's real binaries on a real broker, and a ledger that believes none of them.
//!
//! Tests wait on events with a deadline, never on sleeps, and are not retried: a flake is a bug to be found. Processes
//! that a test starts end with it, however it ends.

pub mod audit;
mod broker;
pub mod calls;
pub mod known;
pub mod ledger;
mod logins;
pub mod metrics;
pub mod reference;
pub mod sandbox;
pub mod service;
pub mod storm;
mod wait;
pub mod world;

pub use broker::broker;
pub use calls::{Meter, ZohoCalls};
pub use known::Known;
pub use ledger::Ledger;
pub use logins::Logins;
pub use metrics::Metrics;
pub use sandbox::Sandbox;
pub use service::Service;
pub use wait::until;
pub use world::World;
