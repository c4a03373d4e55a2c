use contract::{InvoiceId, Stage, State};
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);

async fn submit(world: &World, numbers: std::ops::Range<u32>) -> HashSet<InvoiceId> {
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in numbers {
        ids.insert(world.submit(&publisher, world.sandbox.pdf(&format!("numbered/{number}")), None).await);
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_chat_completions_will_do_as_the_model() {
    let env = vec![("INVOICES__LLM__PROVIDER", "openai".to_owned()), ("INVOICES__LLM__MODEL", "gpt-5-mini".to_owned())];
    let world = World::start(&Setup { env, ..Setup::default() });
    let ids = submit(&world, 0..8).await;
    let ended = world.wait_ended(&ids, SOON).await;
    for status in ended.values() {
        assert_eq!((status.state, status.model.as_deref()), (State::Posted, Some("gpt-5-mini")), "{:?}", status.code);
    }
    assert_eq!(world.sandbox.llm_answers(), 8, "none was refused or asked twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_which_model_gave_the_answer() {
    let env = vec![
        ("INVOICES__LLM__MODEL", "claude-haiku-5-5".to_owned()),
        ("INVOICES__LLM__STRONGER__MODEL", "claude-sonnet-4-6".to_owned()),
        ("INVOICES__LLM__TIMEOUT_MS", "30000".to_owned()),
    ];
    let world = World::start(&Setup { env, ..Setup::default() });
    let first = submit(&world, 0..1).await;
    let ended = world.wait_ended(&first, SOON).await;
    assert!(ended.values().all(|status| status.model.as_deref() == Some("claude-haiku-5-5")));
    world.sandbox.fault(&json!({"endpoint": "llm", "kind": "misread", "field": "total", "value": "1.00", "count": 1}));
    let second = submit(&world, 1..2).await;
    let ended = world.wait_ended(&second, SOON).await;
    for status in ended.values() {
        let (state, model) = (status.state, status.model.as_deref());
        assert_eq!((state, model), (State::Posted, Some("claude-sonnet-4-6")), "{:?}", status.code);
    }
    assert_eq!(world.sandbox.llm_answers(), 2, "beside the misread one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_budget_parks_the_stage_and_costs_no_dead_letter() {
    let env = vec![
        ("INVOICES__LLM__USD_PER_DAY", "0.02".to_owned()),
        ("INVOICES__STAGES__LLM_STRUCTURE__CONCURRENCY", "2".to_owned()),
    ];
    let mut world = World::start(&Setup { env, ..Setup::default() });
    submit(&world, 0..30).await;
    let parked = async {
        loop {
            let metrics = world.service(Stage::LlmStructure).metrics();
            if metrics.get("invoice_stage_breaker_open") > 0.0 && metrics.get("invoice_stage_in_flight") < 1.0 {
                return metrics;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let metrics = tokio::time::timeout(SOON, parked).await.expect("the stage parks");
    let paid = metrics.get("invoice_llm_usd_total{model=\"claude-sonnet-4-6\"}");
    assert!((0.02..0.06).contains(&paid), "USD {paid} were paid");
    assert!(world.sandbox.llm_answers() < 30);
    assert!(world.dead_letters().await.is_empty());
    let retried = world.records(&world.topics.retry(Stage::LlmStructure)).await;
    assert!(retried.is_empty(), "{} attempts were counted", retried.len());
}
