//! Real processes, real signals, a real broker.

mod broker;
mod processes;
mod proof;
mod supervisor;
