//! Resolves names to checked addresses only, so that what was checked is what gets connected to.

use super::address::Gate;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;

/// A resolver behind a [`Gate`].
#[derive(Debug)]
pub(super) struct Resolver {
    gate: Gate,
}

/// A name has addresses, and none of them may be connected to.
#[derive(Debug, thiserror::Error)]
#[error("none of the name's addresses may be connected to")]
pub(super) struct Refused;

impl Resolver {
    pub(super) const fn new(gate: Gate) -> Self {
        Self { gate }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let gate = self.gate;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let admitted: Vec<SocketAddr> = found.iter().copied().filter(|at| gate.admits(at.ip())).collect();
            if admitted.is_empty() && !found.is_empty() {
                return Err(Refused.into());
            }
            let addresses: Addrs = Box::new(admitted.into_iter());
            Ok(addresses)
        })
    }
}
