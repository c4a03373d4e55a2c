use super::*;
use contract::{Bank, Bill, Decision, Stage, State, Status, Structured};
use runtime::Follower as _;
use runtime::settings::WhichBills;

async fn handle_input(handler: &PostToZoho, input: Structured) -> Result<Posted, StageError> {
    handler.handle(Work::alone(input.invoice_id.clone(), input)).await
}

fn input() -> Structured {
    fixture::structured(fixture::invoice())
}

fn paid_to(account: &str) -> Structured {
    let mut input = input();
    input.invoice.bank = Some(Bank { account: account.to_owned(), branch: None });
    input
}

fn approved(code: Code, vendor: Option<&str>, input: Structured) -> Structured {
    let decision = Decision {
        approved_by: "ravi".to_owned(),
        approved: [code].into(),
        vendor_id: vendor.map(str::to_owned),
        ..Decision::default()
    };
    Structured { decision: Some(decision), ..input }
}

/// The state of an invoice whose bill this is.
fn posted(bill: Bill) -> Status {
    Status {
        run: 1,
        stage: Stage::PostToZoho,
        state: State::Posted,
        attempt: 1,
        at_ms: 1,
        due_ms: None,
        code: None,
        url_hash: String::new(),
        bill: Some(bill),
        cost_usd: None,
        model: None,
    }
}

#[tokio::test]
async fn an_invoice_that_waits_for_approval_costs_no_call_and_goes_on_once_it_has_it() {
    let books = Books::open().await;
    let handler = books.handler_with(|zoho| zoho.approve_above = Some("1000".parse().unwrap()));
    assert_eq!(failed(handle_input(&handler, input()).await), (code::ZOHO_NEEDS_APPROVAL, Class::Review));
    assert_eq!(books.count(""), 0);
    let bill = handle_input(&handler, approved(code::ZOHO_NEEDS_APPROVAL, None, input())).await.unwrap().bill;
    assert_eq!(bill.bill_id, "5001");
}

#[tokio::test]
async fn a_bill_to_be_a_draft_is_asked_for_as_one_and_must_be_one() {
    let books = Books::open().await;
    let handler = books.handler_with(|zoho| zoho.drafts = WhichBills::Always);
    let mut draft = bill("5001", "inv-42", "1180.00");
    draft["status"] = json!("draft");
    books.script("POST bills", [Reply::Json(201, json!({"code": 0, "bill": draft}))]);
    assert!(handle_input(&handler, input()).await.unwrap().bill.is_draft);
    assert!(books.calls("POST bills")[0].body.contains(r#""status":"draft""#));

    let open = books.handler_with(|zoho| zoho.draft_above = Some("1179.99".parse().unwrap()));
    let error = handle_input(&open, input()).await.unwrap_err();
    assert_eq!((error.code, error.class), (code::ZOHO_NOT_A_DRAFT, Class::Review));
    assert!(error.candidate.unwrap().get().contains("5001"), "the bill that was made is named");
}

#[tokio::test]
async fn another_bank_account_than_the_vendors_earlier_ones_is_held_before_the_bill_is_made() {
    let books = Books::open().await;
    let known = [vendor("901", "29AAKCV4827Q1ZB")];
    books.script("GET contacts", [contacts(&known)]);
    let handler = books.handler();
    let first = handle_input(&handler, paid_to("1234 5678")).await.unwrap().bill;
    books.memory.take(&posted(first));
    handle_input(&handler, paid_to("12345678")).await.unwrap();
    let error = handle_input(&handler, paid_to("87654321")).await.unwrap_err();
    assert_eq!((error.code.clone(), error.class), (code::ZOHO_BANK_CHANGED, Class::Review));
    assert!(!error.message.contains("87654321"), "accounts stay in the evidence");
    assert!(error.evidence.unwrap().get().contains("87654321"));
    assert_eq!(books.count("POST bills"), 2);
    handle_input(&handler, approved(error.code, None, paid_to("87654321"))).await.unwrap();
    let careless = books.handler_with(|zoho| zoho.hold_changed_bank = false);
    handle_input(&careless, paid_to("5")).await.unwrap();
}

#[tokio::test]
async fn the_vendor_that_a_person_chose_is_known_by_the_printed_name_from_then_on() {
    let books = Books::open().await;
    let other = json!({"contact_id": "77", "contact_name": "VPM Sales", "contact_type": "vendor"});
    books.script("GET contacts", [contacts(&[other])]);
    let handler = books.handler_with(|zoho| zoho.create_vendors = false);
    assert_eq!(failed(handle_input(&handler, input()).await).0, code::ZOHO_VENDOR_UNKNOWN);
    let nobody = approved(code::ZOHO_VENDOR_UNKNOWN, Some("78"), input());
    assert_eq!(failed(handle_input(&handler, nobody).await), (code::ZOHO_VENDOR_UNKNOWN, Class::Review));
    let chosen = approved(code::ZOHO_VENDOR_UNKNOWN, Some("77"), input());
    let bill = handle_input(&handler, chosen).await.unwrap().bill;
    assert_eq!((bill.vendor_by.as_str(), bill.alias.as_deref()), ("chosen", Some("vindhya paper mart")));
    books.memory.take(&posted(Bill { vendor_id: "77".to_owned(), ..bill }));
    assert_eq!(handle_input(&handler, input()).await.unwrap().bill.vendor_by, "alias");
    assert_eq!(books.count("POST contacts"), 0);
}

#[tokio::test]
async fn approval_creates_the_one_vendor_that_was_unknown() {
    let books = Books::open().await;
    let handler = books.handler_with(|zoho| zoho.create_vendors = false);
    let bill = handle_input(&handler, approved(code::ZOHO_VENDOR_UNKNOWN, None, input())).await.unwrap().bill;
    assert_eq!((bill.vendor_by.as_str(), books.count("POST contacts")), ("created", 1));
}

#[tokio::test]
async fn a_cancelled_invoice_makes_no_bill_until_somebody_lets_it_go_on() {
    let books = Books::open().await;
    let note = br#"{"by":"asha","reason":"sent to us by mistake"}"#;
    books.documents.cancel(&"inv-42".parse().unwrap(), note.as_slice().into()).await.unwrap();
    let handler = books.handler();
    let error = handle_input(&handler, input()).await.unwrap_err();
    assert_eq!((error.code.clone(), error.class), (code::ZOHO_CANCELLED, Class::Review));
    assert!(error.evidence.unwrap().get().contains("by mistake"));
    assert_eq!(books.count("POST bills"), 0);
    handle_input(&handler, approved(error.code, None, input())).await.unwrap();
}
