use contract::{Code, InvoiceId, Stage, State, Status};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);

async fn ended_in_run(world: &World, id: &InvoiceId, run: u32) -> Status {
    let ids = HashSet::from([id.clone()]);
    let mut ended = world.wait_status(&ids, SOON, |status| status.run == run && status.state.is_terminal()).await;
    ended.remove(id).unwrap()
}

fn held_for(status: &Status) -> &str {
    assert_eq!(status.state, State::Review, "{:?}", status.code);
    status.code.as_ref().map(Code::as_str).unwrap()
}

/// Approves what waits, as this person, after a change if there is one.
fn approve(world: &World, id: &InvoiceId, person: &str, change: Option<(&str, Value)>) {
    approve_with(world, id, person, change, &[]);
}

fn approve_with(world: &World, id: &InvoiceId, person: &str, change: Option<(&str, Value)>, further: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("candidate.json");
    let mut args = vec!["dlq", "approve", id.as_str(), "--reason", "compared with the PDF"];
    args.extend(further);
    if let Some((field, value)) = change {
        let shown = world.invoicectl(&["dlq", "show", id.as_str()]);
        let letters: Vec<Value> = serde_json::Deserializer::from_slice(&shown.stdout).into_iter().flatten().collect();
        let mut input = letters.last().unwrap()["input"].clone();
        input["invoice"][field] = value;
        std::fs::write(&file, input.to_string()).unwrap();
        args.extend(["--candidate", file.to_str().unwrap()]);
    }
    let approved = world.invoicectl_command(&args).env("USER", person).output().unwrap();
    assert!(approved.status.success(), "{}", String::from_utf8_lossy(&approved.stderr));
}

