//! One voucher, whatever Tally answers.

use crate::fake::{Fault, Tally, Voucher};
use crate::{account, code, corrected, fixture, post, posted, remembering, service, tax};
use contract::{Class, Invoice, Posted, code};
use engine::StageError;
use futures::future::join_all;
use post_to_zoho::{Memory, PostToZoho};
use runtime::Follower as _;
use std::sync::Arc;

const VENDOR: &str = "Vindhya Paper Mart";

fn replica(tally: &Tally, further: &[(&str, &str)]) -> PostToZoho {
    let settings = [("LEDGER", "tally"), ("TALLY__URL", tally.url.as_str()), ("TALLY__COMPANY", "Acme")];
    let create = ("TALLY__CREATE_VENDORS", "true");
    let further = if further.is_empty() { &[create] } else { further };
    service(&[settings.as_slice(), further].concat())
}

/// As the engine would: attempt after attempt, until one succeeds.
async fn attempts(replica: &PostToZoho, most: usize) -> Result<Posted, StageError> {
    let mut last = post(replica, fixture::invoice()).await;
    for _ in 1..most {
        if last.is_ok() {
            break;
        }
        last = post(replica, fixture::invoice()).await;
    }
    last
}

#[tokio::test]
async fn an_unknown_vendors_invoice_becomes_a_ledger_and_a_voucher() {
    let tally = Tally::open().await;
    let bill = post(&replica(&tally, &[]), fixture::invoice()).await.unwrap().bill;
    let said = (bill.bill_id.as_str(), bill.vendor_id.as_str(), bill.vendor_by.as_str(), bill.total.to_string());
    assert_eq!(said, ("1", VENDOR, "created", "1180".to_owned()));
    assert_eq!(bill.booked_by, ["default"]);
    tally.with(|books| {
        assert_eq!(books.creditors, [(VENDOR.to_owned(), "29AAKCV4827Q1ZB".to_owned())]);
        let voucher = &books.vouchers[0];
        assert!(voucher.narration.starts_with("[inv-42] "), "{voucher:?}");
        assert_eq!((voucher.reference.as_str(), voucher.amount.as_str()), ("VPM/25-26/0042", "1180.00"));
        assert!(books.requests.iter().all(|request| request.contains("<SVCURRENTCOMPANY>Acme</SVCURRENTCOMPANY>")));
    });
}

#[tokio::test]
async fn whatever_is_lost_there_is_one_voucher_in_the_end() {
    for (fault, imports) in [
        (Fault::ResetBefore, 2),
        (Fault::GarbageBefore, 2),
        (Fault::Nothing, 2),
        (Fault::ResetAfter, 1),
        (Fault::CutAfter, 1),
        (Fault::GarbageAfter, 1),
        (Fault::ErrorAfter, 1),
    ] {
        let tally = Tally::open().await;
        tally.with(|books| books.faults.push_back(fault));
        let bill = attempts(&replica(&tally, &[]), 2).await.unwrap().bill;
        assert_eq!(bill.bill_id, "1", "{fault:?}");
        tally.with(|books| assert_eq!((books.vouchers.len(), books.imports), (1, imports), "{fault:?}"));
    }
}

#[tokio::test]
async fn an_import_whose_answer_was_lost_is_in_doubt_until_somebody_has_looked() {
    let tally = Tally::open().await;
    tally.with(|books| books.faults.push_back(Fault::ResetBefore));
    let replica = replica(&tally, &[]);
    let error = post(&replica, fixture::invoice()).await.unwrap_err();
    assert_eq!((error.code, error.class, error.in_doubt), (code::TALLY_UNAVAILABLE, Class::Unavailable, true));
    tally.with(|books| assert_eq!((books.looks, books.imports), (2, 1), "a look, an import, a look"));
}

#[tokio::test]
async fn of_two_replicas_with_the_same_invoice_both_have_the_one_voucher() {
    let tally = Tally::open().await;
    let replicas = [replica(&tally, &[]), replica(&tally, &[])];
    let posted = join_all(replicas.iter().map(|replica| post(replica, fixture::invoice()))).await;
    assert!(posted.into_iter().all(|posted| posted.unwrap().bill.bill_id == "1"));
    tally.with(|books| assert_eq!((books.vouchers.len(), books.creditors.len()), (1, 1)));
}

#[tokio::test]
async fn tally_gets_one_request_at_a_time() {
    let tally = Tally::open().await;
    let replica = replica(&tally, &[]);
    let posted = join_all((0..8).map(|_| post(&replica, fixture::invoice()))).await;
    assert!(posted.iter().all(Result::is_ok));
    tally.with(|books| assert_eq!((books.was_crowded, books.vouchers.len()), (false, 1)));
}

#[tokio::test]
async fn what_tally_refuses_is_named_and_nothing_is_in_doubt() {
    for (said, expected, class) in [
        ("Ledger 'Input CGST' does not exist!", code::TALLY_SETUP, Class::Permanent),
        ("Could not set 'SVCurrentCompany' to 'Acme'", code::TALLY_COMPANY, Class::Unavailable),
        ("Voucher date is missing", code::TALLY_DATE_REFUSED, Class::Transient),
        ("Voucher totals do not match!", code::TALLY_REFUSED, Class::Permanent),
    ] {
        let tally = Tally::open().await;
        tally.with(|books| books.faults.push_back(Fault::LineError(said)));
        let error = post(&replica(&tally, &[]), fixture::invoice()).await.unwrap_err();
        assert_eq!((error.code, error.class, error.in_doubt), (expected, class, false), "{said}");
        tally.with(|books| assert_eq!(books.vouchers.len(), 0));
    }
}

