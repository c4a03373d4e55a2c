use contract::{InvoiceId, State};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::time::Duration;
use testkit::World;
use testkit::world::Setup;

const SOON: Duration = Duration::from_secs(60);
const POSTED: u32 = 6;
/// The samples' sellers come round after so many.
const SELLERS: u32 = 20;
const STRANGER: &str = "0123456789abcdef0123456789abcdef";

/// The report and the exit code of a comparison of all of today.
fn reconcile(world: &World, metrics: &Path) -> (Value, Option<i32>) {
    let metrics = metrics.to_str().unwrap();
    let output = world.invoicectl(&["reconcile", "--since", "1d", "--grace", "0s", "--json", "--metrics", metrics]);
    let said = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    (report, output.status.code())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// A bill of one untaxed line.
fn bill(vendor: &Value, number: &str, reference: &str, date: &str, total: &str) -> Value {
    json!({"vendor_id": vendor["contact_id"], "bill_number": number, "reference_number": reference, "date": date,
        "line_items": [{"item_id": "1", "name": "by hand", "rate": total, "quantity": 1}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_do_to_the_books_is_reported_and_nothing_else() {
    let world = World::start(&Setup::default());
    let (publisher, folder) = (world.publisher(), tempfile::tempdir().unwrap());
    let metrics = folder.path().join("invoices.prom");
    let mut ids: Vec<InvoiceId> = Vec::new();
    for number in 0..POSTED {
        ids.push(world.submit(&publisher, world.sandbox.pdf(&format!("numbered/{number}")), None).await);
    }
    let ended = world.wait_ended(&ids.iter().cloned().collect(), SOON).await;
    assert!(ended.values().all(|status| status.state == State::Posted));

    let (report, exit) = reconcile(&world, &metrics);
    assert_eq!((exit, &report["checked"], &report["calls"]), (Some(0), &json!(POSTED), &json!(1)), "{report}");
    assert_eq!(report["differences"], json!([]));

    let bills: HashMap<String, Value> =
        world.sandbox.bills().into_iter().map(|bill| (text(&bill["reference_number"]).to_owned(), bill)).collect();
    let of = |at: usize| &bills[ids[at].as_str()];
    world.sandbox.delete_bill(text(&of(0)["bill_id"]));
    world.sandbox.change_bill(text(&of(1)["bill_id"]), &json!({"adjustment": 1}));
    let copy = bill(&of(2)["vendor"], "A COPY", ids[2].as_str(), text(&of(2)["date"]), "5");
    let copy = world.sandbox.enter_bill(&copy);
    let number = text(&of(3)["bill_number"]).replace('/', " ");
    let twin = bill(&of(3)["vendor"], &number, "", text(&of(3)["date"]), text(&of(3)["total"]));
    let twin = world.sandbox.enter_bill(&twin);
    let unknown = world.sandbox.enter_bill(&bill(&of(4)["vendor"], "X-1", STRANGER, text(&of(4)["date"]), "7"));
    // Somebody has entered an invoice that comes through the pipeline as well.
    let late = samples::numbered(SELLERS + 5).truth;
    let entered = bill(&of(5)["vendor"], &late.invoice_number, "", &late.invoice_date, &late.total);
    let entered = world.sandbox.enter_bill(&entered);
    let held = world.submit(&publisher, world.sandbox.pdf(&format!("numbered/{}", SELLERS + 5)), None).await;
    let ended = world.wait_ended(&HashSet::from([held.clone()]), SOON).await;
    assert_eq!(ended[&held].code.as_ref().map(|code| code.as_str()), Some("zoho.already_billed"));

    let (report, exit) = reconcile(&world, &metrics);
    let found: BTreeSet<(String, String, String)> =
        report["differences"].as_array().unwrap().iter().map(told).collect();
    let line = |kind: &str, id: &str, bills: &[&Value]| {
        let bills: Vec<&Value> = bills.iter().map(|bill| &bill["bill_id"]).collect();
        (kind.to_owned(), id.to_owned(), json!(bills).to_string())
    };
    let expected = [
        line("missing", ids[0].as_str(), &[of(0)]),
        line("different", ids[1].as_str(), &[of(1)]),
        line("doubled", ids[2].as_str(), &[of(2), &copy]),
        line("doubled", ids[3].as_str(), &[of(3), &twin]),
        line("unknown", STRANGER, &[&unknown]),
        line("by_hand", held.as_str(), &[&entered]),
    ];
    assert_eq!((found, exit), (BTreeSet::from(expected), Some(5)), "{report:#}");
    assert_eq!(report["calls"], 2, "a page, and a look for the bill that is not on it");
    let metrics = std::fs::read_to_string(&metrics).unwrap();
    for (kind, count) in [("missing", 1), ("doubled", 2), ("different", 1), ("unknown", 1), ("by_hand", 1)] {
        let sample = format!("invoice_reconcile_differences{{kind=\"{kind}\"}} {count}\n");
        assert!(metrics.contains(&sample), "{metrics}");
    }
}

fn told(difference: &Value) -> (String, String, String) {
    let invoice = difference["invoice_id"].as_str().unwrap_or_default();
    (text(&difference["kind"]).to_owned(), invoice.to_owned(), difference["bill_ids"].to_string())
}
