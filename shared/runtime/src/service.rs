//! A service's life: settings, logs, admin server, stage, drain, end.

use crate::admin::{self, Endpoints};
use crate::pipeline::Pipeline;
use crate::settings::Mistakes;
use crate::{Settings, shutdown, telemetry};
use anyhow::Context;
use engine::Handler;
use prometheus::{IntGauge, Opts, Registry};
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

/// The settings are wrong (`EX_USAGE`): a restart alone will not help.
const EXIT_SETTINGS: u8 = 64;
/// How long what is still running in the background may take once the stage has drained.
const LAST_TASKS: Duration = Duration::from_secs(1);

/// Runs one stage until SIGTERM or SIGINT; `build` makes its handler, inside the tokio runtime.
///
/// Prints one line `admin http://ADDRESS` to standard output once the admin server is bound. Exit codes: 0 after a
/// clean drain, 1 on failure or a second signal, 64 when settings are wrong or missing, all of them listed.
pub fn main<H: Handler>(build: impl FnOnce(&Settings) -> anyhow::Result<H>) -> ExitCode {
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
    match run(&settings, build) {
        Ok(()) => {
            tracing::info!("{} has drained and ends", H::STAGE);
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("{} ends: {error:#}", H::STAGE);
            ExitCode::from(if error.is::<Mistakes>() { EXIT_SETTINGS } else { 1 })
        }
    }
}

fn run<H: Handler>(settings: &Settings, build: impl FnOnce(&Settings) -> anyhow::Result<H>) -> anyhow::Result<()> {
    tracing::info!(settings = %settings.redacted(), "{} {} starts", H::STAGE, env!("CARGO_PKG_VERSION"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no tokio runtime")?;
    let ended = runtime.block_on(live(settings, build));
    runtime.shutdown_timeout(LAST_TASKS);
    ended
}

async fn live<H: Handler>(
    settings: &Settings,
    build: impl FnOnce(&Settings) -> anyhow::Result<H>,
) -> anyhow::Result<()> {
    let shutdown = shutdown::on_signals().context("cannot listen to signals")?;
    let pipeline = Pipeline::new();
    register_build_info(&pipeline.registry, H::STAGE.as_str())?;
    let endpoints =
        Endpoints { health: pipeline.probes.clone(), registry: pipeline.registry.clone(), shutdown: shutdown.clone() };
    let listen = settings.admin.listen;
    let bound =
        admin::serve(listen, endpoints).await.with_context(|| format!("cannot listen on admin.listen {listen}"))?;
    announce(bound);
    let handler = build(settings)?;
    pipeline.run(settings, handler, shutdown).await.context("the stage failed")
}

/// For whoever started us with port 0. That nobody reads it is no reason to fail.
fn announce(bound: SocketAddr) {
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "admin http://{bound}").and_then(|()| stdout.flush());
    tracing::info!("admin server on http://{bound}");
}

fn register_build_info(registry: &Registry, service: &str) -> prometheus::Result<()> {
    let info = IntGauge::with_opts(
        Opts::new("invoice_build_info", "Always 1; the labels say which program this is.")
            .const_label("service", service)
            .const_label("version", env!("CARGO_PKG_VERSION")),
    )?;
    info.set(1);
    registry.register(Box::new(info))
}
