//! The token file itself: readable by its user alone from its first byte on, and always whole.
//!
//! Nothing here may fail an invoice. A file that cannot be used is a file that is not there.

use super::kept::{Fingerprint, Kept};
use runtime::settings::Zoho;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// For its user to read and write.
const MODE: u32 = 0o600;
/// More than any token file has.
const MAX_BYTES: u64 = 64 * 1024;

/// Where a replica keeps its access token over a restart.
#[derive(Debug)]
pub(super) struct TokenFile {
    path: PathBuf,
    owner: Fingerprint,
    failing: AtomicBool,
}

/// Why there is no text of a file.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("its mode is {0:o}; it must be {MODE:o}, so that nobody else can read or write it")]
    Open(u32),
    #[error("is not a file of a few hundred bytes")]
    NotAFile,
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
}

impl TokenFile {
    pub(super) fn of(settings: &Zoho) -> Option<Self> {
        let path = settings.token_file.clone()?;
        Some(Self { path, owner: Fingerprint::of(settings), failing: AtomicBool::new(false) })
    }

    /// What the process before this one has left.
    pub(super) fn recall(&self) -> Option<Kept> {
        let unused = |why: &dyn std::fmt::Display| {
            tracing::warn!("the token file {} is not used: {why}", self.path.display());
        };
        let text = read(&self.path).inspect_err(|why| unused(why)).ok()??;
        let kept = Kept::read(&text, &self.owner, seconds()).inspect_err(|why| unused(why)).ok()?;
        if kept.token.is_none() {
            tracing::info!("the token file {} holds no token that is still good", self.path.display());
        }
        Some(kept)
    }

    /// Leaves it for the next process. That this fails is said once, until it has worked again.
    // A few hundred bytes, about once an hour: written at once, so that a call that is given up leaves no half of it.
    pub(super) fn keep(&self, kept: Kept) {
        let written = write(&self.path, &kept.write(&self.owner, seconds()));
        let failed_before = self.failing.swap(written.is_err(), Ordering::Relaxed);
        if let Err(error) = written
            && !failed_before
        {
            tracing::warn!("zoho.token_file {} cannot be written: {error}", self.path.display());
        }
    }
}

/// The file's text; `None` if there is no file.
fn read(path: &Path) -> Result<Option<String>, Unusable> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // Opening a pipe would wait for a writer.
        Ok(found) if !found.is_file() => return Err(Unusable::NotAFile),
        _ => {}
    }
    let file = File::open(path)?;
    let found = file.metadata()?;
    let mode = found.mode() & 0o7777;
    if mode & !MODE != 0 {
        return Err(Unusable::Open(mode));
    }
    let mut text = String::new();
    let length = file.take(MAX_BYTES).read_to_string(&mut text)?;
    if u64::try_from(length).is_ok_and(|length| length < MAX_BYTES) { Ok(Some(text)) } else { Err(Unusable::NotAFile) }
}

/// Replaces the file: whoever opens it meanwhile sees the old one or the new one, whole.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let next = path.with_file_name(name);
    // What a killed process has left is not written into: its mode may be another, or it may be a link.
    match fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&next)?;
    let replaced = file.write_all(text.as_bytes()).and_then(|()| fs::rename(&next, path));
    if replaced.is_err() {
        // A token is not left lying about under another name.
        let _ = fs::remove_file(&next);
    }
    replaced
}

/// Since 1970, as the file counts.
fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use tempfile::TempDir;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn the_file_is_its_users_alone_whatever_was_there_before() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("token");
        let left_over = folder.path().join("token.new");
        fs::write(&path, "wide").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        fs::write(&left_over, "of a killed process").unwrap();
        fs::set_permissions(&left_over, Permissions::from_mode(0o666)).unwrap();
        write(&path, "text").unwrap();
        assert_eq!((mode(&path), read(&path).unwrap().as_deref()), (0o600, Some("text")));
        assert!(!left_over.exists());
    }

    #[test]
    fn a_link_in_the_place_of_the_next_file_is_not_followed() {
        let folder = TempDir::new().unwrap();
        let (path, victim) = (folder.path().join("token"), folder.path().join("victim"));
        fs::write(&victim, "untouched").unwrap();
        symlink(&victim, folder.path().join("token.new")).unwrap();
        write(&path, "text").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
        assert_eq!(read(&path).unwrap().as_deref(), Some("text"));
    }

    #[test]
    fn a_file_that_others_may_see_is_not_used() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("token");
        write(&path, "text").unwrap();
        for wide in [0o640, 0o604, 0o620, 0o700, 0o4600] {
            fs::set_permissions(&path, Permissions::from_mode(wide)).unwrap();
            assert!(matches!(read(&path), Err(Unusable::Open(mode)) if mode == wide), "{wide:o}");
        }
        fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("text"));
    }

    #[test]
    fn what_is_no_small_file_is_not_used_and_one_that_is_missing_is_no_mistake() {
        let folder = TempDir::new().unwrap();
        assert!(matches!(read(folder.path()), Err(Unusable::NotAFile)));
        let path = folder.path().join("token");
        assert!(read(&path).unwrap().is_none());
        write(&path, &"x".repeat(100_000)).unwrap();
        assert!(matches!(read(&path), Err(Unusable::NotAFile)));
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_no_other() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("token");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("in the way"), "").unwrap();
        assert!(write(&path, "text").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("no such folder/token"), "text").is_err());
    }
}
