use super::books::Row;
use super::*;
use contract::{InvoiceId, Stage, State, Status, code};
use runtime::Settings;
use runtime::settings::VendorAlias;
use serde_json::{Value, json};

const DERIVED: &str = "0123456789abcdef0123456789abcdef";
const NOW: &str = "2025-11-20T12:00:00Z";

/// Bill id, number, reference, total; of vendor 7, on one day, open.
type Booked = (&'static str, &'static str, &'static str, &'static str);

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn period() -> Period {
    Period { since: at("2025-11-01T00:00:00Z"), until: at(NOW) }
}

fn row((bill_id, number, reference, total): Booked) -> Value {
    json!({
        "bill_id": bill_id, "vendor_id": "7", "vendor_name": "Asha Traders", "status": "open", "bill_number": number,
        "reference_number": reference, "date": "2025-11-03", "currency_code": "INR", "total": total,
        "created_time": "2025-11-03T10:00:00+0530", "last_modified_time": "2025-11-03T10:00:00+0530",
    })
}

fn with(booked: Booked, field: &str, value: &str) -> Value {
    let mut row = row(booked);
    row[field] = json!(value);
    row
}

fn books(rows: impl IntoIterator<Item = Value>, gone: &[&str]) -> Books {
    let mut books = Books::default();
    for row in rows {
        books.add(serde_json::from_value::<Row>(row).unwrap());
    }
    gone.iter().for_each(|id| books.add_gone(id));
    books
}

fn status(state: State, run: u32, at_ms: i64, bill_id: Option<&str>) -> Status {
    let bill = bill_id.map(|bill_id| {
        json!({"bill_id": bill_id, "bill_number": "A-1", "vendor_id": "7", "vendor_name": "Asha Traders", "currency": "INR",
            "total": "1180.00"})
    });
    let status = json!({"run": run, "stage": Stage::PostToZoho, "state": state, "attempt": 1, "at_ms": at_ms,
        "url_hash": "00", "bill": bill});
    serde_json::from_value(status).unwrap()
}

/// Posted in the period as bill 1: number A-1, 1180.00.
fn ours(books: &Books) -> Ours {
    of(books, [("inv-1", status(State::Posted, 1, at("2025-11-03T05:00:00Z").timestamp_millis(), Some("1")))])
}

fn of<'a>(books: &Books, statuses: impl IntoIterator<Item = (&'a str, Status)>) -> Ours {
    let mut ours = Ours::default();
    for (id, status) in statuses {
        ours.take(0, id.parse().unwrap(), Some(status), &period(), books);
    }
    ours
}

/// One vendor prints another name than it has in Zoho.
fn names() -> Names {
    let mut zoho = Settings::load_from(std::iter::empty()).unwrap().zoho;
    zoho.vendor_aliases = vec![VendorAlias { printed: "Asha, since 1950".to_owned(), vendor: "7".to_owned() }];
    Names::new(&zoho)
}

fn told(ours: &Ours, books: &Books) -> Vec<String> {
    differences(ours, books, &names(), &period()).iter().map(ToString::to_string).collect()
}

const OURS: Booked = ("1", "A-1", "inv-1", "1180.0");

#[test]
fn what_is_as_it_was_posted_is_no_difference() {
    let books = books([row(OURS)], &[]);
    assert!(told(&ours(&books), &books).is_empty());
}

#[test]
fn a_bill_that_was_deleted_or_voided_is_missing() {
    let deleted = books([], &["1"]);
    let line = "missing    inv-1  A-1 (1) of Asha Traders, INR 1180.00: ";
    assert_eq!(told(&ours(&deleted), &deleted), [format!("{line}it was deleted")]);
    let void = books([with(OURS, "status", "void")], &[]);
    assert_eq!(told(&ours(&void), &void), [format!("{line}it is void")]);
    let anew = books([row(("2", "A-1", "inv-1", "1180"))], &["1"]);
    assert_eq!(told(&ours(&anew), &anew), [format!("{line}it was deleted; its reference number is on 2")]);
}

#[test]
fn a_bill_is_not_missing_before_zoho_was_asked_for_it() {
    let books = books([], &[]);
    assert!(told(&ours(&books), &books).is_empty());
    assert_eq!(unseen(&ours(&books), &books, at(NOW)), ["1"]);
    assert!(unseen(&ours(&books), &books, at("2025-11-03T05:00:00Z")).is_empty(), "lists lag");
}

#[test]
fn each_field_that_was_changed_is_named_with_both_values() {
    let table = [
        (row(("1", "A-1", "inv-1", "118")), "total is 118, 1180.00 was posted"),
        (with(OURS, "currency_code", "USD"), "currency is USD, INR was posted"),
        (with(OURS, "vendor_id", "8"), "vendor is Asha Traders (8), Asha Traders (7) was posted"),
        (row(("1", "A-2", "inv-1", "1180")), "bill number is A-2, A-1 was posted"),
        (row(("1", "A-1", "", "1180")), "reference number is empty, inv-1 was posted"),
        (row(("1", "A-2", "inv-1", "118")), "total is 118, 1180.00 was posted; bill number is A-2, A-1 was posted"),
    ];
    for (row, change) in table {
        let books = books([row], &[]);
        let told = told(&ours(&books), &books);
        assert!(
            told.len() == 1 && told[0].starts_with("different  inv-1  A-") && told[0].ends_with(change),
            "{told:?}"
        );
    }
}

