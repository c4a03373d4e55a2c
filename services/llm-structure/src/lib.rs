//! Turns the text of an invoice into a structured invoice: asks a language model, then checks every word of it.
//!
//! Architecture invariants: no figure gets past [`check`] that is not exact, consistent and printed in the text, so a
//! made-up amount never becomes a bill; and what was paid for an answer is reported, whatever becomes of the answer.

pub mod answer;
pub mod by_hand;
pub mod check;
pub mod decode;
mod edited;
mod finding;
mod handler;
mod held;
mod judge;
mod metrics;
pub mod model;
mod printed;
mod prompt;

pub use check::Company;
pub use edited::judge_edited;
pub use finding::{Finding, Severity};
pub use handler::{LlmStructure, SetupError};
pub use held::Held;
pub use judge::{Judgement, Source, judge};
pub use metrics::Metrics;
pub use printed::{Leaf, Printed, PrintedLine};
