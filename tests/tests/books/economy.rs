use crate::{REPLICAS, add_posting, up_to_posting};
use contract::Stage;
use std::time::Duration;
use testkit::world::Setup;
use testkit::{Known, ZohoCalls};

const VENDORS: u32 = 20;
const INVOICES: u32 = 300;
const MOST_CALLS: f64 = 2.05;
const SOON: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn fault_free_with_known_vendors_a_bill_costs_two_calls_and_its_attachment_one() {
    let mut world = up_to_posting(&Setup { partitions: 12, ..Setup::default() });
    add_posting(&mut world, 1);
    let first = Known::submit(&world, 0..VENDORS).await;
    world.wait_ended(&first.ids(), SOON).await;
    assert!(world.service(Stage::PostToZoho).stop());
    let before = ZohoCalls::read(&world.sandbox);

    // New processes: each reads the lists once.
    world.service(Stage::PostToZoho).restart();
    add_posting(&mut world, REPLICAS - 1);
    let known = Known::submit(&world, VENDORS..VENDORS + INVOICES).await;
    let ended = world.wait_ended(&known.ids(), SOON).await;
    let calls = ZohoCalls::read(&world.sandbox).since(&before);
    let mut bills = world.sandbox.bills();
    bills.retain(|bill| !first.ids().iter().any(|id| bill["reference_number"] == id.as_str()));
    let wrong = known.differences(&bills, &ended);
    let attachments = calls.of("attachments.create");
    let each = (calls.total - attachments) as f64 / f64::from(INVOICES);
    println!(
        "books, no fault, vendors known: {INVOICES} invoices over {REPLICAS} replicas: {each:.3} calls per bill, and \
         {attachments} for {INVOICES} attachments ({calls}); {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(attachments, u64::from(INVOICES));
    assert!(each <= MOST_CALLS, "{each:.3} calls per bill");
}
