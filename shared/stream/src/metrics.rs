//! The metrics of a stage. One struct; a metric's help text is its documentation.
//!
//! Never an invoice id, a URL or a vendor as a label: error codes are a closed set, invoices are not.

use contract::Cost;
use engine::core::{Load, Watch};
use engine::settle::{Exit, Settlement};
use prometheus::{
    CounterVec, Gauge, GaugeVec, Histogram, HistogramOpts, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    core::Collector,
};

/// From 5 ms to 120 s: PDFs and language models have a long tail.
const SECONDS: [f64; 18] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 30.0, 60.0, 120.0];

/// A transaction takes milliseconds; one that waits for a broker takes seconds.
const TRANSACTION_SECONDS: [f64; 18] =
    [0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) records: IntCounterVec,
    pub(crate) errors: IntCounterVec,
    pub(crate) handle_seconds: Histogram,
    pub(crate) end_to_end_seconds: Histogram,
    pub(crate) in_air: IntGauge,
    pub(crate) waiting: IntGauge,
    pub(crate) held_bytes: IntGauge,
    pub(crate) breaker_open: IntGauge,
    pub(crate) paused: IntGauge,
    pub(crate) known_ids: IntGauge,
    pub(crate) concurrency: IntGauge,
    pub(crate) permits_waiting: IntGauge,
    pub(crate) rate_speed: Gauge,
    pub(crate) oldest_open: GaugeVec,
    pub(crate) uncommitted: GaugeVec,
    pub(crate) transactions: IntCounterVec,
    pub(crate) transaction_seconds: Histogram,
    pub(crate) rebalances: IntCounterVec,
    pub(crate) foreign_metadata: IntCounterVec,
    pub(crate) lag: IntGaugeVec,
    tokens: IntCounterVec,
    usd: CounterVec,
}

