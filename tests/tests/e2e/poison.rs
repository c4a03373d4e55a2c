use contract::{Headers, Stage, State, code};
use std::collections::HashSet;
use std::time::Duration;
use testkit::world::{Setup, World};

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_kept_byte_for_byte_and_the_next_record_is_processed() {
    let world = World::start(&Setup { partitions: 1, ..Setup::default() });
    let publisher = world.publisher();
    let topic = world.topics.main(Stage::FetchExtract);
    let good = br#"{"pdf_url":"https://h.example/a.pdf"}"#;
    let large = format!(r#"{{"pdf_url":"https://h.example/{}"}}"#, "a".repeat(900 * 1024));
    let cases: [(Option<&[u8]>, &[u8], _); 5] = [
        (None, b"not json", code::POISON_NOT_JSON),
        (None, br#"{"another":"shape"}"#, code::POISON_WRONG_SCHEMA),
        (Some(b"key"), b"", code::POISON_EMPTY_VALUE),
        (None, large.as_bytes(), code::POISON_TOO_LARGE),
        (Some(b"\xff\xfe"), good, code::POISON_KEY_NOT_UTF8),
    ];
    for (key, value, expected) in &cases {
        let at = publisher.raw(&topic, *key, value, &Headers::default()).await.unwrap();
        let dlq = world.topics.dead_letter(Stage::FetchExtract);
        let letter = world
            .wait_record(&dlq, Duration::from_secs(30), |record| record.headers.origin.as_ref() == Some(&at))
            .await;
        assert_eq!(letter.headers.error_code.as_ref(), Some(expected));
        assert_eq!(letter.value.as_deref().unwrap_or_default(), *value, "{expected}");
    }
    let inner = world.topics.main(Stage::LlmStructure);
    let at = publisher.raw(&inner, Some(b"some-id"), b"{}", &Headers::default()).await.unwrap();
    let dlq = world.topics.dead_letter(Stage::LlmStructure);
    let letter =
        world.wait_record(&dlq, Duration::from_secs(30), |record| record.headers.origin.as_ref() == Some(&at)).await;
    assert_eq!(letter.headers.error_code, Some(code::POISON_WRONG_SCHEMA));
    let id = world.submit(&publisher, world.sandbox.pdf("numbered/1"), None).await;
    let ended = world.wait_ended(&HashSet::from([id.clone()]), Duration::from_secs(30)).await;
    assert_eq!(ended[&id].state, State::Posted);
}
