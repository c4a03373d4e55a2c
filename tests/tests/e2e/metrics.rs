use contract::Stage;
use contract::stages::Control;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;
use testkit::world::{Setup, World};
use testkit::{Metrics, Service};

const SOON: Duration = Duration::from_secs(90);
const CONSOLE: &str = "console";
const RECONCILE: &str = "reconcile";

/// Looks at what every process shows, and keeps which metrics were seen to move as they should.
struct Witness {
    world: World,
    console: Service,
    run: tempfile::TempDir,
    moved: BTreeSet<String>,
    next: u32,
}

impl Witness {
    fn new(setup: &Setup) -> Self {
        let world = World::start(setup);
        let run = tempfile::tempdir().unwrap();
        let view = run.path().join("view.db").display().to_string();
        let mut env = world.env().to_vec();
        env.push(("INVOICES__CONSOLE__LISTEN".to_owned(), "127.0.0.1:0".to_owned()));
        env.push(("INVOICES__CONSOLE__VIEW".to_owned(), view));
        let mut console = Service::start(CONSOLE, "c0", &env, run.path());
        console.wait_ready();
        Self { world, console, run, moved: BTreeSet::new(), next: 0 }
    }

    fn scrape(&mut self, who: &str) -> Metrics {
        match Stage::ALL.into_iter().find(|stage| stage.as_str() == who) {
            Some(stage) => self.world.service(stage).metrics(),
            None if who == RECONCILE => {
                Metrics::read(&std::fs::read_to_string(self.run.path().join("books.prom")).unwrap_or_default())
            }
            None => self.console.metrics(),
        }
    }

