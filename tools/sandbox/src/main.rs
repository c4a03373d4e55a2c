//! The `sandbox` binary: settings, one server, a clean end on SIGTERM or ctrl-c.

use std::io::Write;

use clap::Parser;
use sandbox::{Settings, server};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).with_writer(std::io::stderr).init();

    let mut terminate = signal(SignalKind::terminate())?;
    let running = server::start(settings).await?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {}", running.url())?;
    stdout.flush()?;

    // Calls in the air are dropped on purpose: a hung fault must not hold up the end.
    tokio::select! {
        _ = terminate.recv() => {}
        result = tokio::signal::ctrl_c() => result?,
    }
    Ok(())
}
