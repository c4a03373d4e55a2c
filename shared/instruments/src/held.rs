//! Gauges of what is going on now.

use prometheus::IntGauge;

/// One more in a gauge for as long as this lives, however it ends.
#[derive(Debug)]
pub struct Held(IntGauge);

/// Counts one more until the answer is dropped.
#[must_use]
pub fn hold(gauge: &IntGauge) -> Held {
    gauge.inc();
    Held(gauge.clone())
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}
