//! `endpoints.json`: where everything of a run listens, for scripts and people.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::supervisor::Service;

/// The file's content; rewritten whenever a service has moved.
#[derive(Debug, Clone, Serialize)]
pub struct Endpoints {
    /// `127.0.0.1:PORT`, or what `KAFKA_BROKERS` said.
    pub kafka: String,
    pub sandbox: String,
    /// The pages and the API.
    pub console: String,
    pub services: Vec<Service>,
}

impl Endpoints {
    pub fn path(run: &Path) -> PathBuf {
        run.join("endpoints.json")
    }

    /// Replaces the file in one step: a reader sees the old content or the new.
    pub fn write(&self, run: &Path) -> Result<()> {
        let (path, next) = (Self::path(run), run.join(".endpoints.json"));
        let text = serde_json::to_vec(self).map_err(|e| Error::file("write", &next)(e.into()))?;
        fs::write(&next, text).map_err(Error::file("write", &next))?;
        fs::rename(&next, &path).map_err(Error::file("write", &path))
    }
}