    /// Waits until a sample is there whose value is as wanted.
    async fn until(&mut self, who: &str, sample: &str, wanted: impl Fn(f64) -> bool) {
        let look = async {
            loop {
                let metrics = self.scrape(who);
                if metrics.samples().any(|(name, value)| name == sample && wanted(value)) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        if tokio::time::timeout(SOON, look).await.is_err() {
            let metric = metric_of(sample).to_owned();
            let there: Vec<String> = self
                .scrape(who)
                .samples()
                .filter(|(name, _)| metric_of(name) == metric)
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            panic!("{who} never showed {sample} as wanted; last: {there:?}");
        }
        self.moved.insert(metric_of(sample).to_owned());
    }

    async fn submit(&mut self, invoices: u32) -> HashSet<contract::InvoiceId> {
        let publisher = self.world.publisher();
        let mut ids = HashSet::new();
        for number in self.next..self.next + invoices {
            ids.insert(
                self.world.submit(&publisher, self.world.sandbox.pdf(&format!("numbered/{number}")), None).await,
            );
        }
        self.next += invoices;
        ids
    }

    async fn end(&self, ids: &HashSet<contract::InvoiceId>) {
        self.world.wait_ended(ids, SOON).await;
    }
}

/// The metric of a sample, as rules name it.
fn metric_of(sample: &str) -> &str {
    sample.split('{').next().unwrap_or(sample)
}

/// The metrics that rules are about.
fn named_by_rules() -> BTreeSet<String> {
    let rules = include_str!("../../../observability/rules/invoices.yaml");
    let words =
        rules.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_' || character == ':'));
    words.filter(|word| word.starts_with("invoice_") || word.starts_with("kafka_")).map(str::to_owned).collect()
}

const fn positive(value: f64) -> bool {
    value > 0.0
}

fn is_on(value: f64) -> bool {
    (value - 1.0).abs() < f64::EPSILON
}

fn is_off(value: f64) -> bool {
    value.abs() < f64::EPSILON
}

fn reason(reason: &str) -> String {
    format!("invoice_stage_wait_reason{{reason=\"{reason}\"}}")
}

async fn invoices_become_bills(witness: &mut Witness) {
    let ids = witness.submit(6).await;
    witness.end(&ids).await;
    for stage in Stage::ALL.map(Stage::as_str) {
        witness.until(stage, &build_info(stage), is_on).await;
        let left = "invoice_stage_records_total{exit=\"forwarded\",source=\"main\"}";
        witness.until(stage, left, |records| records >= 6.0).await;
        witness.until(stage, "invoice_stage_records_consumed_total{source=\"main\"}", |records| records >= 6.0).await;
        witness.until(stage, "invoice_stage_last_success_timestamp_seconds", |at| at > 1_700_000_000.0).await;
        witness.until(stage, "kafka_transactions_total{outcome=\"committed\"}", positive).await;
        witness.until(stage, "kafka_rebalances_total{event=\"assign\",source=\"main\"}", positive).await;
        for partition in 0..4 {
            let lag = format!(
                "kafka_consumer_lag_records{{partition=\"{partition}\",topic=\"{}\"}}",
                witness.world.topics.main(stage.parse().unwrap())
            );
            witness.until(stage, &lag, is_off).await;
            let of_partition = format!("{{partition=\"{partition}\",source=\"main\"}}");
            witness.until(stage, &format!("invoice_stage_oldest_open_seconds{of_partition}"), is_off).await;
            witness.until(stage, &format!("invoice_stage_uncommitted_seconds{of_partition}"), is_off).await;
        }
        witness.until(stage, "kafka_foreign_commit_metadata_total{source=\"main\"}", is_off).await;
        let round_trips = witness.scrape(stage);
        assert!(
            round_trips
                .samples()
                .any(|(name, value)| name.starts_with("kafka_broker_round_trip_seconds") && value > 0.0),
            "{stage} has asked its brokers"
        );
    }
    let last = Stage::PostToZoho.as_str();
    let within = "invoice_end_to_end_duration_seconds_bucket{exit=\"forwarded\",le=\"120\"}";
    witness.until(last, within, |bills| bills >= 6.0).await;
    witness.until(last, "invoice_end_to_end_duration_seconds_count{exit=\"forwarded\"}", |bills| bills >= 6.0).await;
    for (who, system) in [("fetch-extract", "pdf"), ("llm-structure", "llm"), ("post-to-zoho", "zoho")] {
        let calls = format!("invoice_external_request_duration_seconds_count{{code=\"ok\",system=\"{system}\"}}");
        witness.until(who, &calls, |calls| calls >= 6.0).await;
    }
    witness.until(last, "invoice_zoho_calls_per_day_limit", |calls| (calls - 5_000.0).abs() < 0.5).await;
    witness
        .until("fetch-extract", "invoice_extraction_duration_seconds_count{code=\"ok\",job=\"text\"}", positive)
        .await;
    let paid = witness.scrape("llm-structure");
    let usd = paid.samples().find(|(name, _)| name.starts_with("invoice_llm_usd_total")).unwrap().0.to_owned();
    witness.until("llm-structure", &usd, positive).await;
    witness
        .until("llm-structure", "invoice_llm_budget_used_ratio{period=\"day\"}", |used| used > 0.0 && used < 1.0)
        .await;
    witness.until(CONSOLE, "invoice_console_view_caught_up", is_on).await;
}

fn build_info(service: &str) -> String {
    format!("invoice_build_info{{service=\"{service}\",version=\"{}\"}}", env!("CARGO_PKG_VERSION"))
}

/// At once, and after all attempts; both wait for somebody then.
async fn invoices_become_dead_letters(witness: &mut Witness) {
    witness.world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 400}));
    let refused = witness.submit(1).await;
    witness.end(&refused).await;
    witness.world.sandbox.clear_faults();
    let at_once = "invoice_dead_letters_total{class=\"permanent\",error_code=\"llm.bad_request\"}";
    witness.until("llm-structure", at_once, is_on).await;
    witness.world.sandbox.fault(&json!({"endpoint": "pdf", "kind": "status", "status": 503}));
    let given_up = witness.submit(1).await;
    witness.end(&given_up).await;
    witness.world.sandbox.clear_faults();
    let retries = "invoice_stage_retries_total{error_code=\"fetch.server_error\"}";
    witness.until("fetch-extract", retries, positive).await;
    let exhausted = "invoice_dead_letters_total{class=\"transient\",error_code=\"fetch.server_error\"}";
    witness.until("fetch-extract", exhausted, is_on).await;
    for (stage, code) in [("llm-structure", "llm.bad_request"), ("fetch-extract", "fetch.server_error")] {
        let open = format!("invoice_dead_letters_open{{error_code=\"{code}\",stage=\"{stage}\"}}");
        witness.until(CONSOLE, &open, is_on).await;
        let oldest = format!("invoice_dead_letters_oldest_timestamp_seconds{{stage=\"{stage}\"}}");
        witness.until(CONSOLE, &oldest, |at| at > 1_700_000_000.0).await;
    }
    let discarded = refused.iter().next().unwrap().as_str();
    assert!(witness.world.invoicectl(&["dlq", "discard", discarded, "--reason", "a test"]).status.success());
    let gone = async {
        while witness.console.metrics().samples().any(|(name, _)| name.contains("llm.bad_request")) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(SOON, gone).await.expect("what nobody waits for any more has no series");
}

async fn the_model_refuses_for_its_rate_and_goes_away(witness: &mut Witness) {
    let refusal = json!({"endpoint": "llm", "kind": "status", "status": 429, "retry_after": 2, "count": 1});
    witness.world.sandbox.fault(&refusal);
    let ids = witness.submit(1).await;
    witness.until("llm-structure", "invoice_stage_rate_speed_ratio", |speed| speed < 1.0).await;
    witness.until("llm-structure", &reason("rate_limit"), is_on).await;
    witness.end(&ids).await;
    witness.world.sandbox.clear_faults();
    witness.world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 529}));
    let ids = witness.submit(12).await;
    witness.until("llm-structure", &reason("breaker_open"), is_on).await;
    witness.until("llm-structure", "invoice_stage_breaker_open", is_on).await;
    witness.until("llm-structure", "invoice_stage_waiting", positive).await;
    witness.world.sandbox.clear_faults();
    witness.end(&ids).await;
    witness.until("llm-structure", &reason("breaker_open"), is_off).await;
}

