use super::*;
use contract::Coordinates;

fn letter() -> Summary {
    Summary {
        invoice_id: "A-1".to_owned(),
        stage: Stage::LlmStructure,
        code: "llm.timeout".to_owned(),
        class: Some(Class::Transient),
        run: Some(1),
        attempts: Some(3),
        message: String::new(),
        at_ms: 1000,
        record: Coordinates { topic: "t".to_owned(), partition: 0, offset: 0 },
        vendor: Some("Straße  GmbH ".to_owned()),
        replayable: true,
        open: true,
    }
}

fn selection(json: &str) -> Selection {
    serde_json::from_str(json).unwrap()
}

#[test]
fn what_is_named_restricts_and_what_is_not_named_does_not() {
    for all in ["{}", r#"{"ids":[]}"#] {
        assert!(selection(all).matches(&letter()) && selection(all).is_everything());
    }
    let table = [
        (r#"{"ids":["B-1","A-1"]}"#, r#"{"ids":["B-1"]}"#),
        (r#"{"stage":"llm-structure"}"#, r#"{"stage":"fetch-extract"}"#),
        (r#"{"code":"llm.timeout"}"#, r#"{"code":"llm.time"}"#),
        (r#"{"class":"transient"}"#, r#"{"class":"permanent"}"#),
        (r#"{"older_than_ms":1001}"#, r#"{"older_than_ms":1000}"#),
        (r#"{"newer_than_ms":1000}"#, r#"{"newer_than_ms":1001}"#),
        (r#"{"vendor":"STRASSE gmbh"}"#, r#"{"vendor":"GmbH"}"#),
    ];
    for (chosen, left_out) in table {
        let chosen = chosen.replace("STRASSE", "straße");
        assert!(selection(&chosen).matches(&letter()) && !selection(&chosen).is_everything(), "{chosen}");
        assert!(!selection(left_out).matches(&letter()), "{left_out}");
    }
}

#[test]
fn all_that_is_named_must_agree() {
    assert!(selection(r#"{"code":"llm.timeout","class":"transient","ids":["A-1"]}"#).matches(&letter()));
    assert!(!selection(r#"{"code":"llm.timeout","class":"review"}"#).matches(&letter()));
}

#[test]
fn a_misspelt_restriction_is_refused_and_does_not_choose_all() {
    assert!(serde_json::from_str::<Selection>(r#"{"codes":"llm.timeout"}"#).is_err());
}

#[test]
fn what_has_no_vendor_is_no_vendors() {
    let unknown = Summary { vendor: None, ..letter() };
    assert!(!selection(r#"{"vendor":""}"#).matches(&unknown));
}
