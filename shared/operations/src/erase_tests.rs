use super::*;
use bytes::Bytes;
use serde_json::json;

fn hash(content: &'static [u8]) -> ContentHash {
    ContentHash::of(content)
}

fn event(kind: EventKind, stage: Stage, at_ms: i64, took_ms: u64) -> HistoryEvent {
    HistoryEvent {
        invoice_id: "A-1".parse().unwrap(),
        kind,
        stage,
        run: 1,
        attempt: 1,
        at_ms,
        took_ms: Some(took_ms),
        code: None,
        cost_usd: None,
        message: None,
        actor: None,
        reason: None,
        record: Coordinates { topic: "t".to_owned(), partition: 0, offset: at_ms },
    }
}

fn status(state: &str) -> Status {
    let text = format!(r#"{{"run":3,"stage":"post-to-zoho","state":"{state}","attempt":1,"at_ms":1,"url_hash":"00"}}"#);
    serde_json::from_str(&text).unwrap()
}

fn erasable(state: &str, traces: Traces) -> Erasable {
    Erasable { id: "A-1".parse().unwrap(), status: status(state), traces }
}

#[test]
fn a_document_is_found_wherever_a_message_names_it() {
    let (one, two, three) = (hash(b"one"), hash(b"two"), hash(b"three"));
    let mut traces = Traces::default();
    for message in [
        json!({ "document": { "sha256": one, "bytes": 1 }, "text": "t" }),
        json!({ "error": {}, "input": { "pdf_url": format!("store:{two}") } }),
        json!({ "evidence": [{ "document": { "sha256": three } }], "sha256": "no hash" }),
    ] {
        traces.record(message.to_string().as_bytes());
    }
    traces.record(b"not JSON");
    assert_eq!(traces.hashes, BTreeSet::from([one, two, three]));
}

#[test]
fn claims_are_looked_through_for_the_time_in_which_a_document_may_have_stayed_unnamed() {
    let mut traces = Traces::default();
    assert_eq!(traces.claimed_between(), Some((i64::MIN, i64::MAX)), "the history is gone");
    traces.event(&event(EventKind::Forwarded, Stage::FetchExtract, 1000, 10));
    traces.event(&event(EventKind::DeadLettered, Stage::LlmStructure, 2000, 10));
    assert_eq!(traces.claimed_between(), None, "the next stage's input names it");
    traces.event(&event(EventKind::DeadLettered, Stage::FetchExtract, 5000, 100));
    traces.event(&event(EventKind::Retried, Stage::FetchExtract, 4000, 100));
    assert_eq!(traces.claimed_between(), Some((3900 - CLOCKS_MS, 5000 + CLOCKS_MS)));
}

#[test]
fn the_state_is_erased_once() {
    let command = erasable("posted", Traces::default()).command("asha", "asked for").unwrap();
    assert_eq!((command.run, command.actor.as_str(), command.dead_letter), (3, "asha", None));
    assert!(matches!(command.command, CommandKind::Erase));
    assert!(erasable("erased", Traces::default()).command("asha", "asked for").is_none());
}

#[tokio::test]
async fn what_is_the_invoices_own_is_taken_out_and_what_is_anothers_stays() {
    let folder = tempfile::tempdir().unwrap();
    let documents = Documents::open(folder.path().to_str().unwrap(), &[].into()).unwrap();
    let mut kept = Vec::new();
    for (content, by) in [(&b"%PDF named"[..], "A-1"), (b"%PDF unnamed", "A-1"), (b"%PDF another's", "B-2")] {
        let pdf = Bytes::copy_from_slice(content);
        let hash = ContentHash::of(&pdf);
        documents.keep(&hash, pdf).await.unwrap();
        documents.claim(&hash, &by.parse().unwrap()).await.unwrap();
        kept.push(hash);
    }
    documents.cancel(&"A-1".parse().unwrap(), Bytes::from_static(b"{}")).await.unwrap();
    let now_ms = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let mut traces = Traces { hashes: BTreeSet::from([kept[0], kept[2]]), ..Traces::default() };
    traces.event(&event(EventKind::DeadLettered, Stage::FetchExtract, now_ms, 10));
    for _ in 0..2 {
        let erased = erasable("erased", Traces { hashes: traces.hashes.clone(), ..Traces::default() });
        let erased = erased.take_out(&documents).await.unwrap();
        let of = |hash| erased.iter().find(|erased| erased.sha256 == hash).unwrap().kept_for.clone();
        assert_eq!((of(kept[0]), of(kept[1]), of(kept[2])), (None, None, Some("B-2".parse().unwrap())));
    }
    assert!(documents.pdf(&kept[0]).await.is_err() && documents.pdf(&kept[1]).await.is_err());
    assert!(documents.pdf(&kept[2]).await.is_ok());
    assert_eq!(documents.cancellation(&"A-1".parse().unwrap()).await, Ok(None));
}