async fn somebody_pauses(witness: &mut Witness) {
    let said = |paused| Control {
        stage: Stage::LlmStructure,
        paused,
        actor: "asha".to_owned(),
        reason: Some("prices".to_owned()),
        at_ms: 7,
    };
    witness.world.publisher().control(&said(true)).await.unwrap();
    witness.until("llm-structure", &reason("paused"), is_on).await;
    witness.world.publisher().control(&said(false)).await.unwrap();
    witness.until("llm-structure", &reason("paused"), is_off).await;
}

async fn the_books_are_compared(witness: &mut Witness) {
    let path = witness.run.path().join("books.prom").display().to_string();
    let output = witness.world.invoicectl(&["reconcile", "--since", "1d", "--grace", "0s", "--metrics", &path]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    witness.until(RECONCILE, "invoice_reconcile_differences{kind=\"missing\"}", is_off).await;
    witness.until(RECONCILE, "invoice_reconcile_last_success_timestamp_seconds", |at| at > 1_700_000_000.0).await;
}

async fn the_money_and_then_the_calls_of_the_day_are_used_up(witness: &mut Witness) {
    let stage = Stage::LlmStructure;
    witness.world.replicas(stage).clear();
    witness.world.set("INVOICES__LLM__USD_PER_DAY", "0.001");
    witness.world.add(stage, stage.as_str());
    witness.submit(1).await;
    witness.until("llm-structure", "invoice_llm_budget_used_ratio{period=\"day\"}", |used| used >= 1.0).await;
    witness.submit(1).await;
    witness.until("llm-structure", &reason("budget"), is_on).await;
    witness.until("llm-structure", &reason("quota"), is_off).await;
    witness.world.replicas(stage).clear();
    witness.world.set("INVOICES__LLM__USD_PER_DAY", "0");
    witness.world.add(stage, stage.as_str());
    witness.submit(60).await;
    witness.until("post-to-zoho", &reason("quota"), is_on).await;
    witness.until("post-to-zoho", &reason("budget"), is_off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_that_a_rule_names_is_shown_and_moves_as_the_rule_takes_it_to() {
    let env = [
        ("INVOICES__ZOHO__CALLS_PER_DAY", "5000"),
        ("INVOICES__LLM__USD_PER_DAY", "100"),
        ("INVOICES__LLM__REQUESTS_PER_MINUTE", "100000"),
    ];
    let env = env.map(|(name, value)| (name, value.to_owned())).into();
    let mut witness = Witness::new(&Setup { env, sandbox: vec!["--daily", "150"], ..Setup::default() });
    invoices_become_bills(&mut witness).await;
    invoices_become_dead_letters(&mut witness).await;
    the_model_refuses_for_its_rate_and_goes_away(&mut witness).await;
    somebody_pauses(&mut witness).await;
    the_books_are_compared(&mut witness).await;
    the_money_and_then_the_calls_of_the_day_are_used_up(&mut witness).await;
    let named = named_by_rules();
    assert!(named.len() > 15, "the rules were not read: {named:?}");
    let unseen: BTreeSet<&String> = named.difference(&witness.moved).collect();
    assert!(unseen.is_empty(), "rules are about what was not seen to move: {unseen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lag_of_a_partition_is_shown_by_the_replica_that_owns_it_and_by_no_other() {
    let stage = Stage::FetchExtract;
    let mut world = World::new(&Setup::default());
    world.add(stage, stage.as_str());
    world.service(stage).wait_ready();
    let topic = world.topics.main(stage);
    let owners = |world: &mut World| {
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        for replica in world.replicas(stage) {
            let metrics = replica.metrics();
            let lags =
                metrics.samples().filter(|(name, _)| name.starts_with("kafka_consumer_lag") && name.contains(&topic));
            // The retry topic's name begins with the main topic's.
            lags.filter(|(name, _)| name.contains(&format!("\"{topic}\""))).for_each(|(name, _)| {
                *owners.entry(name.to_owned()).or_default() += 1;
            });
        }
        owners
    };
    let once = |owners: &BTreeMap<String, usize>| owners.len() == 4 && owners.values().all(|count| *count == 1);
    testkit::until("one replica shows all lags", SOON, || once(&owners(&mut world))).await;
    world.add(stage, stage.as_str());
    testkit::until("two replicas show each lag once", SOON, || {
        let each = world.replicas(stage).iter_mut().map(|replica| replica.metrics().main_partitions().len()).min();
        each > Some(0) && once(&owners(&mut world))
    })
    .await;
}
