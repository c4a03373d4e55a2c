use crate::{id_on, until};
use contract::{InvoiceId, Request, Stage, State};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use stream::publish::Publisher;
use stream::read::Start;
use testkit::Service;
use testkit::world::{Setup, World};

const PARTITIONS: i32 = 6;
const PER_ROUND: u32 = 6;
const ROUND: Duration = Duration::from_millis(250);
const ROUNDS: u32 = 200;
const SOON: Duration = Duration::from_secs(120);

/// One invoice for each partition every round, so that only a stall makes a partition stand still.
async fn publish(publisher: Publisher, sandbox: String) -> HashSet<InvoiceId> {
    let mut ids = HashSet::new();
    let mut tick = tokio::time::interval(ROUND);
    for round in 0..ROUNDS {
        tick.tick().await;
        for (number, partition) in (round * PER_ROUND..).zip(0..PARTITIONS) {
            let invoice_id = Some(id_on(partition, PARTITIONS, round));
            let pdf_url = format!("{sandbox}/pdf/numbered/{number}.pdf");
            ids.insert(publisher.request(&Request::of(pdf_url).named(invoice_id)).await.unwrap());
        }
    }
    ids
}

/// What the replicas own, once all of them own something and every partition is owned.
async fn balanced(world: &mut World, replicas: std::ops::Range<usize>) -> Vec<HashSet<i32>> {
    let mut owned = Vec::new();
    until("the partitions are spread", SOON, || {
        let running = &mut world.replicas(Stage::LlmStructure)[replicas.clone()];
        owned = running.iter_mut().map(|replica| replica.metrics().main_partitions().into_iter().collect()).collect();
        owned.iter().all(|of_one: &HashSet<i32>| !of_one.is_empty())
            && owned.iter().flatten().count() == usize::try_from(PARTITIONS).unwrap()
    })
    .await;
    owned
}

#[tokio::test(flavor = "multi_thread")]
async fn from_one_replica_to_three_and_back_no_call_is_repeated_and_what_stays_never_stops() {
    let sandbox = vec!["--latency-llm-ms", "2000"];
    let mut world = World::start(&Setup { partitions: PER_ROUND, sandbox, ..Setup::default() });
    let mut feed =
        stream::read::follow(&world.kafka, &world.topics.main(Stage::PostToZoho), Start::Beginning).await.unwrap();
    let arrivals = tokio::spawn(async move {
        let mut arrivals: HashMap<i32, Vec<Instant>> = HashMap::new();
        for _ in 0..ROUNDS * PER_ROUND {
            let record = feed.next().await.unwrap().unwrap();
            arrivals.entry(record.partition).or_default().push(Instant::now());
        }
        arrivals
    });
    let publishing = tokio::spawn(publish(world.publisher(), world.sandbox.url().to_owned()));
    until("calls are answered", SOON, || world.sandbox.llm_answers() >= 60).await;
    (0..2).for_each(|_| world.add(Stage::LlmStructure, "llm-structure"));
    world.replicas(Stage::LlmStructure).iter_mut().for_each(Service::wait_ready);
    let stays = balanced(&mut world, 0..3).await.swap_remove(0);
    tokio::time::sleep(Duration::from_secs(5)).await;
    for replica in [2, 1] {
        assert!(world.replicas(Stage::LlmStructure)[replica].stop(), "it drains and ends with 0");
    }
    balanced(&mut world, 0..1).await;
    let ids = publishing.await.unwrap();
    let ended = world.wait_ended(&ids, SOON).await;
    assert!(ended.values().all(|status| status.state == State::Posted));

    let arrivals = arrivals.await.unwrap();
    let longest = |of: &dyn Fn(&i32) -> bool| {
        let gaps = arrivals.iter().filter(|(partition, _)| of(partition)).flat_map(|(_, at)| at.windows(2));
        gaps.map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    };
    let (staying, moving) =
        (longest(&|partition| stays.contains(partition)), longest(&|partition| !stays.contains(partition)));
    println!(
        "scale 1 to 3 to 1 with 2 s calls: {} invoices, {} calls of the language model; longest gap {:.2} s on the {} \
         partitions that stayed, {:.2} s on those that moved twice",
        ids.len(),
        world.sandbox.llm_answers(),
        staying.as_secs_f64(),
        stays.len(),
        moving.as_secs_f64()
    );
    assert_eq!(world.sandbox.llm_answers(), u64::try_from(ids.len()).unwrap(), "each was paid for once");
    assert!(staying <= Duration::from_secs(1));
}
