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

fn corrected(account: Option<&str>, tax: Option<&str>, remember: bool) -> Structured {
    let [account, tax] = [account, tax].map(|name| name.map(str::to_owned));
    let decision = Decision { approved_by: "ravi".to_owned(), account, tax, remember, ..Decision::default() };
    Structured { decision: Some(decision), ..input() }
}

async fn books_with_the_vendor() -> Books {
    let books = Books::open().await;
    books.script("GET contacts", [contacts(&[vendor("901", "29AAKCV4827Q1ZB")])]);
    books
}

/// A value of each line of the bill that was made last.
fn posted_lines(books: &Books, key: &str) -> Vec<Value> {
    let body: Value = serde_json::from_str(&books.calls("POST bills").last().unwrap().body).unwrap();
    body["line_items"].as_array().unwrap().iter().map(|line| line[key].clone()).collect()
}

fn rule(keyword: Option<&str>, vendor: Option<&str>, account: &str) -> AccountRule {
    let [keyword, vendor] = [keyword, vendor].map(|text| text.map(str::to_owned));
    AccountRule { vendor, hsn: None, keyword, account: account.to_owned() }
}

#[tokio::test]
async fn the_account_that_a_person_chose_is_used_for_the_vendor_until_another_is_said() {
    let books = books_with_the_vendor().await;
    let keyword = rule(Some("paper"), None, "Office Supplies");
    let handler = books.handler_with(|zoho| zoho.account_rules = vec![keyword.clone()]);
    let first = handle_input(&handler, corrected(Some("printing"), None, true)).await.unwrap().bill;
    assert_eq!(
        (first.booked_by.clone(), posted_lines(&books, "account_id")),
        (vec!["chosen".to_owned()], vec![json!("13"); 2])
    );
    books.memory.take(&posted(first));

    let next = handle_input(&handler, input()).await.unwrap().bill;
    assert_eq!((next.booked_by, next.rule), (vec!["remembered".to_owned()], None));
    assert_eq!(posted_lines(&books, "account_id"), vec![json!("13"); 2]);
    let by_vendor = rule(None, Some("Vindhya Paper Mart"), "12");
    let with_rule = books.handler_with(|zoho| zoho.account_rules = vec![by_vendor]);
    assert_eq!(handle_input(&with_rule, input()).await.unwrap().bill.booked_by, ["vendor Vindhya Paper Mart"]);

    let once = handle_input(&handler, corrected(Some("12"), None, false)).await.unwrap().bill;
    assert_eq!((once.booked_by.as_slice(), &once.rule), (&["chosen".to_owned()][..], &None));
    for (said, booked_by) in [("12", &["remembered"][..]), ("", &["default", "keyword paper"])] {
        let later = handle_input(&handler, corrected(Some(said), None, true)).await.unwrap().bill;
        books.memory.take(&Status { at_ms: 2, ..posted(later) });
        assert_eq!(handle_input(&handler, input()).await.unwrap().bill.booked_by, booked_by);
    }
}

#[tokio::test]
async fn an_account_or_a_tax_that_the_books_do_not_have_waits_for_a_person() {
    let books = books_with_the_vendor().await;
    let handler = books.handler();
    for (account, tax, expected) in [
        (Some("No Such Account"), None, code::ZOHO_ACCOUNT_UNKNOWN),
        (Some("Old Expenses"), None, code::ZOHO_ACCOUNT_UNKNOWN),
        (None, Some("No Such Tax"), code::ZOHO_TAX_UNKNOWN),
    ] {
        let error = handle_input(&handler, corrected(account, tax, true)).await.unwrap_err();
        assert_eq!((error.code.clone(), error.class), (expected, Class::Review));
        assert!(error.message.contains("was chosen for this invoice"), "{}", error.message);
        assert!(contract::decision::APPROVABLE.contains(&error.code), "a person can name another");
    }
    let gone = Bill {
        vendor_id: "901".to_owned(),
        rule: corrected(Some("Renamed"), None, true).decision.unwrap().rule().map(Box::new),
        ..Bill::default()
    };
    books.memory.take(&posted(gone));
    let error = handle_input(&handler, input()).await.unwrap_err();
    assert_eq!((error.code, error.class), (code::ZOHO_ACCOUNT_UNKNOWN, Class::Review));
    assert!(error.message.contains("remembered for this vendor"), "{}", error.message);
    assert!(error.evidence.unwrap().get().contains("Renamed") && !error.message.contains("Renamed"));
    assert_eq!((books.count("POST contacts"), books.count("POST bills")), (0, 0));
    assert_eq!(handle_input(&handler, corrected(Some("12"), None, true)).await.unwrap().bill.booked_by, ["chosen"]);
}

#[tokio::test]
async fn the_tax_that_a_person_chose_is_borne_by_the_lines_of_its_rate_and_remembered() {
    let books = books_with_the_vendor().await;
    let taxes = json!({"code": 0, "taxes": [
        {"tax_id": "18", "tax_name": "GST18", "tax_percentage": 18, "tax_type": "tax_group"},
        {"tax_id": "s18", "tax_name": "GST18 ineligible", "tax_percentage": 18, "tax_type": "tax_group"},
        {"tax_id": "nil", "tax_name": "Nil Rated", "tax_percentage": 0, "tax_type": "tax", "tax_specific_type": "nil"},
    ]});
    books.script("GET settings/taxes", [Reply::Json(200, taxes)]);
    let handler = books.handler();
    assert_eq!(
        failed(handle_input(&handler, corrected(None, Some("Nil Rated"), true)).await).0,
        code::ZOHO_TAX_UNKNOWN
    );
    let bill = handle_input(&handler, corrected(None, Some("gst18 INELIGIBLE"), true)).await.unwrap().bill;
    assert_eq!(bill.booked_by, ["tax chosen", "default"]);
    assert_eq!(posted_lines(&books, "tax_id"), vec![json!("s18"); 2]);
    books.memory.take(&posted(bill));
    assert_eq!(handle_input(&handler, input()).await.unwrap().bill.booked_by, ["tax remembered", "default"]);
    assert_eq!(posted_lines(&books, "tax_id"), vec![json!("s18"); 2]);

    let mut untaxed = input();
    untaxed.invoice.lines.iter_mut().for_each(|line| line.tax_rate = Some("0".parse().unwrap()));
    (untaxed.invoice.cgst, untaxed.invoice.sgst) = ("0".parse().unwrap(), "0".parse().unwrap());
    untaxed.invoice.total = "1000".parse().unwrap();
    let bill_of_1000 = json!({"code": 0, "bill": bill_of("1000.00")});
    books.script("POST bills", [Reply::Json(201, bill_of_1000.clone()), Reply::Json(201, bill_of_1000)]);
    let of_another_rate = handle_input(&handler, untaxed.clone()).await.unwrap().bill;
    assert_eq!(of_another_rate.booked_by, ["default"], "what is remembered is for the lines that have its rate");
    let nil = Structured { decision: corrected(None, Some("nil"), false).decision, ..untaxed };
    handle_input(&handler, nil).await.unwrap();
    assert_eq!(posted_lines(&books, "tax_id"), vec![json!("nil"); 2]);
}

fn bill_of(total: &str) -> Value {
    bill("5001", "inv-42", total)
}