#[test]
fn two_bills_with_one_reference_number_are_doubled() {
    let books = books([row(OURS), row(("2", "A-1 copy", "inv-1", "5"))], &[]);
    let line = "doubled    inv-1  A-1 (1) of Asha Traders and A-1 copy (2) of Asha Traders have this reference number";
    assert_eq!(told(&ours(&books), &books), [line]);
}

#[test]
fn a_vendors_number_twice_is_doubled_however_it_is_written() {
    let line = "doubled    inv-1  ";
    for (other, doubled) in [
        (row(("2", "a-1", "", "99")), true),
        (row(("2", "A/01", "", "1180")), true),
        (row(("2", "A/01", "", "1181")), false),
        (with(("2", "A-1", "", "1180"), "vendor_id", "8"), true),
        (with(("2", "A-1", "", "1180"), "date", "2026-04-01"), false),
        (with(("2", "A-1", "", "1180"), "status", "void"), false),
        (row(("2", "A-2", "", "1180")), false),
    ] {
        let books = books([row(OURS), other.clone()], &[]);
        let told = told(&ours(&books), &books);
        assert_eq!(told.iter().any(|told| told.starts_with(line)), doubled, "{other}: {told:?}");
        assert_eq!(told.len(), usize::from(doubled), "{told:?}");
    }
    let strangers = books([row(("3", "A-1", "", "1")), row(("4", "A-1", "", "1"))], &[]);
    assert!(told(&Ours::default(), &strangers).is_empty(), "what is not ours is not our business");
}

#[test]
fn a_bill_that_names_an_invoice_which_was_not_posted_is_unknown() {
    let known = |state| vec![("inv-9", status(state, 1, 0, None))];
    let table = [
        ("inv-9", known(State::Dead), Some("the invoice has failed")),
        ("inv-9", known(State::Review), Some("the invoice waits for a person")),
        ("inv-9", known(State::Discarded), Some("the invoice was discarded")),
        ("inv-9", known(State::Erased), None),
        ("inv-9", known(State::Running), None),
        ("inv-9", known(State::Parked), None),
        (DERIVED, Vec::new(), Some("the pipeline knows no such invoice")),
        ("PO 4711", Vec::new(), None),
        ("", Vec::new(), None),
    ];
    for (reference, statuses, why) in table {
        let books = books([row(("9", "B-1", reference, "5"))], &[]);
        let told = told(&of(&books, statuses), &books);
        let expected =
            why.map(|why| format!("unknown    {reference}  B-1 (9) of Asha Traders has this reference number: {why}"));
        assert_eq!(told, Vec::from_iter(expected), "{reference}");
    }
}

#[test]
fn the_bill_of_a_waiting_invoice_that_somebody_entered_is_by_hand() {
    let waiting = |vendor: &str| Waiting {
        invoice_id: "inv-5".parse().unwrap(),
        code: code::CHECK_SCAN,
        bill_number: "VPM/0042".to_owned(),
        vendor_name: vendor.to_owned(),
        currency: "INR".to_owned(),
        total: "1180".parse().unwrap(),
    };
    let same: Booked = ("5", "vpm 42", "", "1180.00");
    let table = [
        (row(same), "M/s ASHA TRADERS", true),
        (row(same), "Asha, since 1950", true),
        (row(same), "Bright & Co", false),
        (row(("5", "VPM/0043", "", "1180")), "Asha Traders", false),
        (row(("5", "VPM/0042", "", "1181")), "Asha Traders", false),
        (with(same, "currency_code", "USD"), "Asha Traders", false),
        (with(same, "status", "void"), "Asha Traders", false),
        (with(same, "created_time", "2025-11-21T00:00:00+0530"), "Asha Traders", false),
    ];
    for (row, vendor, by_hand) in table {
        let books = books([row.clone()], &[]);
        let mut ours = Ours::default();
        ours.wait(waiting(vendor));
        let found = differences(&ours, &books, &names(), &period());
        let kinds: Vec<Kind> = found.iter().map(|difference| difference.kind).collect();
        assert_eq!(kinds, if by_hand { vec![Kind::ByHand] } else { Vec::new() }, "{vendor} {row}");
    }
}

#[test]
fn the_latest_status_of_an_invoice_counts_wherever_it_stands() {
    let books = books([row(OURS)], &[]);
    let posted_at = at("2025-11-03T05:00:00Z").timestamp_millis();
    let id: InvoiceId = "inv-1".parse().unwrap();
    let take = |ours: &mut Ours, partition: i32, status: Option<Status>| {
        ours.take(partition, id.clone(), status, &period(), &books);
    };
    let mut ours = ours(&books);
    take(&mut ours, 3, None);
    take(&mut ours, 3, Some(status(State::Running, 1, posted_at - 1, None)));
    assert_eq!(ours.checked(), 1, "struck out and overtaken on another partition");
    take(&mut ours, 0, Some(status(State::Running, 2, posted_at + 1, None)));
    assert_eq!(ours.checked(), 0, "a new run");
    take(&mut ours, 0, None);
    assert!(ours.of("inv-1").is_none());
}

#[test]
fn only_what_the_period_or_the_books_speak_of_is_kept() {
    let books = books([row(OURS)], &[]);
    let early = at("2025-10-01T00:00:00Z").timestamp_millis();
    let kept = of(
        &books,
        [
            ("inv-1", status(State::Posted, 1, early, Some("1"))),
            ("inv-2", status(State::Posted, 1, early, Some("2"))),
            ("inv-3", status(State::Review, 1, period().until.timestamp_millis() - 1, None)),
        ],
    );
    assert_eq!((kept.checked(), kept.of("inv-2").is_none(), kept.of("inv-3").is_none()), (1, true, true));
}
