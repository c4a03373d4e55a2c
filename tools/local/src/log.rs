//! A child's log file, from the point where that child began to write.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

const TAIL_LINES: usize = 20;

#[derive(Debug, Clone)]
pub(crate) struct Log {
    path: PathBuf,
    start: u64,
}

impl Log {
    /// Makes the file's folder if need be; what is in the file already is not looked at.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).map_err(Error::file("create", dir))?;
        }
        let start = fs::metadata(path).map_or(0, |file| file.len());
        Ok(Self { path: path.to_path_buf(), start })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What follows `prefix` in the first complete line that begins with it.
    pub(crate) fn line(&self, prefix: &str) -> Option<String> {
        let text = self.text();
        let complete = &text[..text.rfind('\n')?];
        complete.lines().find_map(|line| line.strip_prefix(prefix)).map(|rest| rest.trim().to_owned())
    }

    pub(crate) fn tail(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    fn text(&self) -> String {
        let mut bytes = Vec::new();
        if let Ok(mut file) = File::open(&self.path)
            && file.seek(SeekFrom::Start(self.start)).is_ok()
        {
            let _ = file.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
