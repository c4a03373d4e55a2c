//! What goes between parent and child: frames of a length, four bytes big-endian, and that many bytes.

use serde::{Deserialize, Serialize};
use std::io::{self, ErrorKind, Read, Write};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The text of a PDF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    pub pages: u32,
    /// Of all pages in the order of the PDF; without its middle when it was too long.
    pub text: String,
    /// How many characters of the middle are missing.
    pub left_out: usize,
}

/// A child's answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Text(Reading),
    Error(String),
}

/// Reads a frame, or `None` when the other side has closed.
pub(super) fn read_frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut frame = vec![0; u32::from_be_bytes(length) as usize];
    from.read_exact(&mut frame)?;
    Ok(Some(frame))
}

pub(super) fn write_frame(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    to.write_all(&length(frame)?)?;
    to.write_all(frame)?;
    to.flush()
}

/// Sends a frame to a child.
pub(super) async fn send(to: &mut (impl AsyncWrite + Unpin), frame: &[u8]) -> io::Result<()> {
    to.write_all(&length(frame)?).await?;
    to.write_all(frame).await?;
    to.flush().await
}

/// Receives a frame of at most `max` bytes: a child is not trusted once it has read a PDF.
pub(super) async fn receive(from: &mut (impl AsyncRead + Unpin), max: usize) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await? as usize;
    if length > max {
        return Err(io::Error::new(ErrorKind::InvalidData, "the answer is longer than its limit"));
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).await?;
    Ok(frame)
}

fn length(frame: &[u8]) -> io::Result<[u8; 4]> {
    let length = u32::try_from(frame.len()).map_err(|_| io::Error::new(ErrorKind::InvalidInput, "4 GiB or more"))?;
    Ok(length.to_be_bytes())
}
