//! Resolves names to checked addresses only, so that what was checked is what gets connected to.

use super::address::Gate;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;

/// A resolver behind a [`Gate`].
#[derive(Debug)]
pub(super) struct Resolver {
    gate: Gate,
}

/// What of a name's addresses may be connected to.
fn admitted(gate: Gate, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
    let named = !found.is_empty();
    let admitted: Vec<SocketAddr> = found.into_iter().filter(|at| gate.admits(at.ip())).collect();
    if named && admitted.is_empty() { Err(Refused) } else { Ok(admitted) }
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
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let admitted = admitted(gate, found)?;
            let addresses: Addrs = Box::new(admitted.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(addresses: &[&str]) -> Option<Vec<String>> {
        let found = addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect();
        let admitted = admitted(Gate { allow_private: false }, found).ok()?;
        Some(admitted.iter().map(|at| at.ip().to_string()).collect())
    }

    /// The client connects to what this gives out and asks no second time, so a name that changes its mind afterwards
    /// gains nothing; one that mixes its answers keeps the public ones.
    #[test]
    fn a_name_that_points_inside_is_refused_and_one_that_mixes_loses_what_points_inside() {
        assert_eq!(resolved(&["10.0.0.1", "::1", "169.254.169.254"]), None);
        assert_eq!(resolved(&["127.0.0.1", "8.8.8.8", "::ffff:10.0.0.1"]), Some(vec!["8.8.8.8".to_owned()]));
        assert_eq!(resolved(&[]), Some(vec![]));
    }
}
