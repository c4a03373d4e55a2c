//! A service's life: settings, logs, admin server, stage, drain, end.

use crate::admin::{self, Endpoints, Health};
use crate::metrics::Metrics;
use crate::pipeline::Pipeline;
use crate::settings::Mistakes;
use crate::{Settings, shutdown, telemetry};
use anyhow::Context;
use engine::Handler;
use prometheus::Registry;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The settings are wrong (`EX_USAGE`): a restart alone will not help.
const EXIT_SETTINGS: u8 = 64;
/// How long what is still running in the background may take once the stage has drained.
const LAST_TASKS: Duration = Duration::from_secs(1);

/// Runs one stage until SIGTERM or SIGINT; `build` makes its handler, inside the tokio runtime, and registers what it counts.
///
/// As [`program`], which it is an instance of.
pub fn main<H: Handler>(build: impl FnOnce(&Settings, &Registry) -> anyhow::Result<H>) -> ExitCode {
    let Pipeline { probes, registry } = Pipeline::new(H::STAGE);
    program(H::STAGE.as_str(), probes.clone(), registry.clone(), async |settings, shutdown| {
        let handler = build(settings, &registry)?;
        Pipeline { probes, registry }.run(settings, handler, shutdown).await.context("the stage failed")
    })
}

/// Runs a program of ours until SIGTERM or SIGINT: `run` is called inside the tokio runtime with the settings and with what turns
/// true at the first signal, and is to return once it has ended everything in order.
///
/// Prints one line `admin http://ADDRESS` to standard output once the admin server is bound, which answers from `health` and
/// `registry`. Exit codes: 0 after a clean end, 1 on failure or a second signal, 64 when settings are wrong or missing, all
/// of them listed.
pub fn program(
    name: &str,
    health: Arc<dyn Health>,
    registry: Registry,
    run: impl AsyncFnOnce(&Settings, watch::Receiver<bool>) -> anyhow::Result<()>,
) -> ExitCode {
    let settings = match Settings::load() {
        Ok(settings) => settings,
        Err(mistakes) => {
            eprintln!("{mistakes}");
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    if let Err(error) = telemetry::init(&settings.log) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    match in_runtime(name, &settings, health, registry, run) {
        Ok(()) => {
            tracing::info!("{name} has drained and ends");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("{name} ends: {error:#}");
            ExitCode::from(if error.is::<Mistakes>() { EXIT_SETTINGS } else { 1 })
        }
    }
}

/// Tells whoever started us, on standard output, where a server is: `admin http://127.0.0.1:9464`. That nobody reads it is no
/// reason to fail.
pub fn announce(what: &str, bound: SocketAddr) {
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{what} http://{bound}").and_then(|()| stdout.flush());
    tracing::info!("{what} server on http://{bound}");
}

fn in_runtime(
    name: &str,
    settings: &Settings,
    health: Arc<dyn Health>,
    registry: Registry,
    run: impl AsyncFnOnce(&Settings, watch::Receiver<bool>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    tracing::info!(settings = %settings.redacted(), "{name} {} starts", env!("CARGO_PKG_VERSION"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no tokio runtime")?;
    let ended = runtime.block_on(async {
        let shutdown = shutdown::on_signals().context("cannot listen to signals")?;
        let metrics = Metrics::default();
        metrics.build_info.with_label_values(&[name, env!("CARGO_PKG_VERSION")]).set(1);
        instruments::register(&registry, &metrics)?;
        let listen = settings.admin.listen;
        let endpoints = Endpoints { health, registry, shutdown: shutdown.clone() };
        let bound =
            admin::serve(listen, endpoints).await.with_context(|| format!("cannot listen on admin.listen {listen}"))?;
        announce("admin", bound);
        run(settings, shutdown).await
    });
    runtime.shutdown_timeout(LAST_TASKS);
    ended
}
