//! `invoicectl reconcile`.

mod metrics;
mod statuses;

use crate::context::Context;
use crate::day::Day;
use crate::duration;
use crate::exit::Exit;
use crate::output::{Format, line};
use anyhow::Context as _;
use chrono::Utc;
use clap::Args;
use post_to_zoho::compare::{self, Budget, Difference, Names, Period, Reader};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// Compares the bills that were posted with those in Zoho Books, both ways: what was deleted, doubled or changed there, what
/// nobody knows, and what somebody has entered by hand while the invoice waits.
///
/// Days are of UTC. Bills that were made or changed in Zoho Books since then are read, 200 with a call, and those that were
/// posted since then and are not among them are asked for one by one. It only reads.
#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    /// What was posted, and what was made or changed in Zoho Books, from this day on: 2026-11-01, or 7d for seven days ago.
    #[arg(long, value_name = "DATE|DAYS")]
    since: Day,
    /// Until the end of this day.
    #[arg(long, value_name = "DATE|DAYS")]
    until: Option<Day>,
    /// What was posted so short a time ago is not looked for: Zoho's lists lag behind what was just created.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration::parse)]
    grace: Duration,
    /// Calls a minute, in place of the twentieth of zoho.calls_per_minute that the services leave; 0 for no limit.
    #[arg(long, value_name = "N")]
    calls_per_minute: Option<u32>,
    /// Gives up rather than make more calls: they count to the organisation's calls of the day.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_calls: u32,
    /// Writes Prometheus' text to this file, for node_exporter's textfile collector: a name that ends with .prom.
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    /// Sends the same to a Pushgateway, where nobody collects files: http://pushgateway:9091.
    #[arg(long, value_name = "URL")]
    push: Option<String>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// What was compared, and what came of it.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    period: Period,
    /// Bills of ours that were compared.
    checked: usize,
    /// Bills of Zoho's that were read.
    read: usize,
    /// Calls that it took.
    calls: u32,
    differences: Vec<Difference>,
}

impl Reconcile {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let now = Utc::now();
        let until = self.until.map_or(now, |day| day.end(now).min(now));
        let period = Period { since: self.since.start(now), until };
        if period.since >= period.until {
            eprintln!("invoicectl: --since is not before --until");
            return Ok(Exit::Usage);
        }
        let report = self.compare(context, period).await?;
        let text = metrics::text(&report, Utc::now())?;
        if let Some(path) = &self.metrics {
            metrics::write(path, &text).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        self.show(&report)?;
        if let Some(gateway) = &self.push {
            metrics::push(gateway, text).await.context("the Pushgateway does not take the result")?;
        }
        Ok(if report.differences.is_empty() { Exit::Done } else { Exit::Differs })
    }

    /// Zoho is read first: what is posted meanwhile is then known to both sides, or to ours alone and asked for.
    async fn compare(&self, context: &Context, period: Period) -> anyhow::Result<Report> {
        let mut budget = Budget::beside_the_services(&context.zoho, self.max_calls);
        budget.per_minute = self.calls_per_minute.unwrap_or(budget.per_minute);
        let mut reader = Reader::new(&context.zoho, budget)?;
        let mut books = reader.changed_since(period.since).await?;
        let ours = statuses::read(context, &period, &books).await?;
        let unseen = compare::unseen(&ours, &books, Utc::now() - self.grace);
        reader.look_for(&mut books, &unseen).await?;
        let differences = compare::differences(&ours, &books, &Names::new(&context.zoho), &period);
        Ok(Report { period, checked: ours.checked(), read: books.len(), calls: reader.calls(), differences })
    }

    fn show(&self, report: &Report) -> anyhow::Result<()> {
        let format = Format::new(self.json);
        if format == Format::Json {
            return format.write(report, |_| String::new());
        }
        for difference in &report.differences {
            line(&difference.to_string())?;
        }
        line(&format!(
            "differences: {}; posted bills compared: {}, bills read: {}, calls: {}",
            report.differences.len(),
            report.checked,
            report.read,
            report.calls
        ))
    }
}
