use contract::{InvoiceId, Request, Stage, State, Status};
use futures::stream::{self, StreamExt};
use std::time::{Duration, Instant};
use testkit::world::{Setup, World};

const IDS: u32 = 1_000_000;
const IN_THE_AIR: usize = 20_000;
const LIMIT: Duration = Duration::from_secs(15);
const SOON: Duration = Duration::from_secs(120);

fn posted(number: u32) -> Status {
    Status {
        run: 1,
        stage: Stage::PostToZoho,
        state: State::Posted,
        attempt: 1,
        at_ms: 1_760_000_000_000 + i64::from(number),
        due_ms: None,
        code: None,
        url_hash: format!("{number:012x}"),
        bill: None,
        cost_usd: None,
        model: None,
    }
}

async fn fill(world: &World) {
    let (publisher, topic) = (world.publisher(), world.topics.status());
    let (publisher, topic) = (&publisher, &topic);
    let publish = |number: u32| async move {
        let value = serde_json::to_vec(&posted(number)).unwrap();
        let key = format!("{number:032x}");
        publisher.raw(topic, Some(key.as_bytes()), &value, &contract::Headers::default()).await.unwrap();
    };
    stream::iter(0..IDS).map(publish).buffer_unordered(IN_THE_AIR).for_each(|()| async {}).await;
}

fn resident_bytes(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_known_invoices_are_restored_in_fifteen_seconds() {
    let mut world = World::new(&Setup { partitions: 12, ..Setup::default() });
    world.add(Stage::FetchExtract, "fetch-extract");
    world.service(Stage::FetchExtract).wait_ready();
    let empty = resident_bytes(world.service(Stage::FetchExtract).process().pid());
    assert!(world.service(Stage::FetchExtract).stop());
    fill(&world).await;

    // Known as posted with another URL: only who knows it says that this is a conflict.
    let id: InvoiceId = format!("{:032x}", IDS / 2).parse().unwrap();
    let request = Request::of(world.sandbox.pdf("numbered/1")).named(id);
    world.publisher().request(&request).await.unwrap();
    let began = Instant::now();
    world.service(Stage::FetchExtract).restart();
    world.wait_record(&world.topics.dead_letter(Stage::FetchExtract), SOON, |_| true).await;
    let first = began.elapsed();
    crate::until("all ids are known", SOON, || {
        world.service(Stage::FetchExtract).metrics().get("invoice_admission_known_ids") >= f64::from(IDS)
    })
    .await;
    let took = began.elapsed();
    let grown = resident_bytes(world.service(Stage::FetchExtract).process().pid()) - empty;
    println!(
        "restore: {IDS} ids known {:.1} s after the start of the process, the first record decided after {:.1} s; the \
         process has grown by {:.0} bytes per id, buffers included",
        took.as_secs_f64(),
        first.as_secs_f64(),
        grown / f64::from(IDS)
    );
    assert!(took <= LIMIT);
}
