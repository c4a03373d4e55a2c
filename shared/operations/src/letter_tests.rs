use super::*;
use contract::Headers;

const ENVELOPE: &str = r#"{"error":{"stage":"llm-structure","code":"llm.not_json","class":"permanent",
    "message":"the answer is not JSON","run":2,"attempts":3},"input":{"b": 1}}"#;

fn letter(key: &str, value: &str, headers: Headers) -> Letter {
    let record = Record {
        topic: "invoices.llm-structure.dlq".to_owned(),
        partition: 3,
        offset: 7,
        timestamp_ms: 1,
        key: Some(key.as_bytes().to_vec().into()),
        value: Some(value.as_bytes().to_vec().into()),
        headers,
    };
    Letter::of(record, Stage::LlmStructure)
}

fn ended(run: u32, state: &str) -> Ended {
    let status =
        format!(r#"{{"run":{run},"stage":"llm-structure","state":"{state}","attempt":1,"at_ms":1,"url_hash":"00"}}"#);
    Ended::of(&serde_json::from_str(&status).unwrap())
}

#[test]
fn a_letter_waits_for_somebody_only_while_its_own_run_is_the_latest_and_has_failed() {
    let letter = letter("i", ENVELOPE, Headers::default());
    let table = [
        (Some(ended(2, "dead")), true),
        (Some(ended(2, "review")), true),
        (Some(ended(2, "discarded")), false),
        (Some(ended(2, "posted")), false),
        (Some(ended(3, "running")), false),
        (Some(ended(3, "dead")), false),
        (None, false),
    ];
    for (status, open) in table {
        assert_eq!(letter.is_open(status.as_ref()), open, "{status:?}");
    }
}

#[test]
fn a_letter_keeps_its_input_byte_for_byte() {
    let letter = letter("i", ENVELOPE, Headers::default());
    let (id, envelope) = letter.replayable().unwrap();
    assert_eq!((id.as_str(), envelope.input.get()), ("i", r#"{"b": 1}"#));
    let summary = letter.summary(true);
    assert_eq!((summary.code.as_str(), summary.run, summary.attempts), ("llm.not_json", Some(2), Some(3)));
}

#[test]
fn what_was_refused_or_cannot_be_read_stays_listed_and_cannot_be_replayed() {
    let raw = Headers {
        content_type: Some(header::OCTET_STREAM.to_owned()),
        error_code: Some(contract::code::POISON_NOT_JSON),
        ..Headers::default()
    };
    for letter in [
        letter("rejected:t:3:7", "\u{1}junk", raw.clone()),
        letter("rejected:t:3:7", ENVELOPE, Headers::default()),
        letter("i", ENVELOPE, raw),
        letter("i", "not JSON", Headers::default()),
    ] {
        assert!(letter.is_open(None) && letter.replayable().is_none(), "{letter:?}");
    }
}

#[test]
fn the_vendor_is_whom_the_invoice_names_as_far_as_it_was_read() {
    let made = |candidate: &str| ENVELOPE.replace(r#"{"b": 1}}"#, &format!(r#"{{"b": 1}},"candidate":{candidate}}}"#));
    for (candidate, vendor) in [
        (r#"{"invoice":{"vendor_name":"Acme"}}"#, Some("Acme")),
        (r#"{"vendor_name":"Acme","total":"1"}"#, Some("Acme")),
        (r#"{"vendor_name":null}"#, None),
        (r#""no JSON of the model""#, None),
        (r#"{"invoice":null}"#, None),
    ] {
        let letter = letter("i", &made(candidate), Headers::default());
        assert_eq!(letter.vendor().as_deref(), vendor, "{candidate}");
    }
    let posted = ENVELOPE.replace(r#"{"b": 1}"#, r#"{"invoice":{"vendor_name":"Beta"}}"#);
    assert_eq!(letter("i", &posted, Headers::default()).vendor().as_deref(), Some("Beta"));
    assert_eq!(letter("i", ENVELOPE, Headers::default()).vendor(), None);
}
