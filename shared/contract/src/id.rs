//! The invoice id: the key of every record and the unit of "exactly once".

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// An invoice's id: 1 to 64 characters of `A-Z a-z 0-9 . _ : -`.
///
/// The limit of 64 keeps it inside Zoho Books' `reference_number`. Given by the publisher, or derived from the
/// canonical URL of the PDF by [`crate::url::CanonicalUrl::invoice_id`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct InvoiceId(#[schemars(regex(pattern = r"^[A-Za-z0-9._:-]{1,64}$"))] String);

/// The text is not an invoice id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an invoice id has 1 to 64 characters out of A-Z a-z 0-9 . _ : -")]
pub struct InvalidInvoiceId;

impl InvoiceId {
    pub const MAX_LEN: usize = 64;

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 128 bits of SHA-256 of the id: what an index of millions of ids keeps in place of the text.
    #[must_use]
    pub fn fingerprint(&self) -> u128 {
        let digest = Sha256::digest(self.0.as_bytes());
        digest.iter().take(16).fold(0, |acc, byte| acc << 8 | u128::from(*byte))
    }
}

impl FromStr for InvoiceId {
    type Err = InvalidInvoiceId;

    fn from_str(text: &str) -> Result<Self, InvalidInvoiceId> {
        let fits = (1..=Self::MAX_LEN).contains(&text.len());
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-');
        if fits && text.bytes().all(allowed) { Ok(Self(text.to_owned())) } else { Err(InvalidInvoiceId) }
    }
}

impl fmt::Display for InvoiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for InvoiceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_refused_when_empty_too_long_or_of_other_characters() {
        for bad in ["", " ", "a b", "ä", "a/b", "a\n", &"x".repeat(65)] {
            assert!(bad.parse::<InvoiceId>().is_err(), "{bad:?}");
        }
        for good in ["a", "INV-2026:07_1.2", &"x".repeat(64)] {
            assert_eq!(good.parse::<InvoiceId>().unwrap().as_str(), good);
        }
    }
}
