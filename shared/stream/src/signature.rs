//! Who wrote a committed offset. Its metadata says so.
//!
//! Kafka's own tools move a group's offsets without a word, and a service that goes on from there pays again for what
//! it had done, or skips what it had not. So each of our commits is signed, and an offset without a signature is
//! nothing that a stage may begin at.

/// Of a commit with no finished offsets above it. A map of them begins with the same letters (`engine::offset_map`).
const SIGNATURE: &str = "v1";
/// Before what the metadata were: `invoicectl` is rewriting what the stages stand on.
const HELD: &str = "held:";

/// What the metadata of a commit say about who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature<'a> {
    /// A service or `invoicectl`, with this offset map.
    Ours(&'a str),
    /// `invoicectl`, over these metadata, while no stage may start.
    Held(&'a str),
    /// Somebody else.
    Foreign,
}

impl<'a> Signature<'a> {
    pub(crate) fn read(metadata: &'a str) -> Self {
        match metadata.strip_prefix(HELD) {
            Some(before) => Self::Held(before),
            None if metadata == SIGNATURE => Self::Ours(""),
            None if metadata.starts_with(SIGNATURE) => Self::Ours(metadata),
            None => Self::Foreign,
        }
    }
}

/// The metadata of a commit with this offset map.
pub(crate) fn sign(map: &str) -> &str {
    if map.is_empty() { SIGNATURE } else { map }
}

/// The metadata while a commit is held.
pub(crate) fn hold(metadata: &str) -> String {
    format!("{HELD}{metadata}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::offset_map;

    #[test]
    fn every_map_of_the_engine_is_signed_and_read_back() {
        for finished in [vec![], vec![8], vec![9, 11, 400]] {
            let map = offset_map::encode(7, finished);
            assert_eq!(Signature::read(sign(&map)), Signature::Ours(&map));
        }
    }

    #[test]
    fn what_kafkas_tools_and_other_programs_write_is_foreign() {
        for metadata in ["", "reset by ops", "held", "1:2"] {
            assert_eq!(Signature::read(metadata), Signature::Foreign, "{metadata}");
        }
    }

    #[test]
    fn a_held_commit_keeps_what_it_was() {
        for before in ["", "v1", "v1:AA:00000000"] {
            assert_eq!(Signature::read(&hold(before)), Signature::Held(before));
        }
    }
}
