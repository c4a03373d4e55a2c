use super::*;
use serde_json::{Value, json};
use stream::read::Record;

fn letter(stage: Stage, candidate: &Value) -> Letter {
    letter_of(stage, "check.scan", &json!({}), candidate)
}

fn letter_of(stage: Stage, code: &str, input: &Value, candidate: &Value) -> Letter {
    let error = json!({ "stage": stage, "code": code, "class": "review", "message": "m", "run": 1, "attempts": 1 });
    let value = json!({ "error": error, "input": input, "candidate": candidate }).to_string();
    let record = Record {
        topic: "t".to_owned(),
        partition: 0,
        offset: 1,
        timestamp_ms: 1,
        key: Some("A-1".into()),
        value: Some(value.into()),
        headers: contract::Headers::default(),
    };
    Letter::of(record, stage)
}

fn extracted(id: &str) -> Value {
    let document = json!({ "source": "s", "sha256": "0".repeat(64), "bytes": 1, "pages": 1 });
    json!({ "invoice_id": id, "document": document, "text": "t" })
}

fn structured(id: &str) -> Value {
    let Value::Object(mut value) = extracted(id) else { panic!("an object") };
    value.remove("text");
    let invoice = json!({
        "document_type": "tax_invoice", "vendor_name": "V", "vendor_gstin": null, "buyer_name": null,
        "buyer_gstin": null, "invoice_number": "1", "invoice_date": "2025-11-03", "due_date": null,
        "place_of_supply": null, "currency": "INR", "lines": [], "subtotal": "1", "cgst": "0", "sgst": "0",
        "igst": "0", "cess": "0", "round_off": "0", "total": "1",
    });
    let cost = json!({ "model": "m", "input_tokens": 1, "output_tokens": 1, "usd": "0" });
    value.extend([("invoice".to_owned(), invoice), ("warnings".to_owned(), json!([])), ("cost".to_owned(), cost)]);
    Value::Object(value)
}

fn boxed(value: &Value) -> Box<RawValue> {
    to_raw_value(value).unwrap()
}

const APPROVE: Action = Action::Approve { candidate: None, vendor_id: None, booking: Booking::NONE };

/// Where it would run and with what, or the reason why not.
fn asked(letter: &Letter, action: &Action) -> Result<(Stage, Value), &'static str> {
    match command(letter, action, "asha", Some("why")).map_err(|refusal| refusal.reason())?.command {
        CommandKind::Replay { stage, input } => Ok((stage, serde_json::from_str(input.get()).unwrap())),
        CommandKind::Discard | CommandKind::Erase => panic!("not a replay"),
    }
}

fn decision(letter: &Letter, action: &Action) -> Decision {
    let (stage, input) = asked(letter, action).unwrap();
    assert_eq!(stage, Stage::PostToZoho);
    serde_json::from_value::<Structured>(input).unwrap().decision.unwrap()
}

