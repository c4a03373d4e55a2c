//! A model checker over the real core: every order of everything that can happen in a small world.
//!
//! A simulation tries some orders; this tries all of them within a bound, of one or two replicas, a broker, their
//! transactions and rebalances. The cores are the product's, not a description of them: what is modelled is the shell
//! and the broker, as `docs/adr/0001` measured it.
//!
//! It must never pass because it looked at nothing: for every law there is a broken shell or broker in which the
//! checker finds the law broken (`findings`).

mod books;
mod broker;
mod checker;
mod committing;
mod continuation;
mod enabled;
mod findings;
mod handling;
mod identity;
mod membership;
mod replica;
mod setup;
mod view;
mod world;
mod worlds;
