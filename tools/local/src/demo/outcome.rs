//! Waiting until each invoice has ended.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use local::os::signal::Shutdown;

use super::Ctl;

const POLL: Duration = Duration::from_millis(250);

/// How one submitted invoice ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Posted,
    /// Dead, for review, or closed by a person.
    DeadLettered,
    /// Not within the deadline; with where it was seen last.
    Open(String),
}

/// The outcomes, in the order of the ids. They are asked for one after the other: all must end anyway.
pub(crate) fn await_all(ctl: &Ctl<'_>, ids: &[String], deadline: Instant, shutdown: &Shutdown) -> Result<Vec<Outcome>> {
    ids.iter().map(|id| await_one(ctl, id, deadline, shutdown)).collect()
}

fn await_one(ctl: &Ctl<'_>, id: &str, deadline: Instant, shutdown: &Shutdown) -> Result<Outcome> {
    loop {
        let status = ctl.status(id)?;
        match status.as_ref().map(|status| status.state.as_str()) {
            Some("posted") => return Ok(Outcome::Posted),
            Some("dead" | "review" | "discarded") => return Ok(Outcome::DeadLettered),
            _ if Instant::now() >= deadline => {
                let seen = status.map(|s| format!("{} at {}, {}", s.state, s.stage, s.error_code.unwrap_or_default()));
                return Ok(Outcome::Open(seen.unwrap_or_else(|| "never seen".to_owned())));
            }
            _ => pause(shutdown)?,
        }
    }
}

/// How many of these submissions were dropped as duplicates, waiting until `expected` were.
pub(crate) fn await_duplicates(
    ctl: &Ctl<'_>,
    ids: &[String],
    expected: usize,
    deadline: Instant,
    shutdown: &Shutdown,
) -> Result<usize> {
    let ours: HashSet<&str> = ids.iter().map(String::as_str).collect();
    loop {
        let dropped = ctl.duplicates()?.iter().filter(|event| ours.contains(event.invoice_id.as_str())).count();
        if dropped >= expected || Instant::now() >= deadline {
            return Ok(dropped);
        }
        pause(shutdown)?;
    }
}

fn pause(shutdown: &Shutdown) -> Result<()> {
    if shutdown.wait(POLL) {
        bail!("interrupted");
    }
    Ok(())
}
