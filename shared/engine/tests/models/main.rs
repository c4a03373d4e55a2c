//! State machines of the engine against naive models: any sequence of operations, and after each one both must say the
//! same. A model here may be slow and wasteful; it may not be clever.

mod admission;
mod breaker;
mod delay;
mod rate;
mod window;
