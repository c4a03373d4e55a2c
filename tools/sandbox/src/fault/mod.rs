//! Scripted faults: what the outside world does wrong, to which calls, how often.
//!
//! [`Faults::decide`] is a pure state machine: the answer depends on the script, the order of calls
//! and the seeds, never on a clock or a random source, so that a run can be replayed. Carrying the
//! plan out is the gate's work; handlers do not know that faults exist.

mod active;
mod effect;
mod hold;
mod plan;
mod script;

pub use active::Faults;
pub use effect::{Distort, Effect, Expiry, Kind, KindName, StatusAnswer, Strike, When};
pub use hold::Hold;
pub use plan::{Break, Call, Distortion, Ending, Plan};
pub use script::{Choice, Fault, FaultRequest, ScriptError};