#[tokio::test]
async fn a_tally_that_is_not_there_pauses_the_stage() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let settings = [("LEDGER", "tally"), ("TALLY__URL", nowhere.as_str()), ("TALLY__COMPANY", "Acme")];
    let error = post(&service(&settings), fixture::invoice()).await.unwrap_err();
    assert_eq!((error.code, error.class), (code::TALLY_CONNECT, Class::Unavailable));
}

fn by_hand(reference: &str, party: &str, amount: &str) -> Voucher {
    Voucher {
        remote_id: "of-tally-itself".to_owned(),
        narration: "by hand".to_owned(),
        reference: reference.to_owned(),
        party: party.to_owned(),
        amount: amount.to_owned(),
    }
}

#[tokio::test]
async fn a_voucher_that_a_person_made_is_shown_and_not_made_again() {
    for (voucher, expected) in [
        (by_hand("vpm/25-26/0042", VENDOR, "1180.00"), Some(code::TALLY_NUMBER_TAKEN)),
        (by_hand("VPM/25-26/0042", VENDOR, "7.00"), Some(code::TALLY_NUMBER_TAKEN)),
        (by_hand("VPM/25-26/0042", "Another", "1180.00"), None),
    ] {
        let tally = Tally::open().await;
        tally.with(|books| {
            books.creditors.push((VENDOR.to_owned(), String::new()));
            books.vouchers.push(voucher);
        });
        let outcome = post(&replica(&tally, &[]), fixture::invoice()).await;
        assert_eq!(outcome.err().map(|error| error.code), expected);
    }
}

#[tokio::test]
async fn a_voucher_that_a_person_has_changed_is_not_changed_back() {
    let tally = Tally::open().await;
    let replica = replica(&tally, &[]);
    post(&replica, fixture::invoice()).await.unwrap();
    tally.with(|books| books.vouchers[0].amount = "1,181.00".to_owned());
    assert_eq!(code(post(&replica, fixture::invoice()).await), code::TALLY_TOTAL_DIFFERS);
    tally.with(|books| assert_eq!((books.imports, books.vouchers[0].amount.as_str()), (1, "1,181.00")));
}

#[tokio::test]
async fn a_vendor_is_found_by_gstin_before_its_name_or_waits_for_a_person() {
    let tally = Tally::open().await;
    tally.with(|books| books.creditors.push(("VPM Bengaluru".to_owned(), "29AAKCV4827Q1ZB".to_owned())));
    let bill = post(&replica(&tally, &[]), fixture::invoice()).await.unwrap().bill;
    assert_eq!((bill.vendor_id.as_str(), bill.vendor_by.as_str()), ("VPM Bengaluru", "gstin"));

    let twins = Tally::open().await;
    twins.with(|books| {
        books.creditors = ["A", "B"].map(|name| (name.to_owned(), "29AAKCV4827Q1ZB".to_owned())).to_vec();
    });
    assert_eq!(code(post(&replica(&twins, &[]), fixture::invoice()).await), code::TALLY_PARTY_AMBIGUOUS);

    let unknown = Tally::open().await;
    let careful = replica(&unknown, &[("TALLY__CREATE_VENDORS", "false")]);
    assert_eq!(code(post(&careful, fixture::invoice()).await), code::TALLY_PARTY_UNKNOWN);
    unknown.with(|books| assert_eq!((books.creditors.len(), books.imports), (0, 0)));
}

#[tokio::test]
async fn a_vendor_that_is_called_like_the_companys_cash_does_not_get_its_ledger() {
    let tally = Tally::open().await;
    tally.with(|books| books.others.push("Cash".to_owned()));
    let invoice = Invoice { vendor_name: "CASH".to_owned(), ..fixture::invoice() };
    assert_eq!(code(post(&replica(&tally, &[]), invoice).await), code::TALLY_PARTY_AMBIGUOUS);
    tally.with(|books| assert_eq!((books.creditors.len(), books.imports), (0, 0)));
}

#[tokio::test]
async fn the_ledger_that_a_person_named_is_debited_and_remembered_for_the_vendor() {
    let (tally, memory) = (Tally::open().await, Arc::new(Memory::empty()));
    let settings = [("LEDGER", "tally"), ("TALLY__URL", tally.url.as_str()), ("TALLY__COMPANY", "Acme")];
    let settings = [settings.as_slice(), &[("TALLY__CREATE_VENDORS", "true")]].concat();
    let replica = remembering(&settings, memory.clone());
    let debits = |ledger: &str| {
        let named = format!("<LEDGERNAME>{ledger}</LEDGERNAME>");
        tally.with(|books| books.requests.last().unwrap().contains(&named))
    };
    tally.with(|books| books.faults.push_back(Fault::LineError("Ledger 'No Such' does not exist!")));
    let unknown = corrected(&replica, "inv-1", account("No Such")).await.unwrap_err();
    assert_eq!((unknown.code, unknown.class), (code::TALLY_ACCOUNT_UNKNOWN, Class::Review));
    assert_eq!(code(corrected(&replica, "inv-1", tax("Nil")).await), code::ZOHO_TAX_UNKNOWN);

    let first = corrected(&replica, "inv-1", account("Freight inwards")).await.unwrap().bill;
    assert!(first.booked_by == ["chosen"] && debits("Freight inwards"));
    memory.take(&posted(first));
    tally.with(|books| books.vouchers.clear());
    let next = post(&replica, fixture::invoice()).await.unwrap().bill;
    assert!(next.booked_by == ["remembered"] && debits("Freight inwards"));
}
