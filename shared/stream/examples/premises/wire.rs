//! The few bytes of the Kafka protocol that the proxy must understand.
//!
//! Frames are a four-byte length and a body; a request's body begins with API key, version and correlation id, a
//! response's with the correlation id.

use std::io::{self, Read, Write};

pub(crate) const END_TXN: i16 = 26;
pub(crate) const TXN_OFFSET_COMMIT: i16 = 28;

/// Who a transactional offset commit says it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) generation: i32,
    pub(crate) member: String,
}

pub(crate) fn read_frame(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut body)?;
    Ok(body)
}

pub(crate) fn write_frame(stream: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let mut frame = Vec::with_capacity(body.len() + 4);
    frame.extend((body.len() as u32).to_be_bytes());
    frame.extend(body);
    stream.write_all(&frame)
}

pub(crate) fn api_key(request: &[u8]) -> i16 {
    Fields(request).i16().unwrap_or(-1)
}

pub(crate) fn request_correlation(request: &[u8]) -> i32 {
    Fields(request.get(4..).unwrap_or_default()).i32().unwrap_or(-1)
}

pub(crate) fn response_correlation(response: &[u8]) -> i32 {
    Fields(response).i32().unwrap_or(-1)
}

/// The error code of an EndTxn response (versions 0 to 2): after correlation id and throttle time.
pub(crate) fn end_txn_error(response: &[u8]) -> Option<i16> {
    Fields(response.get(8..)?).i16()
}

/// The member behind a TxnOffsetCommit request of version 3 or later.
pub(crate) fn identity(request: &[u8]) -> Option<Identity> {
    let mut fields = Fields(request.get(8..)?);
    let client_id = fields.i16()?;
    fields.skip(usize::try_from(client_id).unwrap_or(0))?;
    fields.unsigned()?; // no tagged fields
    fields.string()?; // transactional id
    fields.string()?; // group
    fields.skip(8 + 2)?; // producer id and epoch
    Some(Identity { generation: fields.i32()?, member: fields.string()? })
}

/// Lets a broker's answer point at the proxy: the port behind each loopback host name becomes `to`.
pub(crate) fn redirect(response: &mut [u8], from: u16, to: u16) {
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

    /// A compact string; null reads as empty.
    fn string(&mut self) -> Option<String> {
        let length = self.unsigned()?.saturating_sub(1);
        let text = String::from_utf8_lossy(self.0.get(..length)?).into_owned();
        self.skip(length)?;
        Some(text)
    }
}
