//! One storm of a fixed seed. `make soak` runs as many as there is time for.

/// The seed was not chosen for anything but being the same every time.
const SEED: u64 = 4;
const INVOICES: u32 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_nothing_is_lost_nothing_is_done_twice_and_every_trail_leads_where_it_says() {
    let report = testkit::storm::run(SEED, INVOICES).await;
    println!("{report}");
}
