//! The name of a replica that was given none.

use super::Mistake;
use std::process::{Command, Stdio};

/// The host's name, which in Kubernetes is the pod's.
pub(super) fn host_name() -> Option<String> {
    let from_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = from_kernel.or_else(ask_uname)?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

pub(super) fn unknown() -> Mistake {
    Mistake::new("instance", "default", "this host has no name: set one that is unique per replica")
}

/// For systems without `/proc`.
fn ask_uname() -> Option<String> {
    let output = Command::new("uname").arg("-n").stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()
}
