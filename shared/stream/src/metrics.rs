//! The metrics of a stage. One struct; a metric's help text is its documentation.
//!
//! The stage itself is no label here: the registry puts it on everything that the process shows. Never an invoice id, a URL or a
//! vendor as a label: error codes are a closed set, invoices are not.

use contract::Cost;
use engine::core::{Load, Standing, WaitReason, Watch};
use engine::record::Source;
use engine::settle::{Exit, Settlement};
use instruments::SECONDS;
use rdkafka::statistics::Statistics;

/// A transaction takes milliseconds; one that waits for a broker takes seconds.
const TRANSACTION_SECONDS: &[f64] =
    &[0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Invoices wait for retries, limits and people: up to an hour.
const END_TO_END_SECONDS: &[f64] =
    &[0.25, 0.5, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];

instruments::metrics! {
    /// What a stage counts and shows.
    pub(crate) struct Metrics {
        /// Records that were received, by the topic they came from. After a crash some are received again.
        pub(crate) consumed: IntCounterVec("invoice_stage_records_consumed_total", "source"),
        /// Records that left the window, by the topic they came from and the way out.
        pub(crate) records: IntCounterVec("invoice_stage_records_total", "source", "exit"),
        /// Records that were sent to the retry topic, by the error.
        pub(crate) retries: IntCounterVec("invoice_stage_retries_total", "error_code"),
        /// Dead letters that were written, by the error and its class: `transient` and `unavailable` are those that were given up
        /// after all attempts, `review` waits for a person.
        pub(crate) dead_letters: IntCounterVec("invoice_dead_letters_total", "error_code", "class"),
        /// When a record last left this replica for the next stage, or became a bill, in seconds since 1970.
        pub(crate) last_success: Gauge("invoice_stage_last_success_timestamp_seconds"),
        /// How long a run of the handler took, without what it waited for permits.
        pub(crate) handle: Histogram("invoice_stage_handle_duration_seconds"; SECONDS),
        /// From submission to the end of the run, for runs that end in this stage, by whether a bill or a dead letter is the end.
        pub(crate) end_to_end: HistogramVec("invoice_end_to_end_duration_seconds", "exit"; END_TO_END_SECONDS),
        /// Handlers running now.
        pub(crate) in_air: IntGauge("invoice_stage_in_flight"),
        /// Records received and not yet handled.
        pub(crate) waiting: IntGauge("invoice_stage_waiting"),
        /// 1 for each reason for which the stage starts less than it could, else 0. `paused`: somebody has told it to.
        /// `breaker_open`: the dependency is taken to be down. `rate_limit`: calls wait for the limit by setting or after a refusal
        /// (429). `quota`: the dependency asked for a long wait, a quota of the day or a spend limit. `budget`: `llm.usd_per_hour` or
        /// `usd_per_day` is spent. `memory`: `engine.max_held_bytes` is reached.
        pub(crate) wait_reason: IntGaugeVec("invoice_stage_wait_reason", "reason"),
        /// 1 while the circuit breaker is open: for an outage, or for as long as the dependency asked to be left alone.
        pub(crate) breaker_open: IntGauge("invoice_stage_breaker_open"),
        /// Bytes of record values held in memory.
        pub(crate) held_bytes: IntGauge("invoice_stage_held_bytes"),
        /// Invoice ids in the admission index.
        pub(crate) known_ids: IntGauge("invoice_admission_known_ids"),
        /// Handlers that may run at once now; below the setting while the dependency is in trouble.
        pub(crate) concurrency: IntGauge("invoice_stage_concurrency"),
        /// Calls that wait for the rate limit.
        pub(crate) permits_waiting: IntGauge("invoice_stage_permits_waiting"),
        /// The part of this replica's share of the rate limit that refusals (429) have left, 0 to 1.
        pub(crate) rate_speed: Gauge("invoice_stage_rate_speed_ratio"),
        /// What this replica has used in the last minute of the limit of calls by setting, 0 to 1; the sum over the replicas is what
        /// the stage has used. Not there without a limit.
        pub(crate) rate_used: GaugeSet("invoice_stage_rate_used_ratio"),
        /// How long the record that holds the committed offset back could have been settled.
        pub(crate) oldest_open: GaugeSet("invoice_stage_oldest_open_seconds", "source", "partition"),
        /// How long something has been settled and not committed; 0 if nothing is.
        pub(crate) uncommitted: GaugeSet("invoice_stage_uncommitted_seconds", "source", "partition"),
        /// Transactions by outcome.
        pub(crate) transactions: IntCounterVec("kafka_transactions_total", "outcome"),
        /// From begin to the end of commit.
        pub(crate) transaction: Histogram("kafka_transaction_duration_seconds"; TRANSACTION_SECONDS),
        /// Rebalance events.
        pub(crate) rebalances: IntCounterVec("kafka_rebalances_total", "source", "event"),
        /// Assignments whose commit metadata was not ours, so that finished work may be repeated.
        pub(crate) foreign_metadata: IntCounterVec("kafka_foreign_commit_metadata_total", "source"),
        /// Records between what was handed to the stage and the end of the partition, of the partitions that this replica owns.
        pub(crate) lag: GaugeSet("kafka_consumer_lag_records", "topic", "partition"),
        /// Records that the client has fetched ahead.
        pub(crate) fetch_queue_records: IntGauge("kafka_fetch_queue_records"),
        /// Bytes of the records that the client has fetched ahead.
        pub(crate) fetch_queue_bytes: IntGauge("kafka_fetch_queue_bytes"),
        /// Records that the client has not brought to the brokers yet.
        pub(crate) producer_queue_records: IntGauge("kafka_producer_queue_records"),
        /// Bytes of the records that the client has not brought to the brokers yet.
        pub(crate) producer_queue_bytes: IntGauge("kafka_producer_queue_bytes"),
        /// From a request to a broker to its answer, over the last two seconds, by the client that asks: `fetch` (which lets the
        /// broker wait for records, up to 0.1 s) or `transactions`.
        pub(crate) round_trip: GaugeSet("kafka_broker_round_trip_seconds", "client", "broker", "quantile"),
        /// Tokens that were paid, by the model that answered and whether it read or wrote them.
        tokens: IntCounterVec("invoice_llm_tokens_total", "model", "direction"),
        /// US dollars paid by the prices in the settings, by model.
        usd: CounterVec("invoice_llm_usd_total", "model"),
    }
}

/// What a stage shows, for its documentation.
pub const METRICS: &[instruments::Described] = Metrics::DESCRIBED;

/// How often the clients tell of themselves.
pub(crate) const STATISTICS_MS: &str = "2000";

impl Metrics {
    /// With the series that must be seen at 0 before they ever move.
    pub(crate) fn fresh() -> Self {
        let metrics = Self::default();
        for source in Source::ALL {
            metrics.foreign_metadata.with_label_values(&[source.as_str()]);
            metrics.consumed.with_label_values(&[source.as_str()]);
        }
        metrics.waits(&[]);
        metrics
    }

    pub(crate) fn settled(&self, source: &str, settlement: &Settlement, wall_ms: i64) {
        let exit = settlement.exit.as_str();
        self.records.with_label_values(&[source, exit]).inc();
        if let Some(code) = &settlement.code {
            let class = settlement.class.map_or("", |class| class.as_str());
            match settlement.exit {
                Exit::Retried => self.retries.with_label_values(&[code.as_str()]).inc(),
                Exit::DeadLettered => self.dead_letters.with_label_values(&[code.as_str(), class]).inc(),
                _ => {}
            }
        }
        if settlement.exit == Exit::Forwarded {
            self.last_success.set(seconds_of(u64::try_from(wall_ms).unwrap_or(0)));
        }
        if let Some(took_ms) = settlement.took_ms {
            self.handle.observe(seconds_of(took_ms));
        }
        if let Some(ms) = settlement.end_to_end_ms {
            self.end_to_end.with_label_values(&[exit]).observe(seconds_of(u64::try_from(ms).unwrap_or(0)));
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
        let set = |gauge: &instruments::IntGauge, value: usize| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.in_air, load.in_air);
        set(&self.waiting, load.waiting);
        set(&self.held_bytes, load.held_bytes);
        set(&self.known_ids, load.known_ids);
        set(&self.concurrency, load.concurrency);
        set(&self.permits_waiting, load.permits_waiting);
        self.rate_speed.set(load.rate_speed);
        self.breaker_open.set(i64::from(load.breaker_open));
    }

    pub(crate) fn waits(&self, reasons: &[WaitReason]) {
        for reason in WaitReason::ALL {
            self.wait_reason.with_label_values(&[reason.as_str()]).set(i64::from(reasons.contains(&reason)));
        }
    }

    pub(crate) fn standing(&self, standing: &Standing) {
        let rate = standing.rate.filter(|rate| rate.limit > 0);
        self.rate_used.set(rate.map(|rate| ([], f64::from(rate.used) / f64::from(rate.limit))));
    }

    /// Partitions that are not among them have left.
    pub(crate) fn watched(&self, watches: &[Watch]) {
        let by_partition = |seconds: fn(&Watch) -> u64| {
            watches.iter().map(move |watch| {
                let (source, partition) = watch.partition;
                ([source.as_str().to_owned(), partition.to_string()], seconds_of(seconds(watch)))
            })
        };
        self.oldest_open.set(by_partition(|watch| watch.oldest_open_ms));
        self.uncommitted.set(by_partition(|watch| watch.uncommitted_ms));
    }

    /// What the fetching client says of itself.
    pub(crate) fn fetching(&self, statistics: &Statistics) {
        let partitions = || statistics.topics.values().flat_map(|topic| topic.partitions.values());
        self.fetch_queue_records.set(partitions().map(|one| one.fetchq_cnt).sum());
        let bytes: u64 = partitions().map(|one| one.fetchq_size).sum();
        self.fetch_queue_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        self.round_trips("fetch", statistics);
    }

    /// What the transactional client says of itself.
    pub(crate) fn producing(&self, statistics: &Statistics) {
        self.producer_queue_records.set(i64::try_from(statistics.msg_cnt).unwrap_or(i64::MAX));
        self.producer_queue_bytes.set(i64::try_from(statistics.msg_size).unwrap_or(i64::MAX));
        self.round_trips("transactions", statistics);
    }

    /// Of brokers that were asked something; those that are only names of where to begin have a negative number.
    fn round_trips(&self, client: &str, statistics: &Statistics) {
        let brokers = statistics.brokers.values().filter(|broker| broker.nodeid >= 0);
        let measured =
            brokers.filter_map(|broker| Some((broker.nodeid, broker.rtt.as_ref().filter(|rtt| rtt.cnt > 0)?)));
        let series = measured.flat_map(|(broker, rtt)| {
            let labels = |quantile: &str| [client.to_owned(), broker.to_string(), quantile.to_owned()];
            [("0.5", rtt.p50), ("0.99", rtt.p99)]
                .map(|(quantile, micros)| (labels(quantile), seconds_of_micros(micros)))
        });
        self.round_trip.set_for(client, series);
    }
}

fn seconds_of(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}

fn seconds_of_micros(micros: i64) -> f64 {
    std::time::Duration::from_micros(u64::try_from(micros).unwrap_or(0)).as_secs_f64()
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
