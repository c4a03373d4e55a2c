use crate::{add_posting, up_to_posting};
use contract::{InvoiceId, Stage, State};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;
use testkit::world::{Setup, World, id_on};
use testkit::{ZohoCalls, until};

const PARTITIONS: i32 = 12;
const REPLICAS: usize = 2;
const ROUNDS: usize = 5;
const SOON: Duration = Duration::from_secs(90);
/// Longer than any round: the calls that are held fail by what is done to the replica and by nothing else.
const PATIENCE_MS: &str = "120000";
const UNIQUE_FIELD: &str = "cf_invoice_id";

/// What becomes of the replica.
#[derive(Debug, Clone, Copy)]
enum Blow {
    Kill,
    /// Until another replica has made its bills.
    Suspend,
}

/// Where it is struck, for three invoices at once.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moment {
    /// Zoho has answered that there is no bill yet.
    Looked,
    /// The bill is on its way.
    Posting,
    /// The bill is made, and nobody has been told.
    Posted,
}

const MOMENTS: [Moment; 3] = [Moment::Looked, Moment::Posting, Moment::Posted];

/// An invoice, the replica's call for it that the sandbox holds, and where.
struct Held {
    id: InvoiceId,
    fault: u64,
    moment: Moment,
}

/// Two replicas of the last stage, and whether Zoho itself keeps bills of one invoice from being two.
struct Books {
    world: World,
    unique_field: bool,
    submitted: u32,
}

impl Books {
    async fn open(unique_field: bool) -> Self {
        let mut env = vec![
            ("INVOICES__ZOHO__TIMEOUT_MS", PATIENCE_MS.to_owned()),
            ("INVOICES__STAGES__POST_TO_ZOHO__ATTEMPT_TIMEOUT_MS", "300000".to_owned()),
        ];
        let mut sandbox = Vec::new();
        if unique_field {
            env.push(("INVOICES__ZOHO__UNIQUE_FIELD", UNIQUE_FIELD.to_owned()));
            sandbox = vec!["--unique-field", UNIQUE_FIELD];
        }
        let setup = Setup { partitions: PARTITIONS.unsigned_abs(), env, sandbox, ..Setup::default() };
        let mut world = up_to_posting(&setup);
        add_posting(&mut world, REPLICAS);
        let mut books = Self { world, unique_field, submitted: 0 };
        books.warm_up().await;
        books
    }

    /// Both replicas know the vendor and the lists: between a look and its post lies nothing else.
    async fn warm_up(&mut self) {
        self.owned().await;
        let mut ids = HashSet::new();
        for partition in 0..PARTITIONS {
            let id = self.next_id(partition);
            self.submit(&id).await;
            ids.insert(id);
        }
        self.world.wait_ended(&ids, SOON).await;
    }

    /// The partitions of each replica, once they are shared out evenly.
    async fn owned(&mut self) -> Vec<Vec<i32>> {
        let mut owned = Vec::new();
        let replicas = self.world.replicas(Stage::PostToZoho);
        until("both replicas own their half", SOON, || {
            owned = replicas.iter_mut().map(|one| one.metrics().main_partitions()).collect();
            // Each once: what a replica says of itself may be older than what it lost.
            let distinct: HashSet<i32> = owned.iter().flatten().copied().collect();
            let all = PARTITIONS.unsigned_abs() as usize;
            distinct.len() == all && owned.iter().all(|of_one| of_one.len() * REPLICAS == all)
        })
        .await;
        owned
    }

    fn next_id(&mut self, partition: i32) -> InvoiceId {
        self.submitted += 1;
        id_on(partition, PARTITIONS, self.submitted)
    }

    /// Submits another invoice of the one vendor, whose every twentieth sample is.
    async fn submit(&self, id: &InvoiceId) {
        let url = self.world.sandbox.pdf(&format!("numbered/{}", self.submitted * 20));
        self.world.submit(&self.world.publisher(), url, Some(id.as_str())).await;
    }

    /// Invoices on these partitions, the calls for which stand still in the sandbox, one at each moment.
    async fn held(&mut self, partitions: &[i32]) -> Vec<Held> {
        let mut all = Vec::new();
        for (moment, partition) in MOMENTS.into_iter().zip(partitions) {
            let id = self.next_id(*partition);
            let fault = self.world.sandbox.fault(&self.hold(moment, &id));
            self.submit(&id).await;
            all.push(Held { id, fault, moment });
        }
        let sandbox = &self.world.sandbox;
        let stands = |held: &Held| sandbox.fault_view(held.fault)["held"] == 1;
        until("the calls are held", SOON, || all.iter().all(stands)).await;
        all
    }

