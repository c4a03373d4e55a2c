//! What tests look at from outside.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use local::Launch;

pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A shell script as a child named `name`, with its log in `dir`.
pub(crate) fn script(name: &str, dir: &Path, text: &str) -> Launch {
    Launch {
        name: name.to_owned(),
        program: "sh".into(),
        args: vec!["-c".into(), text.into()],
        env: vec![("WORD".to_owned(), "hello".to_owned())],
        log: dir.join(format!("{name}.log")),
    }
}

/// The letter of a process's state, `None` if there is no such process.
pub(crate) fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

/// A zombie does not run: whoever inherited it has only not collected it yet.
pub(crate) fn runs(pid: u32) -> bool {
    state(pid).is_some_and(|state| state != 'Z')
}

pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        thread::yield_now();
    }
}
