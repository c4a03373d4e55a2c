//! The language model answers 529 "overloaded" to everybody for a while.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use local::http;
use serde_json::json;

/// An overload that ends by itself.
pub(crate) struct Overload(JoinHandle<local::Result<http::Answer>>);

impl Overload {
    pub(crate) fn begin(sandbox: &str, lasting: Duration) -> Result<Self> {
        let faults = format!("{sandbox}/_sandbox/faults");
        let fault = json!({"endpoint": "llm", "kind": "status", "when": "before", "status": 529});
        let id = http::post_json(&faults, &fault)?["id"].as_u64().context("the sandbox gave the fault no id")?;
        let url = format!("{faults}/{id}");
        Ok(Self(thread::spawn(move || {
            thread::sleep(lasting);
            http::delete(&url)
        })))
    }

    /// Waits for its end.
    pub(crate) fn end(self) -> Result<()> {
        let Ok(removed) = self.0.join() else { bail!("the overload's thread panicked") };
        let removed = removed?;
        if !(200..300).contains(&removed.status) {
            bail!("the sandbox did not remove the overload: status {}", removed.status);
        }
        Ok(())
    }
}
