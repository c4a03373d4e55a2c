//! The set of finished offsets above the committed one, as it travels in Kafka's commit metadata.
//!
//! A commit says "everything below this offset is done". With many records in flight, some above it are done too;
//! without this map the next owner of the partition would repeat them, and pay for them again.
//!
//! Format: empty when nothing above is finished, else `v1:<base64 of a bitmap>:<CRC-32 in hex>`, where bit *i* is
//! offset *position* + 1 + *i*. With [`MAX_SPAN`] it is at most 1,380 ASCII characters, far below the 4,096 that
//! brokers allow by default, so it never has to be cut.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use std::collections::BTreeSet;

/// How far above the committed position the map can reach.
pub const MAX_SPAN: u32 = 8192;

const VERSION: &str = "v1";

/// The metadata was not written by this engine, or was damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the commit metadata is not an offset map of this engine")]
pub struct ForeignMetadata;

/// Encodes the finished offsets above `position`.
///
/// # Panics
/// When an offset is not within [`MAX_SPAN`] above `position`; the window that calls it never lets one be.
#[must_use]
pub fn encode(position: i64, finished: impl IntoIterator<Item = i64>) -> String {
    let mut bitmap = Vec::new();
    for offset in finished {
        let bit = usize::try_from(offset - position - 1).expect("a finished offset in the map is above the position");
        assert!(bit < MAX_SPAN as usize, "the window keeps finished offsets within the span of the map");
        if bitmap.len() <= bit / 8 {
            bitmap.resize(bit / 8 + 1, 0);
        }
        bitmap[bit / 8] |= 1 << (bit % 8);
    }
    if bitmap.is_empty() {
        return String::new();
    }
    format!("{VERSION}:{}:{:08x}", BASE64_STANDARD_NO_PAD.encode(&bitmap), crc32(&bitmap))
}

/// Decodes the finished offsets above `position`.
///
/// # Errors
/// [`ForeignMetadata`]; the caller goes on without a map, which repeats work but loses nothing.
pub fn decode(position: i64, metadata: &str) -> Result<BTreeSet<i64>, ForeignMetadata> {
    if metadata.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut parts = metadata.split(':');
    let (Some(VERSION), Some(body), Some(sum), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(ForeignMetadata);
    };
    let bitmap = BASE64_STANDARD_NO_PAD.decode(body).map_err(|_| ForeignMetadata)?;
    if bitmap.len() > MAX_SPAN as usize / 8 || sum != format!("{:08x}", crc32(&bitmap)) {
        return Err(ForeignMetadata);
    }
    let bits = (0_i64..).zip(bitmap.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1)));
    Ok(bits.filter(|(_, set)| *set).map(|(bit, _)| position + 1 + bit).collect())
}

/// CRC-32 (IEEE 802.3), bit by bit: at most a kilobyte a commit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn the_largest_map_fits_into_commit_metadata() {
        let position = 7;
        let all = position + 1..=position + i64::from(MAX_SPAN);
        assert!(encode(position, all).len() <= 1380);
    }

    proptest! {
        #[test]
        fn decoding_gives_back_what_was_encoded(
            position in 0_i64..1 << 60,
            gaps in prop::collection::btree_set(1..=i64::from(MAX_SPAN), 0..200),
        ) {
            let finished: BTreeSet<i64> = gaps.into_iter().map(|gap| position + gap).collect();
            let metadata = encode(position, finished.iter().copied());
            prop_assert!(metadata.is_ascii());
            prop_assert_eq!(decode(position, &metadata), Ok(finished));
        }

        #[test]
        fn foreign_metadata_is_refused_and_never_panics(metadata in "\\PC*") {
            prop_assert!(metadata.is_empty() || decode(0, &metadata).is_err());
        }

        #[test]
        fn a_damaged_map_is_refused(flip in 3_usize..8, bit in 0_u8..7) {
            let mut metadata = encode(0, [1, 5, 17, 40]).into_bytes();
            metadata[flip] ^= 1 << bit;
            if let Ok(text) = String::from_utf8(metadata) {
                prop_assert_eq!(decode(0, &text), Err(ForeignMetadata));
            }
        }
    }
}
