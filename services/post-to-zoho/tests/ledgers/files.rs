//! A file per bill, once.

use crate::{account, code, corrected, fixture, post, posted, remembering, service, tax};
use contract::{Invoice, code};
use futures::future::join_all;
use post_to_zoho::Memory;
use runtime::Follower as _;
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

fn settings(folder: &TempDir) -> [(&'static str, String); 2] {
    [("LEDGER", "files".to_owned()), ("FILES__FOLDER", folder.path().to_str().unwrap().to_owned())]
}

fn replica(folder: &TempDir) -> post_to_zoho::PostToZoho {
    let settings = settings(folder);
    service(&settings.each_ref().map(|(key, value)| (*key, value.as_str())))
}

fn names(folder: &TempDir) -> Vec<String> {
    fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_replicas_with_the_same_invoice_one_writes_its_file() {
    let folder = TempDir::new().unwrap();
    let replicas: Vec<_> = (0..8).map(|_| replica(&folder)).collect();
    let posted = join_all(replicas.iter().map(|replica| post(replica, fixture::invoice()))).await;
    let bills: Vec<_> = posted.into_iter().map(|posted| posted.unwrap().bill).collect();
    assert!(bills.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(names(&folder), [bills[0].bill_id.clone()]);
}

#[tokio::test]
async fn a_file_that_differs_is_left_as_it_is_and_shown_to_a_person() {
    let folder = TempDir::new().unwrap();
    let bill = post(&replica(&folder), fixture::invoice()).await.unwrap().bill;
    let path = folder.path().join(&bill.bill_id);
    let before = fs::read(&path).unwrap();
    let other = Invoice { total: "1181".parse().unwrap(), ..fixture::invoice() };
    assert_eq!(code(post(&replica(&folder), other).await), code::FILES_DIFFERS);
    assert_eq!(fs::read(path).unwrap(), before);
}

#[tokio::test]
async fn a_bill_that_was_taken_over_is_not_written_again() {
    let folder = TempDir::new().unwrap();
    let bill = post(&replica(&folder), fixture::invoice()).await.unwrap().bill;
    let done = folder.path().join("done");
    fs::create_dir(&done).unwrap();
    fs::rename(folder.path().join(&bill.bill_id), done.join(&bill.bill_id)).unwrap();
    assert_eq!(post(&replica(&folder), fixture::invoice()).await.unwrap().bill, bill);
    assert_eq!(names(&folder), ["done"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_pauses_the_stage() {
    let folder = TempDir::new().unwrap();
    let replica = replica(&folder);
    fs::remove_dir(folder.path()).unwrap();
    let error = post(&replica, fixture::invoice()).await.unwrap_err();
    assert_eq!(
        (error.code, error.class, error.in_doubt),
        (code::FILES_UNAVAILABLE, contract::Class::Unavailable, true)
    );
}

#[tokio::test]
async fn the_account_that_a_person_named_is_written_and_remembered_for_the_vendor() {
    let folder = TempDir::new().unwrap();
    let (settings, memory) = (settings(&folder), Arc::new(Memory::empty()));
    let replica = remembering(&settings.each_ref().map(|(key, value)| (*key, value.as_str())), memory.clone());
    assert_eq!(code(corrected(&replica, "inv-1", tax("Nil")).await), code::ZOHO_TAX_UNKNOWN);
    assert_eq!(names(&folder), [""; 0]);
    let bill = corrected(&replica, "inv-1", account("Freight inwards")).await.unwrap().bill;
    assert_eq!(bill.booked_by, ["chosen"]);
    memory.take(&posted(bill));
    let bill = post(&replica, fixture::invoice()).await.unwrap().bill;
    assert_eq!(bill.booked_by, ["remembered"]);
    assert!(fs::read_to_string(folder.path().join(&bill.bill_id)).unwrap().contains("Freight inwards"));
}
