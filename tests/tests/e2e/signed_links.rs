//! The query of a link is a credential.

use contract::{Stage, State};
use serde_json::json;
use std::time::Duration;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);
const SECRET: &str = "do-not-show";

/// Only what must be able to fetch again has the whole link: the requests, their retries and their dead letters.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_link_stands_in_no_log_status_history_or_message_behind_the_first_stage() {
    let env = vec![("INVOICES__LOG__LEVEL", "debug".to_owned())];
    let mut world = World::start(&Setup { env, ..Setup::default() });
    world
        .sandbox
        .fault(&json!({"endpoint": "pdf", "match": "numbered/32", "kind": "status", "status": 503, "count": 1}));
    world.sandbox.fault(&json!({"endpoint": "llm", "match": "HELD", "kind": "status", "status": 400}));
    let publisher = world.publisher();
    let signed = |name: &str| {
        let link = world.sandbox.pdf(name).replace("http://", &format!("http://user:{SECRET}@"));
        format!("{link}?X-Amz-Signature={SECRET}&token={SECRET}#{SECRET}")
    };
    let mut ids = std::collections::HashSet::new();
    for (name, id) in [("numbered/31", "GOOD"), ("numbered/32", "AGAIN"), ("gone", "GONE"), ("numbered/33", "HELD")] {
        ids.insert(world.submit(&publisher, signed(name), Some(id)).await);
    }
    let ended = world.wait_ended(&ids, SOON).await;
    assert_eq!(ended.values().filter(|status| status.state == State::Posted).count(), 2, "{ended:?}");

    let topics = &world.topics;
    let behind = [Stage::LlmStructure, Stage::PostToZoho]
        .into_iter()
        .flat_map(|stage| [topics.main(stage), topics.retry(stage), topics.dead_letter(stage)]);
    let mut shown = String::new();
    for topic in behind.chain([topics.status(), topics.history(), topics.posted()]) {
        for record in world.records(&topic).await {
            shown += &format!(
                "{:?} {}\n",
                record.headers,
                String::from_utf8_lossy(record.value.as_deref().unwrap_or_default())
            );
        }
    }
    for topic in
        [topics.main(Stage::FetchExtract), topics.retry(Stage::FetchExtract), topics.dead_letter(Stage::FetchExtract)]
    {
        for record in world.records(&topic).await {
            shown += &format!("{:?}\n", record.headers);
        }
    }
    for args in [&["status", "GONE"][..], &["history", "GONE"], &["dlq", "list", "--all"]] {
        shown += &String::from_utf8_lossy(&world.invoicectl(args).stdout);
    }
    assert!(
        shown.contains("numbered/31.pdf") && shown.contains("fetch.http_404"),
        "there is something to look through"
    );
    for stage in Stage::ALL {
        shown += &world.service(stage).log();
    }
    let line = shown.lines().find(|line| line.contains(SECRET));
    assert_eq!(line, None);
}
