//! `local down`: ends what `local up` started.

use std::time::Duration;

use anyhow::Result;
use local::{RunLock, layout};

/// The services drain first, then the broker ends.
const GRACE: Duration = Duration::from_secs(75);

pub(crate) fn run() -> Result<()> {
    match RunLock::end_holder(&layout::run(), GRACE)? {
        Some(pid) => println!("stopped (process {pid})"),
        None => println!("nothing runs"),
    }
    Ok(())
}
