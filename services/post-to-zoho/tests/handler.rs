//! The stage against a scripted Zoho: one bill, whatever the answers.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../src/fixture.rs"]
mod fixture;
mod support;

/// What a person must see, and has let through.
#[path = "handler/control.rs"]
mod control;

use contract::{Class, Code, Posted, code};
use engine::{Demand, Handler, Lease, StageError, Work};
use post_to_zoho::PostToZoho;
use runtime::settings::AccountRule;
use serde_json::{Value, json};
use std::pin::Pin;
use std::sync::Arc;
use support::{Books, Reply, bill, bills, contacts, refusal};

const STALE: &str = "You are not authorized to perform this operation";

async fn handle(handler: &PostToZoho) -> Result<Posted, StageError> {
    let input = fixture::structured(fixture::invoice());
    handler.handle(Work::alone(input.invoice_id.clone(), input)).await
}

fn failed(outcome: Result<Posted, StageError>) -> (Code, Class) {
    let error = outcome.unwrap_err();
    (error.code, error.class)
}

fn vendor(id: &str, gstin: &str) -> Value {
    json!({"contact_id": id, "contact_name": "Vindhya Paper Mart", "contact_type": "vendor", "gst_no": gstin})
}

#[tokio::test]
async fn an_unknown_vendors_invoice_becomes_a_vendor_and_a_bill() {
    let books = Books::open().await;
    let posted = handle(&books.handler()).await.unwrap();
    assert_eq!((posted.bill.bill_id.as_str(), posted.bill.total.to_string().as_str()), ("5001", "1180.00"));
    assert_eq!(posted.cost.input_tokens, 1200);
    let names: Vec<String> = books.calls("").into_iter().map(|call| call.name).collect();
    let expected = [
        "POST oauth/v2/token",
        "GET bills",
        "GET contacts",
        "GET settings/taxes",
        "GET chartofaccounts",
        "GET settings/currencies",
        "POST contacts",
        "POST bills",
    ];
    assert_eq!(names, expected);
    let body: Value = serde_json::from_str(&books.calls("POST bills")[0].body).unwrap();
    assert_eq!((&body["vendor_id"], &body["line_items"][0]["account_id"]), (&json!("901"), &json!("12")));
}

#[tokio::test]
async fn every_call_carries_token_organisation_and_invoice() {
    let books = Books::open().await;
    handle(&books.handler()).await.unwrap();
    for call in books.calls("").iter().filter(|call| call.name != "POST oauth/v2/token") {
        assert_eq!((call.token.as_str(), call.invoice_id.as_str()), ("Zoho-oauthtoken 1000.1", "inv-42"));
        assert!(call.query.contains("organization_id=7"), "{}", call.query);
    }
    assert!(books.calls("POST oauth/v2/token")[0].query.is_empty(), "credentials belong into the body");
}

#[tokio::test]
async fn what_is_known_of_the_organisation_is_asked_once() {
    let books = Books::open().await;
    let handler = books.handler();
    handle(&handler).await.unwrap();
    let first = books.count("");
    handle(&handler).await.unwrap();
    assert_eq!(books.count("") - first, 2, "a look and a post");
}

#[tokio::test]
async fn a_bill_that_is_there_is_found_and_not_posted() {
    let books = Books::open().await;
    let found = [bill("1", "inv-7", "1180"), bill("2", "inv-42", "1180")];
    books.script("GET bills", [bills(&found)]);
    assert_eq!(handle(&books.handler()).await.unwrap().bill.bill_id, "2");
    assert_eq!(books.count("POST bills"), 0);
}

