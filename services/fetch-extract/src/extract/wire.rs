//! What goes between parent and child: frames of a length, four bytes big-endian, and that many bytes.
//!
//! A question is two frames, a [`Job`] as JSON and the PDF. So is the answer: an [`Answer`] as JSON, and the picture, which is
//! empty when none was asked for.

use contract::ContentHash;
use documents::Documents;
use serde::{Deserialize, Serialize};
use std::io::{self, ErrorKind, Read, Write};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What was read from a PDF.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Reading {
    pub pages: u32,
    /// The program that made it, in its own words.
    pub producer: Option<String>,
    /// Of all pages in the order of the PDF; without the middle when that was too much.
    pub lines: Vec<Line>,
    /// How many characters of the middle are missing.
    pub left_out: usize,
    pub counts: Counts,
    /// Width and height in points of the pages as they are shown, the first [`Reading::MOST_PAGE_SIZES`] of them. Readings
    /// that were kept before there were sizes have none.
    #[serde(default)]
    pub page_sizes: Vec<[f32; 2]>,
}

/// A line of text and its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// From 1.
    pub page: u32,
    /// Left, top, right, bottom in points from the upper left corner of the page as it is shown.
    pub bounds: [f32; 4],
    pub text: String,
}

/// Characters by what became of them, white space aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub shown: u32,
    /// Of these: glyphs of which the PDF does not say which character they are.
    pub unknown: u32,
    /// Painted with neither fill nor stroke, as a scanner's text layer, or wholly transparent.
    pub transparent: u32,
    /// In the colour of what is behind them.
    pub background: u32,
    /// Painted over.
    pub covered: u32,
    /// Smaller than two points.
    pub tiny: u32,
    /// Outside of the page or of what it shows.
    pub outside: u32,
    /// Pictures of a tenth of a page or more.
    pub pictures: u32,
}

impl Reading {
    /// Nobody looks at a later page, and a PDF may say that it has millions.
    pub const MOST_PAGE_SIZES: usize = 1_000;

    /// The text, a line per line, with a form feed on a line of its own between pages.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut page = 1;
        for line in &self.lines {
            while page < line.page {
                text.push_str("\u{c}\n");
                page += 1;
            }
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }

    /// As it is kept beside the PDF.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers that a child wrote as JSON, and text, are JSON")
    }

    /// What was kept of a document by [`Reading::to_json`]; `None` if it was never read.
    ///
    /// # Errors
    /// When the store does not answer, or what it has is no reading.
    pub async fn kept(documents: &Documents, hash: &ContentHash) -> Result<Option<Self>, documents::Error> {
        let Some(kept) = documents.reading(hash).await? else { return Ok(None) };
        serde_json::from_slice(&kept).map(Some).map_err(|_| documents::Error::Damaged { hash: *hash })
    }
}

impl Counts {
    /// What nobody sees.
    #[must_use]
    pub fn hidden(&self) -> u32 {
        let all = [self.transparent, self.background, self.covered, self.tiny, self.outside];
        all.into_iter().fold(0, u32::saturating_add)
    }

    pub(super) fn add(&mut self, page: layout::Counts) {
        for (sum, more) in [
            (&mut self.shown, page.shown),
            (&mut self.unknown, page.unknown),
            (&mut self.transparent, page.hidden.transparent),
            (&mut self.background, page.hidden.background),
            (&mut self.covered, page.hidden.covered),
            (&mut self.tiny, page.hidden.tiny),
            (&mut self.outside, page.hidden.outside),
            (&mut self.pictures, page.pictures),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

/// What a child is asked for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Job {
    Text,
    /// A page, from 1, as a PNG so many pixels wide.
    Picture {
        page: u32,
        width: u16,
    },
}

impl Job {
    /// What metrics call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Picture { .. } => "picture",
        }
    }
}

/// A child's answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Text(Reading),
    /// It is in the frame that follows.
    Picture,
    /// The page that was asked for is not there.
    NoPage {
        pages: u32,
    },
    /// It does not open without a password.
    Password,
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
