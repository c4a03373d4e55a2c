//! What a document is kept and recognised by: the hash of its bytes.

use crate::url::hex;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// SHA-256 of a document's bytes; written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, JsonSchema)]
pub struct ContentHash(#[schemars(with = "String", regex(pattern = r"^[0-9a-f]{64}$"))] [u8; Self::BYTES]);

/// The text is not a content hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a content hash has 64 lower-case hex digits")]
pub struct InvalidContentHash;

impl ContentHash {
    const BYTES: usize = 32;

    /// Of a whole document.
    #[must_use]
    pub fn of(document: &[u8]) -> Self {
        Self::from(Sha256::new_with_prefix(document))
    }
}

/// Of a document that came in parts.
impl From<Sha256> for ContentHash {
    fn from(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }
}

impl FromStr for ContentHash {
    type Err = InvalidContentHash;

    fn from_str(text: &str) -> Result<Self, InvalidContentHash> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(InvalidContentHash),
        };
        if text.len() != 2 * Self::BYTES {
            return Err(InvalidContentHash);
        }
        let mut hash = [0; Self::BYTES];
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(hash))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_one_that_sha256sum_prints_and_comes_back_as_it_was() {
        let hash = ContentHash::of(b"abc");
        assert_eq!(hash.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(serde_json::from_str::<ContentHash>(&serde_json::to_string(&hash).unwrap()).unwrap(), hash);
    }

    #[test]
    fn what_could_be_a_path_is_no_hash() {
        let upper = ContentHash::of(b"").to_string().to_uppercase();
        for bad in ["", "00", "../../../etc/passwd", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &upper] {
            assert_eq!(bad.parse::<ContentHash>(), Err(InvalidContentHash), "{bad}");
        }
        assert!("é".repeat(32).parse::<ContentHash>().is_err());
    }
}
