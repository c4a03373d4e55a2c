//! What bounds a stage. The defaults of each stage stand in `config/`.

use crate::rate::Limits;
use crate::retry::Policy;
use std::time::Duration;

/// The settings of one stage's engine.
#[derive(Debug, Clone)]
pub struct Settings {
    pub retry: Policy,
    /// A longer attempt is cut off and counts as a transient failure.
    pub attempt_timeout: Duration,
    /// How many attempts are in the air at once in this process; fewer while the dependency is in trouble.
    pub concurrency: usize,
    /// How many bytes of record values this process holds before it pauses its partitions.
    pub max_held_bytes: usize,
    /// How far a partition's delivered offsets may reach beyond its lowest open one; at most
    /// [`crate::offset_map::MAX_SPAN`].
    pub window_span: u32,
    /// What the dependency takes of all replicas together.
    pub limits: Limits,
    /// How long a settled record may wait for company before its transaction begins.
    pub commit_linger: Duration,
    /// How many records one transaction settles at most.
    pub commit_batch: usize,
    /// The largest record this stage takes, in bytes. Larger ones are poison.
    pub max_input_bytes: usize,
    /// How many distinct invoices must fail as `Unavailable` within ten seconds to open the circuit breaker.
    pub breaker_failures: usize,
    /// Multiplies retry waits and the breaker's intervals; below 1 in tests only.
    pub time_scale: f64,
}
