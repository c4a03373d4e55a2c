//! Reads a response's body into bounded memory, and stops early when it is too large or not a PDF.

use super::error::Error;
use super::retry_after::retry_after;
use bytes::{Bytes, BytesMut};
use contract::ContentHash;
use documents::{START_WITHIN, is_pdf};
use reqwest::Response;
use reqwest::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Readers of PDF look for the mark of its end within this many bytes.
const END_WITHIN: usize = 1024;
const END: &[u8] = b"%%EOF";

/// A PDF as it was sent.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub bytes: Bytes,
    pub hash: ContentHash,
}

/// Reads an answer that is no redirect.
pub(super) async fn read(
    mut response: Response,
    host: &str,
    max_bytes: u64,
    limit: Duration,
) -> Result<Fetched, Error> {
    let host = || host.to_owned();
    let status = response.status();
    if !status.is_success() {
        let retry_after = retry_after(response.headers(), chrono::Utc::now());
        return Err(Error::Status { host: host(), status: status.as_u16(), retry_after });
    }
    let too_large = || Error::TooLarge { host: host(), limit: max_bytes };
    if response.content_length().is_some_and(|length| length > max_bytes) {
        return Err(too_large());
    }
    let ends_with_the_connection = !has_length(&response);
    let mut bytes = BytesMut::new();
    let mut hash = Sha256::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken_off(&error, host(), limit))? {
        if bytes.len() as u64 + chunk.len() as u64 > max_bytes {
            return Err(too_large());
        }
        hash.update(&chunk);
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= START_WITHIN && !is_pdf(&bytes) {
            return Err(Error::NotPdf { host: host() });
        }
    }
    if !is_pdf(&bytes) {
        return Err(Error::NotPdf { host: host() });
    }
    if ends_with_the_connection && !is_whole(&bytes) {
        return Err(Error::Interrupted { host: host() });
    }
    Ok(Fetched { bytes: bytes.freeze(), hash: hash.into() })
}

fn broken_off(error: &reqwest::Error, host: String, limit: Duration) -> Error {
    if error.is_timeout() { Error::Timeout { host, limit } } else { Error::Interrupted { host } }
}

/// Without a length, a broken connection and the end of the body look the same.
fn has_length(response: &Response) -> bool {
    response.headers().contains_key(CONTENT_LENGTH) || response.headers().contains_key(TRANSFER_ENCODING)
}

fn is_whole(bytes: &[u8]) -> bool {
    let end = &bytes[bytes.len().saturating_sub(END_WITHIN)..];
    end.windows(END.len()).any(|window| window == END)
}
