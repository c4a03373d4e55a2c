//! Where things lie: cargo's target folder, our binaries in it, and what a run leaves behind.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Files that cargo puts at the top of its target folder; the second only if it made the folder itself.
const MARKS: [&str; 2] = [".rustc_info.json", "CACHEDIR.TAG"];

/// Cargo's target folder: the one the running executable was built into, else `target` in the working folder.
pub fn target() -> PathBuf {
    let marked = |dir: &&Path| MARKS.iter().any(|mark| dir.join(mark).is_file());
    let built_into = env::current_exe().ok().and_then(|exe| exe.ancestors().find(marked).map(Path::to_path_buf));
    built_into.unwrap_or_else(|| env::current_dir().unwrap_or_default().join("target"))
}

/// What `local up` and `local demo` write: logs, `endpoints.json`, the broker's data, the documents.
pub fn run() -> PathBuf {
    target().join("run")
}

/// The document store of a run.
pub fn documents(run: &Path) -> PathBuf {
    run.join("documents")
}

/// What the console of a run has read, in a folder of its own as SQLite keeps several files.
pub fn view(run: &Path) -> PathBuf {
    run.join("view").join("console.sqlite")
}

/// One of our binaries, built beside the running executable (which may be a test in `deps/`).
pub fn binary(name: &str) -> Result<PathBuf> {
    let exe = env::current_exe().map_err(Error::file("find", "the running executable"))?;
    exe.ancestors()
        .skip(1)
        .take(2)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| Error::NotBuilt { name: name.to_owned(), near: exe })
}
