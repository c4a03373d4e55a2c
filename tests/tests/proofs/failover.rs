use crate::{id_on, until};
use contract::{Headers, Stage};
use local::{Broker, BrokerSettings, kafka};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use stream::publish::Publisher;
use stream::read::Start;
use tempfile::TempDir;
use testkit::world::{Place, Setup, World};

const PARTITIONS: i32 = 12;
const ROUND: Duration = Duration::from_millis(100);
const KILLS: usize = 20;
const IN_A_TRANSACTION: usize = 5;
const BOUND: Duration = Duration::from_secs(12);
const SOON: Duration = Duration::from_secs(90);

/// What a reader of committed records has seen of each partition: the number of the last record, and when, and the
/// longest time without one.
#[derive(Debug, Default)]
struct Seen {
    last: HashMap<i32, (u32, Instant)>,
    longest_gap: Duration,
}

/// One record for each partition every round, numbered by round, until the test ends.
async fn publish(publisher: Publisher, topic: String, round: Arc<Mutex<u32>>) {
    let mut tick = tokio::time::interval(ROUND);
    for number in 0.. {
        tick.tick().await;
        *round.lock().unwrap() = number;
        for partition in 0..PARTITIONS {
            let id = id_on(partition, PARTITIONS, number);
            let headers = Headers { run: Some(1), attempt: Some(1), ..Headers::default() };
            let value = serde_json::json!({ "round": number }).to_string();
            publisher.raw(&topic, Some(id.as_str().as_bytes()), value.as_bytes(), &headers).await.unwrap();
        }
    }
}

async fn read(mut feed: stream::read::Feed, seen: Arc<Mutex<Seen>>) {
    loop {
        let record = feed.next().await.unwrap().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&record.value.unwrap()).unwrap();
        let number = u32::try_from(value["round"].as_u64().unwrap()).unwrap();
        let (mut seen, now) = (seen.lock().unwrap(), Instant::now());
        if let Some((_, before)) = seen.last.insert(record.partition, (number, now)) {
            seen.longest_gap = seen.longest_gap.max(now - before);
        }
    }
}

/// Whether the broker holds a transaction of this id open.
fn is_open(brokers: &str, transactional_id: &str) -> bool {
    let mut tool = kafka::tool("org.apache.kafka.tools.TransactionsCommand").unwrap();
    let said = tool.args(["--bootstrap-server", brokers, "describe", "--transactional-id", transactional_id]).output();
    String::from_utf8_lossy(&said.unwrap().stdout).contains("Ongoing")
}

struct Kill {
    served_again: Duration,
    open: bool,
}

/// Kills the replicas in turns under load, each time waiting until what it owned is served again.
async fn kill_in_turns(broker: &Broker, enough: impl Fn(&[Kill]) -> bool) -> (Vec<Kill>, Duration) {
    let mut world = World::at(&Setup { partitions: 12, ..Setup::default() }, &Place::on(broker.bootstrap()));
    (0..2).for_each(|_| world.add(Stage::LlmStructure, "pass-through"));
    let (round, seen) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(Seen::default())));
    let publishing =
        tokio::spawn(publish(world.publisher(), world.topics.main(Stage::LlmStructure), Arc::clone(&round)));
    let feed =
        stream::read::follow(&world.kafka, &world.topics.main(Stage::PostToZoho), Start::Beginning).await.unwrap();
    let reading = tokio::spawn(read(feed, Arc::clone(&seen)));
    let mut kills = Vec::new();
    while !enough(&kills) {
        let mut owned = Vec::new();
        until("both replicas own partitions and have caught up", SOON, || {
            owned = world.replicas(Stage::LlmStructure).iter_mut().map(|one| one.metrics().main_partitions()).collect();
            let reached = round.lock().unwrap().saturating_sub(5);
            let seen = seen.lock().unwrap();
            let caught_up = seen.last.len() == 12 && seen.last.values().all(|(number, _)| *number >= reached);
            caught_up && owned.iter().all(|of_one| of_one.len() == 6)
        })
        .await;
        let victim = kills.len() % 2;
        world.replicas(Stage::LlmStructure)[victim].kill9();
        let (killed, number) = (Instant::now(), *round.lock().unwrap() + 1);
        let (brokers, id) =
            (broker.bootstrap(), world.topics.transactional_id(Stage::LlmStructure, &format!("r{victim}")));
        let open = tokio::task::spawn_blocking(move || is_open(&brokers, &id));
        until("its partitions are served again", SOON, || {
            let seen = seen.lock().unwrap();
            owned[victim].iter().all(|partition| seen.last[partition].0 >= number)
        })
        .await;
        kills.push(Kill { served_again: killed.elapsed(), open: open.await.unwrap() });
        world.replicas(Stage::LlmStructure)[victim].restart();
        world.replicas(Stage::LlmStructure)[victim].wait_ready();
    }
    publishing.abort();
    reading.abort();
    let longest = seen.lock().unwrap().longest_gap;
    (kills, longest)
}

fn report(name: &str, kills: &[Kill], longest_gap: Duration) -> Duration {
    let longest = |open: bool| kills.iter().filter(|kill| kill.open == open).map(|kill| kill.served_again).max();
    let (open, closed) = (longest(true).unwrap_or_default(), longest(false).unwrap_or_default());
    println!(
        "failover, {name}: {} kills, {} inside an open transaction: all partitions of the victim served again after at \
         most {:.1} s (open), {:.1} s (none open); readers of committed records waited at most {:.1} s on a partition",
        kills.len(),
        kills.iter().filter(|kill| kill.open).count(),
        open.as_secs_f64(),
        closed.as_secs_f64(),
        longest_gap.as_secs_f64()
    );
    open.max(closed).max(longest_gap)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_partitions_of_a_killed_replica_are_served_again_within_twelve_seconds() {
    let dir = TempDir::new().unwrap();
    let ours = Broker::start(&BrokerSettings::new(dir.path().join("kafka"))).unwrap();
    let in_a_transaction = |kills: &[Kill]| kills.iter().filter(|kill| kill.open).count();
    let enough = |kills: &[Kill]| kills.len() >= KILLS && in_a_transaction(kills) >= IN_A_TRANSACTION;
    let (kills, gap) = kill_in_turns(&ours, enough).await;
    let bound = report("with the broker setting of `topics check`", &kills, gap);
    drop(ours);

    let dir = TempDir::new().unwrap();
    let mut settings = BrokerSettings::new(dir.path().join("kafka"));
    // Kafka's own default.
    let interval = "transaction.abort.timed.out.transaction.cleanup.interval.ms";
    settings.properties.push((interval.to_owned(), "10000".to_owned()));
    let default = Broker::start(&settings).unwrap();
    let (kills, gap) = kill_in_turns(&default, |kills| in_a_transaction(kills) >= 2).await;
    report("with broker defaults", &kills, gap);
    assert!(bound <= BOUND);
}