    fn hold(&self, moment: Moment, id: &InvoiceId) -> Value {
        let write = if self.unique_field { "upsert" } else { "create" };
        let (operation, when) = match moment {
            Moment::Looked => ("list", "after"),
            Moment::Posting => (write, "before"),
            Moment::Posted => (write, "after"),
        };
        json!({"endpoint": "bills", "operation": operation, "kind": "hold", "when": when, "match": id, "count": 1})
    }

    /// Strikes a replica in the middle of three invoices, and lets the other one go on.
    async fn round(&mut self, number: usize, blow: Blow) -> Vec<Held> {
        let victim = number / 2 % REPLICAS;
        let partitions = self.owned().await.swap_remove(victim);
        let all = self.held(&partitions).await;
        self.strike(victim, blow);
        // Answers are delivered now, to a process that stands still or to nobody. What is on its way arrives now, or when the
        // other replica has long made the bill.
        let arrives_late = number.is_multiple_of(2);
        for held in &all {
            if held.moment != Moment::Posting || !arrives_late {
                self.world.sandbox.clear_fault(held.fault);
            }
        }
        let ids: HashSet<InvoiceId> = all.iter().map(|held| held.id.clone()).collect();
        let ended = self.world.wait_ended(&ids, SOON).await;
        assert!(ended.values().all(|status| status.state == State::Posted), "{ended:?}");
        self.world.sandbox.clear_faults();
        self.revive(victim, blow);
        all
    }

    fn strike(&mut self, victim: usize, blow: Blow) {
        let replica = &mut self.world.replicas(Stage::PostToZoho)[victim];
        match blow {
            Blow::Kill => replica.kill9(),
            Blow::Suspend => replica.process().pause().unwrap(),
        }
    }

    fn revive(&mut self, victim: usize, blow: Blow) {
        let replica = &mut self.world.replicas(Stage::PostToZoho)[victim];
        match blow {
            Blow::Kill => {
                replica.restart();
                replica.wait_ready();
            }
            Blow::Suspend => replica.process().resume().unwrap(),
        }
    }

    /// How often a bill of the invoice was sent.
    fn posts(&self, id: &InvoiceId) -> u64 {
        let calls = ZohoCalls::of_invoice(&self.world.sandbox, id.as_str());
        ["bills.create", "bills.upsert"].iter().filter_map(|kind| calls.get(*kind)).sum()
    }
}

/// Each invoice has one bill with one attachment.
fn assert_one_each(bills: &[Value], all: &[Held]) {
    for Held { id, moment, .. } in all {
        let own: Vec<&Value> = bills.iter().filter(|bill| bill["reference_number"] == id.as_str()).collect();
        assert_eq!(own.len(), 1, "{id}, {moment:?}: {own:#?}");
        assert_eq!(own[0]["times_created"], 1, "{id}, {moment:?}");
        assert_eq!(own[0]["attachments"].as_array().map(Vec::len), Some(1), "{id}, {moment:?}");
    }
}

async fn rounds(blow: Blow, unique_field: bool) {
    let mut books = Books::open(unique_field).await;
    let mut all = Vec::new();
    for number in 0..ROUNDS {
        all.extend(books.round(number, blow).await);
    }
    // By then a replica that was suspended has taken up its calls again and noticed that it was replaced.
    books.owned().await;
    let posts = |wanted| -> Vec<u64> {
        all.iter().filter(|held| held.moment == wanted).map(|held| books.posts(&held.id)).collect()
    };
    let [looked, posting, posted] = MOMENTS.map(posts);
    println!(
        "books, {blow:?} between look and post, {} a unique field: {ROUNDS} rounds of three invoices, one bill each; \
         bills sent for those struck after the look {looked:?}, on the way {posting:?}, before the answer {posted:?}",
        if unique_field { "with" } else { "without" },
    );
    assert_one_each(&books.world.sandbox.bills(), &all);
    assert!(looked.iter().all(|sent| *sent == 1), "who was struck after its look never posts");
    assert!(posting.contains(&2), "no bill arrived when the other replica had made it");
    assert!(books.world.dead_letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_killed_between_look_and_post_makes_one_bill() {
    for unique_field in [false, true] {
        rounds(Blow::Kill, unique_field).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_suspended_between_look_and_post_for_longer_than_its_session_makes_one_bill() {
    for unique_field in [false, true] {
        rounds(Blow::Suspend, unique_field).await;
    }
}
