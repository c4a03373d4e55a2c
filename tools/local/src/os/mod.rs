//! What the standard library does not offer: children that die with their parent, and signals.
//!
//! The only place of this workspace's tools where `unsafe` is allowed; each use says why it is sound.
#![allow(unsafe_code)]

pub mod signal;
pub mod spawn;

pub use signal::Signal;