impl Metrics {
    /// # Errors
    /// When the registry already has one of these metrics.
    pub(crate) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let seconds = |name: &str, help: &str, buckets: [f64; 18]| {
            let opts = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            add(registry, Histogram::with_opts(opts)?)
        };
        let counter =
            |name: &str, help: &str, labels: &[&str]| add(registry, IntCounterVec::new(Opts::new(name, help), labels)?);
        let gauge = |name: &str, help: &str| add(registry, IntGauge::new(name, help)?);
        let by_partition =
            |name: &str, help: &str| add(registry, GaugeVec::new(Opts::new(name, help), &["source", "partition"])?);
        Ok(Self {
            records: counter(
                "invoice_stage_records_total",
                "Records that left the window, by the topic they came from and the way out.",
                &["source", "exit"],
            )?,
            errors: counter(
                "invoice_stage_errors_total",
                "Records that were retried or dead-lettered, by error code.",
                &["exit", "code"],
            )?,
            handle_seconds: seconds("invoice_stage_handle_seconds", "How long a run of the handler took.", SECONDS)?,
            end_to_end_seconds: seconds(
                "invoice_end_to_end_seconds",
                "From submission to the end of the run, for runs that end in this stage.",
                SECONDS,
            )?,
            in_air: gauge("invoice_stage_in_flight", "Handlers running now.")?,
            waiting: gauge("invoice_stage_waiting", "Records received and not yet handled.")?,
            held_bytes: gauge("invoice_stage_held_bytes", "Bytes of record values held in memory.")?,
            breaker_open: gauge("invoice_stage_breaker_open", "1 while the dependency is taken to be away.")?,
            paused: gauge("invoice_stage_paused", "1 while somebody has paused the stage.")?,
            known_ids: gauge("invoice_admission_known_ids", "Invoice ids in the admission index.")?,
            concurrency: gauge(
                "invoice_stage_concurrency",
                "Handlers that may run at once now; below the setting while the dependency is in trouble.",
            )?,
            permits_waiting: gauge("invoice_stage_permits_waiting", "Calls that wait for the rate limit.")?,
            rate_speed: add(
                registry,
                Gauge::new(
                    "invoice_stage_rate_speed_ratio",
                    "The part of this replica's share of the rate limit that refusals (429) have left, 0 to 1.",
                )?,
            )?,
            oldest_open: by_partition(
                "invoice_stage_oldest_open_seconds",
                "How long the record that holds the committed offset back could have been settled.",
            )?,
            uncommitted: by_partition(
                "invoice_stage_uncommitted_seconds",
                "How long something has been settled and not committed; 0 if nothing is.",
            )?,
            transactions: counter("kafka_transactions_total", "Transactions by outcome.", &["outcome"])?,
            transaction_seconds: seconds(
                "kafka_transaction_seconds",
                "From begin to the end of commit.",
                TRANSACTION_SECONDS,
            )?,
            rebalances: counter("kafka_rebalances_total", "Rebalance events.", &["source", "event"])?,
            foreign_metadata: counter(
                "kafka_foreign_commit_metadata_total",
                "Assignments whose commit metadata was not ours, so that finished work may be repeated.",
                &["source"],
            )?,
            lag: add(
                registry,
                IntGaugeVec::new(
                    Opts::new("kafka_consumer_lag_records", "Records behind the end of the partition."),
                    &["topic", "partition"],
                )?,
            )?,
            tokens: counter(
                "invoice_llm_tokens_total",
                "Tokens that were paid, by the model that answered and whether it read or wrote them.",
                &["model", "direction"],
            )?,
            usd: add(
                registry,
                CounterVec::new(
                    Opts::new("invoice_llm_usd_total", "US dollars paid by the prices in the settings, by model."),
                    &["model"],
                )?,
            )?,
        })
    }

    pub(crate) fn settled(&self, source: &str, settlement: &Settlement) {
        self.records.with_label_values(&[source, settlement.exit.as_str()]).inc();
        if let (Some(code), Exit::Retried | Exit::DeadLettered) = (&settlement.code, settlement.exit) {
            self.errors.with_label_values(&[settlement.exit.as_str(), code.as_str()]).inc();
        }
        if let Some(took_ms) = settlement.took_ms {
            self.handle_seconds.observe(seconds_of(took_ms));
        }
        if let Some(ms) = settlement.end_to_end_ms {
            self.end_to_end_seconds.observe(seconds_of(u64::try_from(ms).unwrap_or(0)));
        }
    }

    /// An attempt has paid a language model.
    pub(crate) fn paid(&self, cost: &Cost) {
        for (direction, tokens) in [("read", cost.input_tokens), ("written", cost.output_tokens)] {
            self.tokens.with_label_values(&[cost.model.as_str(), direction]).inc_by(tokens);
        }
        self.usd.with_label_values(&[&cost.model]).inc_by(f64::try_from(cost.usd).unwrap_or_default());
    }

    pub(crate) fn load(&self, load: Load) {
        let set = |gauge: &IntGauge, value: usize| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.in_air, load.in_air);
        set(&self.waiting, load.waiting);
        set(&self.held_bytes, load.held_bytes);
        set(&self.known_ids, load.known_ids);
        set(&self.concurrency, load.concurrency);
        set(&self.permits_waiting, load.permits_waiting);
        self.rate_speed.set(load.rate_speed);
        self.breaker_open.set(i64::from(load.breaker_open));
        self.paused.set(i64::from(load.paused));
    }

    /// Partitions that are not among them have left.
    pub(crate) fn watched(&self, watches: &[Watch]) {
        self.oldest_open.reset();
        self.uncommitted.reset();
        for watch in watches {
            let labels = [watch.partition.0.as_str(), &watch.partition.1.to_string()];
            self.oldest_open.with_label_values(&labels).set(seconds_of(watch.oldest_open_ms));
            self.uncommitted.with_label_values(&labels).set(seconds_of(watch.uncommitted_ms));
        }
    }
}

fn add<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> Result<C, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

fn seconds_of(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}