#[tokio::test]
async fn after_an_answer_that_leaves_it_open_zoho_is_asked_again() {
    let garbage = Reply::Json(200, json!({"code": 0, "message": "success"}));
    for lost in [Reply::Cut, Reply::Silence, refusal(500, 1000, "Internal error"), garbage] {
        let books = Books::open().await;
        books.script("POST bills", [lost.clone()]);
        books.script("GET bills", [bills(&[]), bills(&[bill("5", "inv-42", "1180.0")])]);
        let handler = books.impatient_handler();
        assert_eq!(handle(&handler).await.unwrap().bill.bill_id, "5", "{lost:?}");
        assert_eq!(books.count("POST bills"), 1, "{lost:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_without_a_bill_is_left_to_the_next_attempt_which_looks_first() {
    let table = [
        (Reply::Cut, code::ZOHO_UNAVAILABLE, Class::Unavailable),
        (Reply::Silence, code::ZOHO_TIMEOUT, Class::Unavailable),
        (refusal(503, 0, ""), code::ZOHO_UNAVAILABLE, Class::Unavailable),
        (Reply::Json(201, json!({"hello": 1})), code::ZOHO_BAD_RESPONSE, Class::Transient),
    ];
    for (lost, code, class) in table {
        let books = Books::open().await;
        books.script("POST bills", [lost.clone()]);
        let handler = books.impatient_handler();
        assert_eq!(failed(handle(&handler).await), (code, class), "{lost:?}");
        assert_eq!((books.count("POST bills"), books.count("GET bills")), (1, 2), "{lost:?}");
        handle(&handler).await.unwrap();
        let looks: Vec<String> = books.calls("").into_iter().rev().take(2).map(|call| call.name).collect();
        assert_eq!(looks, ["POST bills", "GET bills"], "{lost:?}");
    }
}

#[tokio::test]
async fn a_duplicate_at_zoho_is_ours_or_for_a_person_to_see() {
    let lagging = (code::ZOHO_UNAVAILABLE, Class::Transient);
    let table = [
        (bills(&[bill("5", "inv-42", "1180")]), Ok("5".to_owned())),
        (bills(&[bill("6", "", "1180")]), Err((code::ZOHO_ALREADY_BILLED, Class::Review))),
        (bills(&[bill("7", "inv-7", "20")]), Err((code::ZOHO_NUMBER_TAKEN, Class::Review))),
        (bills(&[]), Err(lagging)),
    ];
    for (rows, expected) in table {
        let books = Books::open().await;
        books.script("POST bills", [refusal(400, 13011, "bill number VPM/25-26/0042 already exists")]);
        books.script("GET bills", [bills(&[]), rows.clone()]);
        let outcome = handle(&books.handler()).await;
        let outcome = outcome.map(|posted| posted.bill.bill_id).map_err(|error| (error.code, error.class));
        assert_eq!(outcome, expected, "{rows:?}");
        assert!(books.calls("GET bills")[1].query.contains("vendor_id=901"));
    }
}

#[tokio::test]
async fn a_bill_of_another_total_is_reported_with_its_id() {
    let books = Books::open().await;
    let made = json!({"code": 0, "message": "", "bill": bill("5001", "inv-42", "1180.01")});
    books.script("POST bills", [Reply::Json(201, made)]);
    let error = handle(&books.handler()).await.unwrap_err();
    assert_eq!((error.code, error.class), (code::ZOHO_TOTAL_DIFFERS, Class::Review));
    assert!(error.candidate.unwrap().get().contains("\"bill_id\":\"5001\""));
}

#[tokio::test]
async fn a_stale_token_is_renewed_once_and_the_call_repeated_once() {
    for stale in [refusal(401, 57, STALE), refusal(200, 14, "Invalid value passed for authtoken.")] {
        let books = Books::open().await;
        books.script("POST bills", [stale]);
        handle(&books.handler()).await.unwrap();
        let tokens: Vec<String> = books.calls("POST bills").into_iter().map(|call| call.token).collect();
        assert_eq!(tokens, ["Zoho-oauthtoken 1000.1", "Zoho-oauthtoken 1000.2"]);
    }
    let books = Books::open().await;
    books.script("GET bills", [refusal(401, 57, STALE), refusal(401, 57, STALE)]);
    assert_eq!(failed(handle(&books.handler()).await), (code::ZOHO_UNAUTHORIZED, Class::Unavailable));
    assert_eq!(books.count("POST oauth/v2/token"), 2);
}

#[tokio::test]
async fn a_token_service_that_fails_does_not_lock_us_out_when_it_is_back() {
    let books = Books::open().await;
    let handler = books.handler();
    handle(&handler).await.unwrap();
    for _ in 0..6 {
        books.script("GET bills", [refusal(401, 57, STALE)]);
        books.script("POST oauth/v2/token", [Reply::Json(500, json!({}))]);
        assert_eq!(failed(handle(&handler).await), (code::ZOHO_UNAVAILABLE, Class::Unavailable));
    }
    books.script("GET bills", [refusal(401, 57, STALE)]);
    handle(&handler).await.unwrap();
}

#[tokio::test]
async fn all_who_wait_for_a_token_share_one() {
    let books = Books::open().await;
    let handler = books.handler();
    let outcomes = futures::future::join_all((0..8).map(|_| handle(&handler))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(books.count("POST oauth/v2/token"), 1);
    assert_eq!(books.count("POST contacts"), 1);
}

#[tokio::test]
async fn a_throttled_token_is_not_asked_for_again_while_zoho_refuses() {
    let books = Books::open().await;
    let throttle = json!({"error": "Access Denied", "error_description": "You have made too many requests."});
    books.script("POST oauth/v2/token", [Reply::Json(400, throttle)]);
    let handler = books.handler();
    for _ in 0..2 {
        let error = handle(&handler).await.unwrap_err();
        assert_eq!((error.code, error.class), (code::ZOHO_TOKEN_THROTTLED, Class::Unavailable));
        assert!(error.retry_after.unwrap().as_secs() > 500);
    }
    assert_eq!(books.count(""), 1);
}

#[tokio::test]
async fn a_vendor_that_another_replica_creates_meanwhile_is_used() {
    let books = Books::open().await;
    books.script("POST contacts", [refusal(400, 3062, "The customer \"Vindhya Paper Mart\" already exists.")]);
    books.script("GET contacts", [contacts(&[]), contacts(&[vendor("77", "29AAKCV4827Q1ZB")])]);
    handle(&books.handler()).await.unwrap();
    assert!(books.calls("POST bills")[0].body.contains("\"vendor_id\":\"77\""));
}

#[tokio::test]
async fn a_name_that_stands_for_another_contact_is_for_a_person_to_settle() {
    let mut customer = vendor("78", "");
    customer["contact_type"] = json!("customer");
    for (row, expected) in [
        (vec![vendor("77", "32AAKCV4827Q1ZO")], (code::ZOHO_VENDOR_AMBIGUOUS, Class::Review)),
        (vec![customer], (code::ZOHO_VENDOR_AMBIGUOUS, Class::Review)),
        (vec![], (code::ZOHO_UNAVAILABLE, Class::Transient)),
    ] {
        let books = Books::open().await;
        books.script("POST contacts", [refusal(400, 3062, "already exists")]);
        books.script("GET contacts", [contacts(&[]), contacts(&row)]);
        assert_eq!(failed(handle(&books.handler()).await), expected, "{row:?}");
        assert_eq!(books.count("POST bills"), 0);
    }
}

#[tokio::test]
async fn vendors_are_read_to_the_last_page_and_checked_row_by_row() {
    let books = Books::open().await;
    let page = |rows: &[Value], more: bool| {
        let context = json!({"has_more_page": more});
        Reply::Json(200, json!({"code": 0, "contacts": rows, "page_context": context}))
    };
    let other = json!({"contact_id": "1", "contact_name": "Sahyadri", "contact_type": "vendor"});
    books.script("GET contacts", [page(&[other], true), page(&[vendor("77", "29AAKCV4827Q1ZB")], false)]);
    handle(&books.handler()).await.unwrap();
    assert!(books.calls("POST bills")[0].body.contains("\"vendor_id\":\"77\""));
    assert_eq!(books.count("POST contacts"), 0);
}

#[tokio::test]
async fn an_id_that_zoho_no_longer_knows_is_read_anew_by_the_next_attempt() {
    let books = Books::open().await;
    let handler = books.handler();
    books.script("POST bills", [refusal(400, 1002, "Invalid value passed for vendor_id")]);
    assert_eq!(failed(handle(&handler).await), (code::ZOHO_BAD_REQUEST, Class::Transient));
    books.script("GET contacts", [contacts(&[vendor("77", "29AAKCV4827Q1ZB")])]);
    handle(&handler).await.unwrap();
    assert!(books.calls("POST bills")[1].body.contains("\"vendor_id\":\"77\""));
}

#[tokio::test]
async fn the_named_account_is_used_and_a_wrong_name_stops_the_stage_not_the_invoice() {
    let books = Books::open().await;
    handle(&books.handler_with(|settings| settings.account_name = Some("printing".to_owned()))).await.unwrap();
    assert!(books.calls("POST bills")[0].body.contains("\"account_id\":\"13\""));
    let handler = books.handler_with(|settings| settings.account_name = Some("Old Expenses".to_owned()));
    assert_eq!(failed(handle(&handler).await), (code::ZOHO_SETUP, Class::Unavailable));
}

#[tokio::test]
async fn nothing_is_posted_once_the_invoice_is_another_replicas() {
    #[derive(Debug)]
    struct Lost;
    impl Lease for Lost {
        fn permit(&self, _: Demand) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send + '_>> {
            Box::pin(std::future::ready(Ok(())))
        }

        fn confirm(&self) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send + '_>> {
            let error = StageError::transient(code::ENGINE_LEASE_LOST, "lost");
            Box::pin(std::future::ready(Err(error)))
        }
    }
    let books = Books::open().await;
    books.script("GET contacts", [contacts(&[vendor("77", "29AAKCV4827Q1ZB")])]);
    let input = fixture::structured(fixture::invoice());
    let work = Work::new(input.invoice_id.clone(), 1, 1, input, Arc::new(Lost));
    assert_eq!(failed(books.handler().handle(work).await), (code::ENGINE_LEASE_LOST, Class::Transient));
    assert_eq!(books.count("POST bills"), 0);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_told_from_one_that_does_not_answer() {
    let books = Books::open().await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let handler = books.handler_with(|settings| settings.api_url = nowhere);
    assert_eq!(failed(handle(&handler).await), (code::ZOHO_CONNECT, Class::Unavailable));
    books.script("GET bills", [Reply::Silence]);
    let handler = books.impatient_handler();
    assert_eq!(failed(handle(&handler).await), (code::ZOHO_TIMEOUT, Class::Unavailable));
}

/// An attempt of a number, from 1.
async fn attempt(handler: &PostToZoho, number: u32) -> Result<Posted, StageError> {
    let input = fixture::structured(fixture::invoice());
    handler.handle(Work::new(input.invoice_id.clone(), 1, number, input, Arc::new(Granted))).await
}

#[derive(Debug)]
struct Granted;

impl Lease for Granted {
    fn permit(&self, _: Demand) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send + '_>> {
        self.confirm()
    }

    fn confirm(&self) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[tokio::test]
async fn a_new_bill_gets_its_pdf_without_a_further_look() {
    let books = Books::open().await;
    let handler = books.handler_with(|settings| settings.attach_pdf = true);
    assert!(handle(&handler).await.unwrap().bill.has_pdf);
    assert_eq!((books.count("POST bills/5001/attachment"), books.count("GET bills/5001")), (1, 0));
    let form = &books.calls("POST bills/5001/attachment")[0].body;
    assert!(form.contains(r#"name="attachment"; filename="VPM-25-26-0042.pdf""#), "{form}");
}

#[tokio::test]
async fn an_attachment_whose_answer_was_lost_is_looked_for_before_it_is_made_again() {
    let has_file = json!({"bill_id": "5001", "documents": [{"document_id": "1"}]});
    for (seen, attached) in [(has_file, 1), (json!({"bill_id": "5001", "documents": []}), 2)] {
        let books = Books::open().await;
        let handler = books.handler_with(|settings| settings.attach_pdf = true);
        books.script("POST bills/5001/attachment", [refusal(500, 1000, "Internal error")]);
        let lost = attempt(&handler, 1).await.unwrap_err();
        let waits = Some(std::time::Duration::from_secs(10));
        assert_eq!((lost.code, lost.class, lost.retry_after), (code::ZOHO_UNAVAILABLE, Class::Transient, waits));
        books.script("GET bills", [bills(&[bill("5001", "inv-42", "1180")])]);
        books.script("GET bills/5001", [Reply::Json(200, json!({"code": 0, "message": "success", "bill": seen}))]);
        assert!(attempt(&handler, 2).await.unwrap().bill.has_pdf);
        assert_eq!((books.count("POST bills"), books.count("POST bills/5001/attachment")), (1, attached));
    }
}

#[tokio::test]
async fn where_a_list_says_whether_a_bill_has_a_file_the_bill_is_not_read_for_it() {
    let listed = |has_attachment: bool| {
        let mut bill = bill("5001", "inv-42", "1180");
        bill["has_attachment"] = json!(has_attachment);
        bills(&[bill])
    };
    let lost = || refusal(500, 1000, "Internal error");
    // An attachment whose answer was lost; a bill whose answer was lost.
    for (post, attachment, looks) in [
        (vec![], vec![lost()], vec![bills(&[]), listed(true)]),
        (vec![lost()], vec![], vec![bills(&[]), listed(false)]),
    ] {
        let books = Books::open().await;
        let handler = books.handler_with(|settings| settings.attach_pdf = true);
        books.script("POST bills", post);
        books.script("POST bills/5001/attachment", attachment);
        books.script("GET bills", looks);
        let mut posted = attempt(&handler, 1).await;
        if posted.is_err() {
            posted = attempt(&handler, 2).await;
        }
        assert!(posted.unwrap().bill.has_pdf);
        let counts = ["POST bills", "POST bills/5001/attachment", "GET bills/5001"].map(|name| books.count(name));
        assert_eq!(counts, [1, 1, 0]);
    }
}

#[tokio::test]
async fn no_bill_fails_for_want_of_its_pdf() {
    let too_large = refusal(400, 33, "The file is too large.");
    let table = [(1, too_large), (support::MAX_ATTEMPTS, refusal(500, 1000, "Internal error"))];
    for (number, answer) in table {
        let books = Books::open().await;
        let handler = books.handler_with(|settings| settings.attach_pdf = true);
        books.script("POST bills/5001/attachment", [answer]);
        let bill = attempt(&handler, number).await.unwrap().bill;
        assert_eq!((bill.bill_id.as_str(), bill.has_pdf), ("5001", false));
    }
}

#[tokio::test]
async fn with_a_unique_field_zoho_itself_keeps_a_second_bill_out() {
    let books = Books::open().await;
    let handler = books.handler_with(|settings| settings.unique_field = Some("cf_invoice_id".to_owned()));
    assert_eq!(handle(&handler).await.unwrap().bill.bill_id, "5001");
    assert_eq!((books.count("POST bills"), books.count("PUT bills")), (0, 1));
    let call = &books.calls("PUT bills")[0];
    assert_eq!(call.unique.as_deref(), Some("cf_invoice_id=inv-42, upsert true"));
    let body: Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!(body["custom_fields"], json!([{"api_name": "cf_invoice_id", "value": "inv-42"}]));
}

#[tokio::test]
async fn a_bill_under_nearly_the_same_number_is_shown_to_a_person_before_another_is_made() {
    let books = Books::open().await;
    let handler = books.handler_with(|settings| settings.hold_near_duplicates = true);
    books.script("GET contacts", [contacts(&[vendor("901", "29AAKCV4827Q1ZB")])]);
    let mut near = bill("77", "", "1180.00");
    near["bill_number"] = json!("VPM 25 26 42");
    books.script("GET bills", [bills(&[]), bills(&[near])]);
    assert_eq!(failed(handle(&handler).await), (code::ZOHO_NEAR_DUPLICATE, Class::Review));
    assert_eq!(books.count("POST bills"), 0);
}

#[tokio::test]
async fn a_vendor_that_may_not_be_made_waits_for_a_person() {
    let books = Books::open().await;
    let handler = books.handler_with(|settings| settings.create_vendors = false);
    assert_eq!(failed(handle(&handler).await), (code::ZOHO_VENDOR_UNKNOWN, Class::Review));
    assert_eq!((books.count("POST contacts"), books.count("POST bills")), (0, 0));
}

#[tokio::test]
async fn lines_are_booked_by_rule_and_the_bill_says_by_which() {
    let books = Books::open().await;
    let rule = |keyword: &str, account: &str| AccountRule {
        vendor: None,
        hsn: None,
        keyword: Some(keyword.to_owned()),
        account: account.to_owned(),
    };
    let handler = books.handler_with(|settings| settings.account_rules = vec![rule("paper", "printing")]);
    let bill = handle(&handler).await.unwrap().bill;
    assert_eq!(
        (bill.booked_by, bill.vendor_by),
        (vec!["default".to_owned(), "keyword paper".to_owned()], "created".to_owned())
    );
    let body: Value = serde_json::from_str(&books.calls("POST bills")[0].body).unwrap();
    assert_eq!(
        (&body["line_items"][0]["account_id"], &body["line_items"][1]["account_id"]),
        (&json!("13"), &json!("12"))
    );
    let unknown = books.handler_with(|settings| settings.account_rules = vec![rule("paper", "No Such Account")]);
    assert_eq!(failed(handle(&unknown).await), (code::ZOHO_SETUP, Class::Unavailable));
}

#[tokio::test]
async fn what_an_accountant_must_decide_is_held_before_anything_is_made() {
    type Change = fn(&mut contract::Invoice);
    let table: [(Change, Code, &str); 4] = [
        (|invoice| invoice.cess = "25".parse().unwrap(), code::ZOHO_UNBOOKED_TAX, "zoho.cess_account"),
        (|invoice| invoice.tcs = "1".parse().unwrap(), code::ZOHO_UNBOOKED_TAX, "zoho.tcs_account"),
        (|invoice| invoice.reverse_charge = Some(true), code::ZOHO_REVERSE_CHARGE, "charges GST"),
        (|invoice| invoice.invoice_number = "7".repeat(100), code::ZOHO_NUMBER_TOO_LONG, "99 characters"),
    ];
    for (change, code, words) in table {
        let books = Books::open().await;
        let mut input = fixture::structured(fixture::invoice());
        change(&mut input.invoice);
        let error = books.handler().handle(Work::alone(input.invoice_id.clone(), input)).await.unwrap_err();
        assert_eq!((error.code, error.class), (code, Class::Review));
        assert!(error.message.contains(words), "{}", error.message);
        assert_eq!((books.count("POST contacts"), books.count("POST bills")), (0, 0));
    }
}

#[tokio::test]
async fn an_account_of_a_charge_that_does_not_exist_concerns_its_invoices_alone() {
    let books = Books::open().await;
    let handler = books.handler_with(|settings| settings.tcs_account = Some("No Such Account".to_owned()));
    let mut input = fixture::structured(fixture::invoice());
    (input.invoice.tcs, input.invoice.total) = ("1".parse().unwrap(), "1181".parse().unwrap());
    let error = handler.handle(Work::alone(input.invoice_id.clone(), input)).await.unwrap_err();
    assert_eq!((error.code, error.class), (code::ZOHO_SETUP, Class::Permanent));
    assert!(error.message.contains("zoho.tcs_account"), "{}", error.message);
    handle(&handler).await.unwrap();
}
