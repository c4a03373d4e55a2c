//! What counts as a PDF before anybody opens it.

/// Readers look for the mark within this many bytes, and so do we (ISO 32000, implementation notes of PDF 1.7).
pub const START_WITHIN: usize = 1024;
const START: &[u8] = b"%PDF-";

/// Whether a file begins like a PDF.
#[must_use]
pub fn is_pdf(file: &[u8]) -> bool {
    let start = &file[..file.len().min(START_WITHIN)];
    start.windows(START.len()).any(|window| window == START)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_within_the_first_kilobyte() {
        assert!(is_pdf(b"%PDF-1.4") && is_pdf(b"\xef\xbb\xbf\r\n%PDF-1.4"));
        assert!(!is_pdf(b"") && !is_pdf(b"<!doctype html>") && !is_pdf(b"%PDF"));
        assert!(!is_pdf(&[&[b' '; START_WITHIN][..], b"%PDF-1.4"].concat()));
    }
}
