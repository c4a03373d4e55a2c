use contract::{Headers, InvoiceId, Stage};
use std::collections::HashMap;
use std::time::Duration;
use testkit::world::{Setup, World};

const RECORDS: u32 = 5000;
const KILLS: usize = 6;

/// The ledger: every record published comes out exactly once, with its bytes, whatever the process was doing when it
/// was killed.
#[tokio::test(flavor = "multi_thread")]
async fn every_record_passes_exactly_once_under_kill9() {
    let mut world = World::new(&Setup::default());
    world.add(Stage::LlmStructure, "pass-through");
    world.service(Stage::LlmStructure).wait_ready();
    let (input, output) = (world.topics.main(Stage::LlmStructure), world.topics.main(Stage::PostToZoho));
    let publisher = world.publisher();
    let mut feed = stream::read::follow(&world.kafka, &output, stream::read::Start::Beginning).await.unwrap();
    let publish = async {
        for number in 0..RECORDS {
            let id: InvoiceId = format!("record-{number}").parse().unwrap();
            let headers = Headers { run: Some(1), attempt: Some(1), ..Headers::default() };
            publisher.raw(&input, Some(id.as_str().as_bytes()), &payload(number), &headers).await.unwrap();
        }
    };
    let service = world.service(Stage::LlmStructure);
    let kill_and_count = async {
        let mut seen: HashMap<Vec<u8>, u32> = HashMap::new();
        let mut next_kill = RECORDS as usize / (KILLS + 1);
        let mut total = 0;
        while seen.len() < RECORDS as usize {
            let record = feed.next().await.unwrap().unwrap();
            *seen.entry(record.value.unwrap().to_vec()).or_default() += 1;
            total += 1;
            if seen.len() >= next_kill {
                next_kill += RECORDS as usize / (KILLS + 1);
                service.kill9_and_restart();
            }
        }
        (seen, total)
    };
    let both = async { tokio::join!(publish, kill_and_count).1 };
    let (seen, total) = tokio::time::timeout(Duration::from_secs(180), both).await.expect("all records pass");
    assert_eq!(total, RECORDS, "a record came out twice");
    for number in 0..RECORDS {
        assert_eq!(seen.get(&payload(number)), Some(&1), "record {number}");
    }
    assert_eq!(world.records(&output).await.len(), RECORDS as usize, "and none more");
    assert!(world.service(Stage::LlmStructure).stop(), "it drains and ends with 0");
}

fn payload(number: u32) -> Vec<u8> {
    format!(r#"{{"number":{number},"padding":"{}"}}"#, "x".repeat(500)).into_bytes()
}
