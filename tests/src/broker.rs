//! One broker for all tests of a process; each test has a topic prefix of its own on it.

use local::{Broker, BrokerSettings};
use std::sync::OnceLock;
use tempfile::TempDir;

static BROKER: OnceLock<(Broker, TempDir)> = OnceLock::new();

/// The address of the broker: `KAFKA_BROKERS` if it is set, else one of our own that ends with this process.
#[must_use]
pub fn broker() -> String {
    if let Ok(brokers) = std::env::var("KAFKA_BROKERS") {
        return brokers;
    }
    let (broker, _) = BROKER.get_or_init(|| {
        let dir = TempDir::new().expect("a folder for the broker can be made");
        let broker = Broker::start(&BrokerSettings::new(dir.path())).expect("the broker starts");
        (broker, dir)
    });
    broker.bootstrap()
}
