//! Seeded storms: the whole pipeline on a broker of its own while processes are killed and frozen, the broker dies,
//! transactions are cut, the outside world fails and people press buttons. Then the audit.
//!
//! A storm decides nothing about right and wrong: it only ends, and [`crate::audit`] reads what is left. Its sleeps
//! are the schedule of the strikes; that it is over is learned from the topics.

mod director;
mod fleet;
mod operator;
mod plan;
mod press;
mod report;
mod strikes;
mod submissions;
mod watch;
mod weather;

pub use director::Hits;
pub use plan::Plan;
pub use report::{Report, Total};

use crate::World;
use crate::audit::{self, Evidence, Figures};
use crate::world::{Place, Setup};
use director::Director;
use fleet::Fleet;
use local::{Broker, BrokerSettings, Proxy};
use operator::Operator;
use press::{Press, Sent};
use report::Home;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use watch::Seen;

const PARTITIONS: i32 = 4;
/// When the last strike is over, everything must have ended after that.
const CALM: Duration = Duration::from_secs(90);
/// Group offsets reach the end of every partition within that.
const AT_REST: Duration = Duration::from_secs(30);

/// Runs the storm of this seed with at least that many invoices.
///
/// # Panics
/// When the audit finds something wrong or the storm does not end. The message names the seed, the command that
/// repeats it, and the folder with ledger and logs.
pub async fn run(seed: u64, invoices: u32) -> Report {
    let home = Home::make(seed);
    let folder = home.path().to_owned();
    // A task of its own, so that whatever fails in it fails with the seed.
    let outcome = tokio::spawn(async move { storm(Plan::new(seed, invoices), &folder).await }).await;
    let wrong = match outcome {
        Ok(report) if report.wrong.is_empty() => {
            home.remove();
            return report;
        }
        Ok(report) => format!("\n  {}", report.wrong.join("\n  ")),
        Err(failure) => failure.to_string(),
    };
    panic!(
        "the storm of seed {seed} failed: {wrong}\nledger and logs: {}\nagain: make soak SEED={seed} SEEDS=1 \
         INVOICES={invoices}",
        home.path().display()
    );
}

async fn storm(plan: Plan, home: &Path) -> Report {
    let began = Instant::now();
    let Ground { broker, proxy, world } = Ground::prepare(plan.seed, home).await;
    let press = Press::new(&world, plan.submissions.clone());
    let seen = watch::watch(&world.kafka, &world.topics);
    let operator = Operator::new(plan.seed, press.clone(), &world.kafka, &world.topics);
    let (go_home, end_of_day) = tokio::sync::oneshot::channel::<()>();
    let operating = tokio::spawn(operator.work(async { _ = end_of_day.await }));
    for fault in &plan.weather {
        world.sandbox.fault(fault);
    }
    let replicas = plan.replicas.clone();
    let fleet = blocking(move || Fleet::start(world, &replicas)).await;
    let director = Director::new(fleet, Arc::clone(&broker), Arc::clone(&proxy), seen.clone(), plan.strikes.clone());
    let Director { mut fleet, hits, story, .. } = endure(director, &press).await;

    fleet.world.sandbox.clear_faults();
    let (fleet, mut wrong) = blocking(move || {
        let wrong = [fleet.await_leaving(), fleet.deserters()].concat();
        (fleet, wrong)
    })
    .await;
    calm(seen.clone(), &press.sent()).await;
    drop(go_home);
    operating.await.expect("every command is published");
    calm(seen, &press.sent()).await;
    let evidence = evidence(&fleet.world, &press).await;
    wrong.extend(audit::audit(&evidence));
    let (figures, rebalances) = (Figures::of(&evidence), proxy.generations());
    if figures.repeated_answers > hits.answers_at_risk {
        let (repeated, at_risk) = (figures.repeated_answers, hits.answers_at_risk);
        wrong.push(format!("{repeated} answers of the language model were paid for again, {at_risk} were at risk"));
    }
    let report = Report { seed: plan.seed, figures, hits, rebalances, took: began.elapsed(), wrong };
    report::write_ledger(home, &plan, &story, &report, &evidence);
    // Services end before what they talk to.
    blocking(move || drop((fleet, broker))).await;
    report
}

