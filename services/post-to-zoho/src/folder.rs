//! A folder in which a file of a name appears once, whole, whoever writes it.
//!
//! The file is written under a name that nobody looks for, made durable, and then given its own name in a step that fails
//! where the name is taken: of two writers, on whatever machine, one has it. A file that was taken over may be moved into
//! [`DONE`], where it still counts. What is there is compared and never written over.

use contract::{Bill, InvoiceId, code};
use engine::StageError;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Below the folder: where files go that somebody has taken over.
const DONE: &str = "done";
/// Less what the process's mask takes away.
const MODE: u32 = 0o666;

/// The folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is there with this content, from now or from before.
    Same,
    /// It is there with another content, which was left as it is.
    Other,
}

impl Folder {
    pub(crate) fn new(path: &str) -> Self {
        Self(PathBuf::from(path.trim()))
    }

    /// Sees to it that the file is there. If the attempt is cut off, the file appears whole or not at all.
    pub(crate) async fn keep(&self, name: &str, content: String) -> Result<Kept, StageError> {
        let (folder, name) = (self.0.clone(), name.to_owned());
        let kept = tokio::task::spawn_blocking(move || keep(&folder, &name, content.as_bytes())).await;
        kept.map_err(io::Error::other).flatten().map_err(|error| unavailable(&error))
    }
}

/// A name for an invoice's file that no other invoice has, also where capitals do not count, on every system.
pub(crate) fn file_name(id: &InvoiceId, extension: &str) -> String {
    let safe = |character: char| if character == ':' { '_' } else { character };
    let readable: String = id.as_str().chars().map(safe).collect();
    let readable = readable.trim_start_matches('.');
    format!("{readable}-{:08x}.{extension}", id.fingerprint() >> 96)
}

/// What is there is not what would be written now.
pub(crate) fn differs(bill: &Bill) -> StageError {
    let message = "a file of the invoice is there with another content: compare both, and remove the one that is wrong";
    StageError::review(code::FILES_DIFFERS, message).with_candidate(bill)
}

fn keep(folder: &Path, name: &str, content: &[u8]) -> io::Result<Kept> {
    let kept = match find(folder, name)? {
        Some(found) => judged(&found, content),
        None => write(folder, name, content)?,
    };
    // Also what another attempt has written must be durable before anybody relies on it.
    File::open(folder)?.sync_all()?;
    Ok(kept)
}

/// In the folder first: what is moved meanwhile is found in the second place.
fn find(folder: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    for path in [folder.join(name), folder.join(DONE).join(name)] {
        match fs::read(path) {
            Ok(content) => return Ok(Some(content)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<Kept> {
    let mut file = tempfile::Builder::new()
        .prefix(".")
        .suffix(".part")
        .permissions(Permissions::from_mode(MODE))
        .tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(folder.join(name)) {
        Ok(_) => Ok(Kept::Same),
        // Another has it, or a network's file system lost the answer to our own request.
        Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => {
            find(folder, name)?.map(|found| judged(&found, content)).ok_or(refused.error)
        }
        Err(refused) => Err(refused.error),
    }
}

fn judged(found: &[u8], content: &[u8]) -> Kept {
    if found == content { Kept::Same } else { Kept::Other }
}

fn unavailable(error: &io::Error) -> StageError {
    // The system's words name no file.
    let message =
        format!("the folder of bills cannot be used: {}: make it writable, on a disk with room", error.kind());
    StageError::unavailable(code::FILES_UNAVAILABLE, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::thread;
    use tempfile::TempDir;

    fn names(folder: &TempDir) -> Vec<String> {
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn of_many_who_write_a_file_at_once_one_does_and_it_is_whole() {
        let folder = TempDir::new().unwrap();
        let contents: Vec<Vec<u8>> = (0..8).map(|n| vec![b'a' + n; 100_000]).collect();
        let outcomes: Vec<Kept> = thread::scope(|scope| {
            let threads: Vec<_> = contents
                .iter()
                .map(|content| scope.spawn(|| keep(folder.path(), "bill.csv", content).unwrap()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|kept| **kept == Kept::Same).count(), 1);
        assert_eq!(names(&folder), ["bill.csv"]);
        assert!(contents.contains(&fs::read(folder.path().join("bill.csv")).unwrap()));
    }

    #[test]
    fn what_was_moved_to_done_is_not_written_again() {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join(DONE)).unwrap();
        assert_eq!(keep(folder.path(), "a", b"1").unwrap(), Kept::Same);
        fs::rename(folder.path().join("a"), folder.path().join(DONE).join("a")).unwrap();
        assert_eq!(keep(folder.path(), "a", b"1").unwrap(), Kept::Same);
        assert_eq!(keep(folder.path(), "a", b"2").unwrap(), Kept::Other);
        assert_eq!(names(&folder), [DONE]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_and_is_not_made() {
        let folder = TempDir::new().unwrap();
        let missing = folder.path().join("missing");
        assert_eq!(keep(&missing, "a", b"1").unwrap_err().kind(), ErrorKind::NotFound);
        assert!(!missing.exists());
    }

    #[test]
    fn no_two_invoices_share_a_file_and_no_name_leaves_the_folder() {
        let ids = ["inv-42", "INV-42", "inv:42", "inv_42", "..", ".", "con", "-", "a:b"];
        let names: HashSet<String> =
            ids.iter().map(|id| file_name(&id.parse().unwrap(), "csv").to_lowercase()).collect();
        assert_eq!(names.len(), ids.len());
        for name in names {
            assert!(!name.starts_with('.') && !name.contains([':', '/', '\\']), "{name}");
        }
        assert_eq!(file_name(&"inv-42".parse().unwrap(), "csv").len(), "inv-42-00000000.csv".len());
    }
}
