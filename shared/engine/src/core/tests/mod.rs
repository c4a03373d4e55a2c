//! The promises of the engine, one test each, and a simulation against a model of the broker.

mod gate;
mod limits;
mod model;
mod promises;
mod rig;
mod simulation;
