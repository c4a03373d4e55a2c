//! The few bytes of the Kafka protocol that the proxy must understand.
//!
//! Frames are a four-byte length and a body; a request's body begins with API key, version and correlation id, a
//! response's with the correlation id.

use std::io::{self, Read, Write};

pub(super) const PRODUCE: i16 = 0;
pub(super) const SYNC_GROUP: i16 = 14;
pub(super) const END_TXN: i16 = 26;
pub(super) const TXN_OFFSET_COMMIT: i16 = 28;

const METADATA: i16 = 3;
const FIND_COORDINATOR: i16 = 10;
const DESCRIBE_CLUSTER: i16 = 60;

/// The first version of `SyncGroup` with compact fields.
const FLEXIBLE_SYNC_GROUP: i16 = 4;

/// The first version of `Produce` with compact fields.
const FLEXIBLE_PRODUCE: i16 = 9;

/// Who a transactional offset commit says it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub generation: i32,
    /// Empty for a consumer that is no member.
    pub member: String,
}

pub(super) fn read_frame(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut body)?;
    Ok(body)
}

pub(super) fn write_frame(stream: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let mut frame = Vec::with_capacity(body.len() + 4);
    frame.extend((body.len() as u32).to_be_bytes());
    frame.extend(body);
    stream.write_all(&frame)
}

pub(super) fn api_key(request: &[u8]) -> i16 {
    Fields(request).i16().unwrap_or(-1)
}

pub(super) fn request_correlation(request: &[u8]) -> i32 {
    Fields(request.get(4..).unwrap_or_default()).i32().unwrap_or(-1)
}

pub(super) fn response_correlation(response: &[u8]) -> i32 {
    Fields(response).i32().unwrap_or(-1)
}

/// The error code of an EndTxn response (versions 0 to 2): after correlation id and throttle time.
pub(super) fn end_txn_error(response: &[u8]) -> Option<i16> {
    Fields(response.get(8..)?).i16()
}

/// The member behind a TxnOffsetCommit request of version 3 or later.
pub(super) fn identity(request: &[u8]) -> Option<Identity> {
    let mut fields = Fields(request.get(8..)?);
    fields.classic_string()?; // client id
    fields.unsigned()?; // no tagged fields
    fields.string()?; // transactional id
    fields.string()?; // group
    fields.skip(8 + 2)?; // producer id and epoch
    Some(Identity { generation: fields.i32()?, member: fields.string()? })
}

/// The group and generation of a SyncGroup request, which every member sends once in each rebalance.
pub(super) fn generation(request: &[u8]) -> Option<(String, i32)> {
    let version = Fields(request.get(2..)?).i16()?;
    let mut fields = Fields(request.get(8..)?);
    fields.classic_string()?; // client id
    let group = if version < FLEXIBLE_SYNC_GROUP {
        fields.classic_string()?
    } else {
        fields.unsigned()?; // no tagged fields
        fields.string()?
    };
    Some((group, fields.i32()?))
}

/// Whether a Produce request of version 3 or later is part of a transaction; heartbeats, for one, are not.
pub(super) fn is_transactional(produce: &[u8]) -> bool {
    transactional_id(produce).is_some_and(|id| !id.is_empty())
}

fn transactional_id(produce: &[u8]) -> Option<String> {
    let version = Fields(produce.get(2..)?).i16()?;
    let mut fields = Fields(produce.get(8..)?);
    fields.classic_string()?; // client id
    if version < FLEXIBLE_PRODUCE {
        return fields.classic_string();
    }
    fields.unsigned()?; // no tagged fields
    fields.string()
}

/// Whether the answer to this request names brokers.
pub(super) fn asks_for_addresses(request: &[u8]) -> bool {
    [METADATA, FIND_COORDINATOR, DESCRIBE_CLUSTER].contains(&api_key(request))
}

pub(super) fn contains(request: &[u8], text: &[u8]) -> bool {
    text.is_empty() || request.windows(text.len()).any(|window| window == text)
}

/// Lets a broker's answer point at the proxy: the port behind each loopback host name becomes `to`.
pub(super) fn redirect(response: &mut [u8], from: u16, to: u16) {
    for host in ["127.0.0.1", "localhost"] {
        let old = [host.as_bytes(), &u32::from(from).to_be_bytes()].concat();
        let new = [host.as_bytes(), &u32::from(to).to_be_bytes()].concat();
        let mut at = 0;
        while let Some(found) = response[at..].windows(old.len()).position(|window| window == old) {
            at += found;
            response[at..at + new.len()].copy_from_slice(&new);
            at += new.len();
        }
    }
}

/// A cursor over big-endian fields.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn skip(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    fn i16(&mut self) -> Option<i16> {
        let bytes = *self.0.first_chunk()?;
        self.skip(2)?;
        Some(i16::from_be_bytes(bytes))
    }

    fn i32(&mut self) -> Option<i32> {
        let bytes = *self.0.first_chunk()?;
        self.skip(4)?;
        Some(i32::from_be_bytes(bytes))
    }

    fn unsigned(&mut self) -> Option<usize> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = *self.0.first()?;
            self.skip(1)?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A string with a length of two bytes; null reads as empty.
    fn classic_string(&mut self) -> Option<String> {
        let length = usize::try_from(self.i16()?).unwrap_or(0);
        self.text(length)
    }

    /// A compact string; null reads as empty.
    fn string(&mut self) -> Option<String> {
        let length = self.unsigned()?.saturating_sub(1);
        self.text(length)
    }

    fn text(&mut self, length: usize) -> Option<String> {
        let text = String::from_utf8_lossy(self.0.get(..length)?).into_owned();
        self.skip(length)?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generation_stands_in_a_sync_group_of_either_encoding() {
        let classic =
            [&SYNC_GROUP.to_be_bytes()[..], &[0, 3, 0, 0, 0, 9, 0, 2, b'm', b'e', 0, 1, b'g', 0, 0, 0, 7]].concat();
        assert_eq!(generation(&classic), Some(("g".to_owned(), 7)));
        let compact =
            [&SYNC_GROUP.to_be_bytes()[..], &[0, 5, 0, 0, 0, 9, 0, 2, b'm', b'e', 0, 2, b'g', 0, 0, 0, 7]].concat();
        assert_eq!(generation(&compact), Some(("g".to_owned(), 7)));
        assert_eq!(generation(&compact[..12]), None, "a request that is cut off is no reason to fail");
    }

    #[test]
    fn what_is_produced_outside_of_a_transaction_is_told_apart() {
        let produce = |version: u8, rest: &[u8]| [&[0, 0, 0, version, 0, 0, 0, 9, 0, 2, b'm', b'e'][..], rest].concat();
        assert!(is_transactional(&produce(8, &[0, 1, b't', 0, 1])));
        assert!(!is_transactional(&produce(8, &[0xff, 0xff, 0, 1])));
        assert!(is_transactional(&produce(10, &[0, 2, b't', 0, 1])));
        assert!(!is_transactional(&produce(10, &[0, 0, 0, 1])));
    }

    #[test]
    fn an_answer_points_at_the_proxy_and_changes_nowhere_else() {
        let mut answer = [b"x127.0.0.1", &[0, 0, 0x23, 0x84][..], b"127.0.0.1", &[0, 0, 0, 1]].concat();
        redirect(&mut answer, 0x2384, 0x1111);
        assert_eq!(answer, [b"x127.0.0.1", &[0, 0, 0x11, 0x11][..], b"127.0.0.1", &[0, 0, 0, 1]].concat());
    }
}
