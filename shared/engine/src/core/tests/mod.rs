//! The promises of the engine, one test each, and a simulation against a model of the broker.

mod cost;
mod gate;
mod limits;
mod model;
mod pause;
mod promises;
mod rig;
mod simulation;
