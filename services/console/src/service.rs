//! The console's life: the view, what feeds it, the desk, the server, and the end.

use crate::auth::Guard;
use crate::desk::{Desk, Limits, Parts};
use crate::follow::{self, Keep};
use crate::live::Live;
use crate::metrics::Metrics;
use crate::pages::routes::Books;
use crate::progress::Progress;
use crate::server::{self, App};
use crate::stages::Stages;
use crate::view::{Place, View};
use anyhow::Context;
use documents::Documents;
use fetch_extract::extract::Pool;
use llm_structure::Company;
use prometheus::Registry;
use runtime::Settings;
use runtime::admin::Health;
use runtime::settings::Ledger;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the probes look at: the view and its reading, once it is open.
#[derive(Debug, Default)]
struct Probes(OnceLock<(View, Progress)>);

/// Runs the console until SIGTERM or SIGINT. Prints `admin http://ADDRESS` and then `console http://ADDRESS` to standard output as
/// soon as each is bound.
#[must_use]
pub fn main() -> ExitCode {
    let (probes, registry) = (Arc::new(Probes::default()), Registry::new());
    runtime::program("console", probes.clone(), registry.clone(), async move |settings, shutdown| {
        run(settings, &probes, &registry, shutdown).await
    })
}

async fn run(
    settings: &Settings,
    probes: &Probes,
    registry: &Registry,
    shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let view = View::open(&place(settings)).context("the view cannot be opened")?;
    let progress = Progress::new();
    let metrics = Metrics::new(registry, &view, &progress)?;
    probes.0.set((view.clone(), progress.clone())).ok();
    tokio::spawn(metrics.clone().follow(view.clone()));
    let stages = feed(settings, &view, progress);
    let live = Live::start(&view, &stages, metrics.clone());
    let guard = Guard::new(&settings.console, metrics.clone());
    let parts = parts(settings, view, &live, stages)?;
    instruments::register(registry, parts.pool.metrics())?;
    let desk = Desk::new(parts)?;
    desk.listen();
    let listen = settings.console.listen;
    let listener = TcpListener::bind(listen).await;
    let listener = listener.with_context(|| format!("cannot listen on console.listen {listen}"))?;
    runtime::announce("console", listener.local_addr()?);
    let books = books(settings);
    server::serve(listener, App { desk, guard, live, metrics, books, shutdown }).await.context("the server failed")
}

/// Begins to read the topics, for as long as the process lives.
fn feed(settings: &Settings, view: &View, progress: Progress) -> Stages {
    let (kafka, topics, layout) = (settings.kafka_client(), settings.topic_names(), &settings.topics);
    let days = |days: u32| Duration::from_hours(24 * u64::from(days));
    let keep =
        Keep { history: days(layout.history_retention_days), dead_letters: days(layout.dead_letter_retention_days) };
    let stages = Stages::new();
    tokio::spawn(follow::follow(view.clone(), kafka.clone(), topics.clone(), keep, progress));
    tokio::spawn(stages.clone().follow(kafka, topics));
    stages
}

fn parts(settings: &Settings, view: View, live: &Live, stages: Stages) -> anyhow::Result<Parts> {
    Ok(Parts {
        view,
        live: live.clone(),
        stages,
        kafka: settings.kafka_client(),
        topics: settings.topic_names(),
        documents: Documents::open(&settings.documents.location, &settings.documents.options)?,
        pool: Pool::of_this_executable(&settings.fetch).context("the path of this executable is unknown")?,
        company: Company::from(settings),
        limits: Limits { pdf_bytes: settings.fetch.max_bytes, input_bytes: settings.topics.max_message_bytes },
    })
}

/// Zoho's own pages, if bills go there and not to a stand-in for it.
fn books(settings: &Settings) -> Option<Books> {
    let url = settings.zoho.books_url().filter(|_| settings.ledger == Ledger::Zoho)?;
    Some(Books { url: url.to_owned(), organization: settings.zoho.organization_id.clone() })
}

fn place(settings: &Settings) -> Place {
    let file = &settings.console.view;
    if file.is_empty() { Place::Memory } else { Place::File(file.into()) }
}

impl Health for Probes {
    /// A console whose reading has died would show ever older things until somebody noticed.
    fn live(&self) -> bool {
        self.0.get().is_none_or(|(_, progress)| progress.is_alive())
    }

    fn ready(&self) -> bool {
        self.0.get().is_some_and(|(view, _)| view.caught_up())
    }

    fn checks(&self) -> Vec<(&'static str, bool)> {
        vec![("view", self.ready()), ("reading", self.live())]
    }
}