/// What a storm needs before a service runs.
struct Ground {
    broker: Arc<Mutex<Broker>>,
    proxy: Arc<Proxy>,
    world: World,
}

impl Ground {
    async fn prepare(seed: u64, home: &Path) -> Self {
        let home = home.to_owned();
        blocking(move || {
            let broker = Broker::start(&BrokerSettings::new(home.join("broker"))).expect("the broker starts");
            let proxy = Proxy::start(&broker.bootstrap()).expect("the proxy starts");
            let place = Place {
                brokers_of_services: proxy.address(),
                run: Some(home.join("logs")),
                ..Place::on(broker.bootstrap())
            };
            std::fs::create_dir_all(home.join("logs")).expect("a folder for the logs can be made");
            let world = World::at(&setup(seed), &place);
            Self { broker: Arc::new(Mutex::new(broker)), proxy: Arc::new(proxy), world }
        })
        .await
    }
}

/// Time limits so short that a call that hangs is given up within the storm.
fn setup(seed: u64) -> Setup {
    // The bill of an earlier invoice under another URL: told by its bytes in every second storm, else by Zoho.
    let same_document = if seed.is_multiple_of(2) { "hold" } else { "let_through" };
    let env = [
        ("INVOICES__FETCH__SAME_DOCUMENT", same_document),
        ("INVOICES__FETCH__TIMEOUT_MS", "3000"),
        ("INVOICES__FETCH__EXTRACT_TIMEOUT_MS", "10000"),
        ("INVOICES__STAGES__FETCH_EXTRACT__ATTEMPT_TIMEOUT_MS", "14000"),
        ("INVOICES__LLM__TIMEOUT_MS", "3000"),
        ("INVOICES__STAGES__LLM_STRUCTURE__ATTEMPT_TIMEOUT_MS", "6000"),
        ("INVOICES__ZOHO__TIMEOUT_MS", "2000"),
        ("INVOICES__STAGES__POST_TO_ZOHO__ATTEMPT_TIMEOUT_MS", "8000"),
    ];
    Setup {
        partitions: PARTITIONS.unsigned_abs(),
        env: env.map(|(name, value)| (name, value.to_owned())).to_vec(),
        // Every restart takes a token of its own, far more than Zoho grants.
        sandbox: vec!["--tokens-per-window", "0", "--latency-llm-ms", "50"],
        ..Setup::default()
    }
}

/// Submissions and strikes at once, until the last strike is over.
async fn endure(mut director: Director, press: &Press) -> Director {
    let began = Instant::now();
    let publishing = tokio::spawn(press.clone().send_all(began));
    let director = blocking(move || {
        director.run(began);
        director
    })
    .await;
    publishing.await.expect("everything is published");
    director
}

/// Waits until every invoice has ended and the gate has answered everybody. If that does not come, the audit says
/// what is missing.
async fn calm(mut seen: tokio::sync::watch::Receiver<Seen>, sent: &Sent) {
    let over = |seen: &Seen| {
        sent.ids.iter().all(|id| seen.ended.contains(id)) && sent.answerable.iter().all(|at| seen.settled.contains(at))
    };
    tokio::time::timeout(CALM, seen.wait_for(over)).await.ok();
}

/// Reads everything, again and again until nothing is on its way any more and all offsets are committed.
async fn evidence(world: &World, press: &Press) -> Evidence {
    let deadline = Instant::now() + AT_REST;
    loop {
        let mut evidence = Evidence::gather(world, PARTITIONS, press.sent().published).await;
        let brokers = world.kafka.brokers.clone();
        evidence.positions = blocking(move || audit::positions(&brokers)).await;
        if audit::is_at_rest(&evidence) || Instant::now() > deadline {
            return evidence;
        }
    }
}

async fn blocking<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(call).await.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))
}