#[test]
fn a_replay_is_what_failed_where_it_failed_byte_for_byte() {
    let held = letter_of(Stage::LlmStructure, "llm.timeout", &json!({ "any": "thing" }), &Value::Null);
    let command = command(&held, &Action::replay(), "asha", None).unwrap();
    assert_eq!((command.run, command.dead_letter.unwrap().offset, command.actor.as_str()), (1, 1, "asha"));
    let CommandKind::Replay { stage, input } = command.command else { panic!("not a replay") };
    assert_eq!((stage, input.get()), (Stage::LlmStructure, r#"{"any":"thing"}"#));
}

#[test]
fn a_patch_changes_what_the_stage_is_given_and_nothing_else() {
    let request = json!({ "pdf_url": "https://h/a.pdf", "invoice_id": "A-1" });
    let held = letter_of(Stage::FetchExtract, "fetch.http_404", &request, &Value::Null);
    let patch = |patch: Value| Action::Replay {
        to: None,
        input: None,
        patch: Some(serde_json::from_value(patch).unwrap()),
        accept_same_document: false,
    };
    let table = [
        (json!([{"op": "replace", "path": "/pdf_url", "value": "https://h/b.pdf"}]), Ok("https://h/b.pdf")),
        (json!([{"op": "test", "path": "/pdf_url", "value": "https://h/x.pdf"}]), Err("patch")),
        (json!([{"op": "replace", "path": "/nothing", "value": 1}]), Err("patch")),
        (json!([{"op": "remove", "path": "/pdf_url"}]), Err("wrong_input")),
        (json!([{"op": "replace", "path": "/invoice_id", "value": "B-2"}]), Err("other_invoice")),
    ];
    for (operations, expected) in table {
        let url = asked(&held, &patch(operations.clone())).map(|(_, input)| input["pdf_url"].clone());
        assert_eq!(url.as_ref().map(|url| url.as_str().unwrap()).map_err(|reason| *reason), expected, "{operations}");
    }
}

fn to(stage: Stage, input: Option<&Value>) -> Action {
    Action::Replay { to: Some(stage), input: input.map(boxed), patch: None, accept_same_document: false }
}

#[test]
fn a_run_begins_at_an_earlier_stage_with_that_stages_input_only() {
    let held = letter_of(Stage::PostToZoho, "zoho.bad_request", &structured("A-1"), &Value::Null);
    assert_eq!(asked(&held, &to(Stage::LlmStructure, None)), Err("input_unknown"));
    assert_eq!(asked(&held, &to(Stage::LlmStructure, Some(&structured("A-1")))), Err("wrong_input"));
    assert_eq!(asked(&held, &to(Stage::LlmStructure, Some(&extracted("B-2")))), Err("other_invoice"));
    let again = asked(&held, &to(Stage::LlmStructure, Some(&extracted("A-1"))));
    assert_eq!(again, Ok((Stage::LlmStructure, extracted("A-1"))));
}

#[test]
fn a_stage_is_passed_only_with_what_it_made_and_who_let_it_pass() {
    let held = letter(Stage::LlmStructure, &structured("A-1"));
    let decision = decision(&held, &to(Stage::PostToZoho, None));
    assert_eq!(decision.approved_by, "asha");
    let failed = letter(Stage::LlmStructure, &Value::Null);
    assert_eq!(asked(&failed, &to(Stage::PostToZoho, None)), Err("nothing_made"));
    let fetched = letter(Stage::FetchExtract, &extracted("A-1"));
    assert_eq!(asked(&fetched, &to(Stage::PostToZoho, Some(&structured("A-1")))), Err("not_passed"));
}

#[test]
fn whoever_edits_what_is_posted_is_written_down() {
    let held = letter_of(Stage::PostToZoho, "zoho.total_differs", &structured("A-1"), &Value::Null);
    let edited = decision(&held, &to(Stage::PostToZoho, Some(&structured("A-1"))));
    assert!(edited.edited_by.contains("asha") && edited.approved.is_empty());
}

#[test]
fn what_came_before_under_another_id_is_let_through_on_a_persons_word() {
    let request = json!({ "pdf_url": "https://h/a.pdf" });
    let accept = Action::Replay { to: None, input: None, patch: None, accept_same_document: true };
    for (code, accepted) in [("fetch.same_document", Value::Bool(true)), ("fetch.http_404", Value::Null)] {
        let held = letter_of(Stage::FetchExtract, code, &request, &Value::Null);
        assert_eq!(asked(&held, &accept).unwrap().1["accept_same_document"], accepted, "{code}");
    }
}

#[test]
fn what_admission_would_not_take_is_not_sent() {
    let held = letter_of(Stage::LlmStructure, "llm.timeout", &json!({ "any": "thing" }), &Value::Null);
    let command = command(&held, &Action::replay(), "asha", None).unwrap();
    assert_eq!(check_size(&command, 15), Ok(()));
    assert_eq!(check_size(&command, 14).unwrap_err().reason(), "too_large");
}

#[test]
fn what_a_stage_made_goes_to_the_next_stage_as_it_is_or_as_corrected() {
    let held = letter(Stage::FetchExtract, &extracted("A-1"));
    assert_eq!(asked(&held, &APPROVE), Ok((Stage::LlmStructure, extracted("A-1"))));
    let mut corrected = extracted("A-1");
    corrected["text"] = "corrected".into();
    let action = Action::Approve { candidate: Some(boxed(&corrected)), vendor_id: None, booking: Booking::NONE };
    assert_eq!(asked(&held, &action), Ok((Stage::LlmStructure, corrected)));
}

#[test]
fn what_the_next_stage_would_not_take_cannot_be_approved() {
    for (stage, candidate, reason) in [
        (Stage::FetchExtract, Value::Null, "nothing_made"),
        (Stage::FetchExtract, json!({ "text": "t" }), "wrong_input"),
        (Stage::FetchExtract, extracted("B-2"), "other_invoice"),
        (Stage::LlmStructure, extracted("A-1"), "wrong_input"),
        (Stage::PostToZoho, extracted("A-1"), "not_approvable"),
    ] {
        assert_eq!(asked(&letter(stage, &candidate), &APPROVE), Err(reason), "{stage} {candidate}");
    }
}

#[test]
fn what_the_last_stage_held_goes_there_again_with_who_approved_what() {
    let held = letter_of(Stage::PostToZoho, "zoho.bank_changed", &structured("A-1"), &Value::Null);
    let decision = decision(&held, &APPROVE);
    assert_eq!(decision.approved_by, "asha");
    assert!(decision.allows(&code::ZOHO_BANK_CHANGED) && decision.edited_by.is_empty());
}

#[test]
fn an_approval_adds_to_earlier_ones_and_says_who_edited() {
    let mut input = structured("A-1");
    input["decision"] = json!({ "approved_by": "ravi", "approved": ["zoho.needs_approval"] });
    let held = letter_of(Stage::PostToZoho, "zoho.vendor_unknown", &input, &Value::Null);
    let decision = decision(
        &held,
        &Action::Approve { candidate: Some(boxed(&input)), vendor_id: Some("901".to_owned()), booking: Booking::NONE },
    );
    assert!(decision.allows(&code::ZOHO_NEEDS_APPROVAL) && decision.allows(&code::ZOHO_VENDOR_UNKNOWN));
    assert_eq!((decision.vendor_id.as_deref(), decision.edited_by.contains("asha")), (Some("901"), true));
}

fn booked(account: Option<&str>, tax: Option<&str>, remember: bool) -> Action {
    let [account, tax] = [account, tax].map(|name| name.map(str::to_owned));
    Action::Approve { candidate: None, vendor_id: None, booking: Booking { account, tax, remember } }
}

#[test]
fn account_and_tax_go_along_and_what_was_said_earlier_stays_where_nothing_is_said() {
    let mut input = structured("A-1");
    input["decision"] = json!({ "approved_by": "ravi", "account": "Office", "tax": "Nil" });
    let held = letter_of(Stage::PostToZoho, "zoho.account_unknown", &input, &Value::Null);
    let decision = decision(&held, &booked(Some("Freight"), None, true));
    let said = (decision.account.as_deref(), decision.tax.as_deref(), decision.remember);
    assert_eq!(said, (Some("Freight"), Some("Nil"), true));
    assert!(decision.edited_by.is_empty(), "to name an account is not to edit the invoice");
}

#[test]
fn what_is_not_in_the_books_is_approved_with_another_name_only() {
    for (code, reason) in [
        ("zoho.account_unknown", "account_wanted"),
        ("tally.account_unknown", "account_wanted"),
        ("zoho.tax_unknown", "tax_wanted"),
    ] {
        let held = letter_of(Stage::PostToZoho, code, &structured("A-1"), &Value::Null);
        assert_eq!(asked(&held, &APPROVE), Err(reason), "{code}");
        assert!(asked(&held, &booked(Some(""), Some(""), false)).is_ok(), "{code}");
    }
    let unread = letter(Stage::FetchExtract, &extracted("A-1"));
    assert_eq!(asked(&unread, &booked(Some("Freight"), None, false)), Err("not_read_yet"));
}

#[test]
fn what_approval_does_not_put_right_is_not_approved() {
    for (code, reason) in [
        ("zoho.total_differs", "not_approvable"),
        ("zoho.vendor_ambiguous", "vendor_wanted"),
        ("zoho.bad_request", "not_approvable"),
    ] {
        let held = letter_of(Stage::PostToZoho, code, &structured("A-1"), &Value::Null);
        assert_eq!(asked(&held, &APPROVE), Err(reason), "{code}");
    }
}
