//! What the tests of this service share: settings, a scripted HTTP host, and hand-made PDFs.

#![allow(dead_code)] // Each test file uses a part of it.

pub mod host;
pub mod pdf;

use fetch_extract::extract::Pool;
use runtime::settings::{Extractor, Fetch, SameDocument, Scans};

/// Settings that let the tests' own host be fetched from.
pub fn settings() -> Fetch {
    Fetch {
        allow_http: true,
        allow_private_addresses: true,
        timeout_ms: 10_000,
        connect_timeout_ms: 10_000,
        idle_timeout_ms: 10_000,
        per_host: 8,
        max_redirects: 5,
        max_bytes: 1 << 20,
        text_cap_chars: 60_000,
        extractor: Extractor::Hayro,
        extract_timeout_ms: 20_000,
        extract_memory_mb: 512,
        extract_children: 2,
        same_document: SameDocument::Hold,
        scans: Scans::Hold,
        scan_max_pages: 20,
        scan_max_bytes: 1 << 20,
    }
}

/// Readers as the settings say.
pub fn pool(settings: &Fetch) -> Pool {
    Pool::new(&settings.into(), program(), settings.extract_children)
}

/// The service's binary, as the readers' program.
pub fn program() -> std::path::PathBuf {
    env!("CARGO_BIN_EXE_fetch-extract").into()
}
