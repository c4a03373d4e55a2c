//! The order of a list by time: one number that is unique in its table.
//!
//! Its upper bits are the time in milliseconds, its lower ones a hash of the name. So the newest stand first in the order of the
//! table's own key, and every replica has the same order without being told. Two of the same millisecond and hash (one in two
//! million) take the next free number.

use sha2::{Digest, Sha256};

/// 21 bits are left for the name, which lets the time run until the year 2109.
const TIE_BITS: u32 = 21;
const LATEST_MS: i64 = i64::MAX >> TIE_BITS;

/// A place in a list by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Order(i64);

impl Order {
    /// Behind everything.
    pub(super) const LAST: Self = Self(i64::MAX);

    /// Where something with this name belongs if the place is free.
    pub(super) fn of(at_ms: i64, name: &str) -> Self {
        let hash = i64::try_from(digest(name.as_bytes()) >> (64 - TIE_BITS)).unwrap_or(0);
        Self(Self::from_ms(at_ms).0 | hash)
    }

    /// Before everything of this millisecond and later.
    pub(super) fn from_ms(at_ms: i64) -> Self {
        Self(at_ms.clamp(0, LATEST_MS) << TIE_BITS)
    }

    pub(super) const fn from_raw(number: i64) -> Self {
        Self(number)
    }

    pub(super) const fn get(self) -> i64 {
        self.0
    }

    pub(super) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub(super) const fn at_ms(self) -> i64 {
        self.0 >> TIE_BITS
    }
}

/// The first 64 bits of SHA-256.
pub(super) fn digest(bytes: &[u8]) -> u64 {
    Sha256::digest(bytes).iter().take(8).fold(0, |digest, byte| digest << 8 | u64::from(*byte))
}