fn bank(account: &str) -> Option<(&'static str, Value)> {
    Some(("bank", json!({ "account": account, "branch": "HCBX0000047" })))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_has_just_started_notices_another_bank_account_and_a_person_lets_it_pass() {
    let env = vec![("INVOICES__ZOHO__APPROVE", "always".to_owned())];
    let mut world = World::start(&Setup { env, ..Setup::default() });
    let publisher = world.publisher();
    let pdfs = [0, 60, 120].map(|number| world.sandbox.pdf(&format!("numbered/{number}")));
    let mut ids = Vec::new();
    for pdf in pdfs {
        ids.push(world.submit(&publisher, pdf, None).await);
    }
    for id in &ids {
        assert_eq!(held_for(&ended_in_run(&world, id, 1).await), "zoho.needs_approval");
    }
    approve(&world, &ids[0], "asha", bank("0044 7100 2"));
    let first = ended_in_run(&world, &ids[0], 2).await.bill.unwrap();

    assert!(world.service(Stage::PostToZoho).stop());
    world.replicas(Stage::PostToZoho).clear();
    world.add(Stage::PostToZoho, "post-to-zoho");
    approve(&world, &ids[1], "asha", bank("9"));
    assert_eq!(held_for(&ended_in_run(&world, &ids[1], 2).await), "zoho.bank_changed");
    approve(&world, &ids[1], "ravi", None);
    let second = ended_in_run(&world, &ids[1], 3).await.bill.unwrap();
    assert_eq!(second.vendor_id, first.vendor_id);

    approve(&world, &ids[2], "asha", bank("9"));
    assert_eq!(ended_in_run(&world, &ids[2], 2).await.state, State::Posted, "the new account is known from then on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_corrects_is_used_for_the_vendor_by_a_replica_that_has_just_started() {
    let env = vec![("INVOICES__ZOHO__APPROVE", "always".to_owned())];
    let mut world = World::start(&Setup { env, ..Setup::default() });
    let publisher = world.publisher();
    let mut ids = Vec::new();
    for number in [0, 60, 120] {
        ids.push(world.submit(&publisher, world.sandbox.pdf(&format!("numbered/{number}")), None).await);
    }
    for id in &ids {
        assert_eq!(held_for(&ended_in_run(&world, id, 1).await), "zoho.needs_approval");
    }
    let account = ["--account", "No Such Account", "--remember"];
    approve_with(&world, &ids[0], "asha", None, &account);
    assert_eq!(held_for(&ended_in_run(&world, &ids[0], 2).await), "zoho.account_unknown");
    assert_eq!(world.sandbox.bills().len(), 0);
    let nothing_said = ["dlq", "approve", ids[0].as_str(), "--reason", "as it is"];
    assert!(!world.invoicectl(&nothing_said).status.success(), "it waits for another name");
    approve_with(&world, &ids[0], "asha", None, &["--account", "consultant expense", "--remember"]);
    let first = ended_in_run(&world, &ids[0], 3).await.bill.unwrap();
    assert_eq!(first.booked_by, ["chosen"]);

    assert!(world.service(Stage::PostToZoho).stop());
    world.replicas(Stage::PostToZoho).clear();
    world.add(Stage::PostToZoho, "post-to-zoho");
    approve(&world, &ids[1], "ravi", None);
    let second = ended_in_run(&world, &ids[1], 2).await.bill.unwrap();
    assert_eq!((second.vendor_id, second.booked_by.as_slice()), (first.vendor_id, &["remembered".to_owned()][..]));
    assert_eq!(accounts_of(&world, &second.bill_id), HashSet::from([CHOSEN.to_owned()]));

    approve_with(&world, &ids[2], "asha", None, &["--account", "", "--remember"]);
    let third = ended_in_run(&world, &ids[2], 2).await.bill.unwrap();
    assert_eq!(third.booked_by, ["default"]);
    assert_ne!(accounts_of(&world, &third.bill_id), HashSet::from([CHOSEN.to_owned()]), "it was taken back");
}

const CHOSEN: &str = "Consultant Expense";

fn accounts_of(world: &World, bill_id: &str) -> HashSet<String> {
    let bills = world.sandbox.bills();
    let bill = bills.iter().find(|bill| bill["bill_id"] == bill_id).unwrap();
    let lines = bill["line_items"].as_array().unwrap();
    lines.iter().map(|line| line["account_name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn by_setting_whoever_edited_an_invoice_cannot_approve_it() {
    let env = [("INVOICES__ZOHO__APPROVE", "always"), ("INVOICES__ZOHO__TWO_PERSONS", "true")];
    let env = env.map(|(name, value)| (name, value.to_owned())).to_vec();
    let world = World::start(&Setup { env, ..Setup::default() });
    let id = world.submit(&world.publisher(), world.sandbox.pdf("numbered/3"), None).await;
    assert_eq!(held_for(&ended_in_run(&world, &id, 1).await), "zoho.needs_approval");
    approve(&world, &id, "asha", Some(("purchase_order", json!("PO-7"))));
    assert_eq!(held_for(&ended_in_run(&world, &id, 2).await), "zoho.needs_approval");
    assert_eq!(world.sandbox.bills().len(), 0);
    approve(&world, &id, "ravi", None);
    assert_eq!(ended_in_run(&world, &id, 3).await.state, State::Posted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_on_its_way_is_never_posted() {
    let world = World::start(&Setup::default());
    world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 529}));
    let publisher = world.publisher();
    let id = world.submit(&publisher, world.sandbox.pdf("numbered/1"), None).await;
    let other = world.submit(&publisher, world.sandbox.pdf("numbered/2"), None).await;
    let ids = HashSet::from([id.clone()]);
    world.wait_status(&ids, SOON, |status| status.stage == Stage::LlmStructure).await;
    let cancelled = world.invoicectl(&["cancel", id.as_str(), "--reason", "sent to us by mistake"]);
    assert!(cancelled.status.success(), "{}", String::from_utf8_lossy(&cancelled.stderr));
    world.sandbox.clear_faults();
    assert_eq!(held_for(&ended_in_run(&world, &id, 1).await), "zoho.cancelled");
    assert_eq!(ended_in_run(&world, &other, 1).await.state, State::Posted);
    assert_eq!(world.sandbox.bills().len(), 1);
    let late = world.invoicectl(&["cancel", other.as_str(), "--reason", "too late"]);
    assert_eq!(late.status.code(), Some(1), "{}", String::from_utf8_lossy(&late.stdout));
}
