//! Free ports for a broker, chosen before it starts because KRaft must know them.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{Ipv4Addr, TcpListener};

use crate::error::{Error, Result};

/// Below the range that kernels draw outgoing ports from, so that no connection takes one before the broker
/// binds it.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port of 127.0.0.1 that nobody listens on now. Another process may take it before it is used.
pub(crate) fn free() -> Result<u16> {
    // A fresh hasher has random keys: the standard library's only source of randomness.
    let seed = RandomState::new().hash_one(std::process::id());
    let start = u16::try_from(seed % u64::from(COUNT)).unwrap_or(0);
    (0..COUNT)
        .map(|step| FIRST + (start + step) % COUNT)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or(Error::NoPort)
}
