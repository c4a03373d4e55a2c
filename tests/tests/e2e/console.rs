use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::Service;
use testkit::world::{Setup, World};

const ASHA: &str = "asha-decides-everything-0001";
const ERP: &str = "the-erp-hands-in-invoices-02";
const SOON: Duration = Duration::from_secs(60);

/// A console as a process, and somebody who asks it.
struct Console {
    service: Service,
    url: String,
    client: Client,
}

impl Console {
    fn start(world: &World, instance: &str, run: &std::path::Path) -> Self {
        let token = |name: &str, role: &str, token: &str| json!({ "name": name, "role": role, "token": token });
        let tokens = json!([token("asha", "operate", ASHA), token("erp", "submit", ERP)]).to_string();
        let view = run.join(format!("{instance}.db")).display().to_string();
        let mut env = world.env().to_vec();
        env.extend(
            [
                ("INVOICES__CONSOLE__LISTEN", "127.0.0.1:0"),
                ("INVOICES__CONSOLE__TOKENS", tokens.as_str()),
                ("INVOICES__CONSOLE__VIEW", view.as_str()),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let mut service = Service::start("console", instance, &env, run);
        service.wait_ready();
        let url = service.process().line("console ", SOON).unwrap();
        Self { service, url, client: Client::new() }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}/api/v1/{path}", self.url)).bearer_auth(ASHA)
    }

    fn post(&self, token: &str, path: &str) -> RequestBuilder {
        self.client.post(format!("{}/api/v1/{path}", self.url)).bearer_auth(token)
    }

    async fn read(&self, path: &str) -> Value {
        json(self.get(path).send().await.unwrap()).await
    }

    async fn tell(&self, token: &str, path: &str, body: Value) -> Value {
        json(self.post(token, path).json(&body).send().await.unwrap()).await
    }
}

/// The body of a good answer.
async fn json(response: Response) -> Value {
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    assert!(status.is_success(), "{status}: {body}");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_do_over_http_ends_in_bills_and_stands_in_the_history_with_who_and_why() {
    let world = World::start(&Setup::default());
    let run = tempfile::tempdir().unwrap();
    let mut console = Console::start(&world, "c0", run.path());

    // Whoever hands it in first waits for its bill; whoever hands it in later has the same at once.
    let url = world.sandbox.pdf("numbered/5");
    let first = console.tell(ERP, "invoices?wait=60s", json!({ "pdf_url": url })).await;
    let receipt = &first["submitted"][0];
    assert_eq!((&receipt["ending"], &receipt["invoice"]["state"]), (&json!("ended"), &json!("posted")), "{first}");
    let second = console.tell(ASHA, "invoices?wait=60s", json!([{ "pdf_url": url }])).await;
    assert_eq!(second["submitted"][0]["invoice"]["bill"], receipt["invoice"]["bill"]);
    assert_eq!(world.sandbox.bills().len(), 1);
    let other = console
        .tell(
            ASHA,
            "invoices?wait=60s",
            json!({ "pdf_url": world.sandbox.pdf("numbered/9"), "invoice_id": receipt["invoice_id"] }),
        )
        .await;
    assert_eq!(
        (&other["submitted"][0]["ending"], &other["submitted"][0]["error_code"]),
        (&json!("rejected"), &json!("admission.id_conflict")),
        "{other}"
    );

    // What failed is listed, and a dry run says what a replay would do, and does nothing.
    world.sandbox.fault(&json!({ "endpoint": "llm", "kind": "status", "status": 400 }));
    let ask = |id: &str, number: u32| json!({ "invoice_id": id, "pdf_url": world.sandbox.pdf(&format!("numbered/{number}")) });
    let dead = console.tell(ERP, "invoices?wait=60s", json!([ask("DEAD-1", 6), ask("DEAD-2", 7)])).await;
    for receipt in dead["submitted"].as_array().unwrap() {
        assert_eq!((&receipt["ending"], &receipt["invoice"]["state"]), (&json!("ended"), &json!("dead")), "{dead}");
    }
    let letters = console.read("dead-letters?stage=llm-structure").await;
    assert_eq!(letters["items"].as_array().unwrap().len(), 2, "{letters}");
    let groups = console.read("dead-letters/groups?stage=llm-structure").await;
    assert_eq!((&groups["groups"][0]["code"], &groups["groups"][0]["count"]), (&json!("llm.bad_request"), &json!(2)));
    let selection = json!({ "stage": "llm-structure", "code": "llm.bad_request" });
    let planned = console.tell(ASHA, "dead-letters/replay", json!({ "selection": selection, "dry_run": true })).await;
    assert_eq!(
        (&planned["sent"], &planned["left"], &planned["histogram"][0]["letters"]),
        (&json!(2), &json!(0), &json!(2)),
        "{planned}"
    );
    assert_eq!(console.read("invoices/DEAD-1").await["invoice"]["run"], 1);

    // One is replayed, one discarded.
    world.sandbox.clear_faults();
    let one = json!({ "selection": { "ids": ["DEAD-1"] }, "reason": "the model is back" });
    let replayed = console.tell(ASHA, "dead-letters/replay", one).await;
    assert_eq!(
        (&replayed["answers"]["accepted"], &replayed["answers"]["unanswered"]),
        (&json!(1), &json!(0)),
        "{replayed}"
    );
    let posted = console.read("invoices/DEAD-1?wait=60s").await;
    assert_eq!((&posted["invoice"]["state"], &posted["invoice"]["run"]), (&json!("posted"), &json!(2)), "{posted}");
    let discarded = console.tell(ASHA, "dead-letters/DEAD-2/discard", json!({ "reason": "not ours" })).await;
    assert_eq!(discarded["answer"], "accepted", "{discarded}");
    assert_eq!(console.read("invoices/DEAD-2").await["invoice"]["state"], "discarded");
    let again =
        console.post(ASHA, "dead-letters/DEAD-2/discard").json(&json!({ "reason": "not ours" })).send().await.unwrap();
    assert_eq!(again.status(), 404);
    for (id, reason) in [("DEAD-1", "the model is back"), ("DEAD-2", "not ours")] {
        let history = console.read(&format!("invoices/{id}/history")).await;
        let told = history["events"]
            .as_array()
            .unwrap()
            .iter()
            .find(|event| event["kind"] == "command_accepted")
            .unwrap()
            .clone();
        assert_eq!((&told["actor"], &told["reason"]), (&json!("asha"), &json!(reason)));
    }
    let refused = console.post(ERP, "dead-letters/replay").json(&json!({})).send().await.unwrap();
    assert_eq!(refused.status(), 403);

    // A file is handed in, shown, and erased.
    let pdf = console.client.get(world.sandbox.pdf("numbered/8")).send().await.unwrap().bytes().await.unwrap();
    let upload = console.post(ERP, "invoices?wait=60s&invoice_id=FILE-1").header("content-type", "application/pdf");
    let uploaded = json(upload.body(pdf.clone()).send().await.unwrap()).await;
    assert_eq!(uploaded["submitted"][0]["invoice"]["state"], "posted", "{uploaded}");
    assert_eq!(console.get("invoices/FILE-1/document").send().await.unwrap().bytes().await.unwrap(), pdf);
    let page = console.get("invoices/FILE-1/pages/1.png").send().await.unwrap().bytes().await.unwrap();
    assert!(page.starts_with(b"\x89PNG"));
    let facts = console.read("invoices/FILE-1/facts").await;
    let vendor = facts["invoice"]["vendor_name"].as_str().unwrap().to_owned();
    assert!(!facts["evidence"].as_array().unwrap().is_empty(), "{facts}");
    let erased = console.tell(ASHA, "invoices/FILE-1/erase", json!({ "reason": "asked for" })).await;
    assert_eq!(
        (&erased["decided"]["answer"], erased["documents"].as_array().unwrap().len()),
        (&json!("accepted"), 1),
        "{erased}"
    );
    for path in ["document", "facts", "records"] {
        assert_eq!(console.get(&format!("invoices/FILE-1/{path}")).send().await.unwrap().status(), 410, "{path}");
    }
    assert!(!console.read("invoices/FILE-1").await.to_string().contains(&vendor));

    // Another replica knows the same, and a stream of events does not hold up the end.
    let replica = Console::start(&world, "c1", run.path());
    assert_eq!(replica.read("invoices/DEAD-2").await["invoice"]["state"], "discarded");
    let events = console.get("events").send().await.unwrap();
    assert_eq!(events.status(), 200);
    assert!(console.service.stop());
    assert!(!console.service.log().contains(&vendor) && !console.service.log().contains(ASHA));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_stage_starts_nothing_until_somebody_lets_it_go_on() {
    let world = World::start(&Setup::default());
    let run = tempfile::tempdir().unwrap();
    let console = Console::start(&world, "c0", run.path());
    let control = console.tell(ASHA, "stages/post-to-zoho/pause", json!({ "reason": "month end" })).await;
    assert_eq!((&control["paused"], &control["actor"]), (&json!(true), &json!("asha")));
    let is_paused = async || console.read("stages").await["stages"][2]["replicas"][0]["paused"] == json!(true);
    let wait = async { while !is_paused().await {} };
    tokio::time::timeout(SOON, wait).await.expect("the replica says that it is paused");
    let url = world.sandbox.pdf("numbered/5");
    let waiting = console.tell(ERP, "invoices?wait=1s", json!({ "pdf_url": url })).await;
    assert_eq!(waiting["submitted"][0]["ending"], "pending", "{waiting}");
    console.tell(ASHA, "stages/post-to-zoho/resume", json!({})).await;
    let posted = console.tell(ERP, "invoices?wait=60s", json!({ "pdf_url": url })).await;
    assert_eq!(posted["submitted"][0]["invoice"]["state"], "posted", "{posted}");
    assert_eq!(world.sandbox.bills().len(), 1);
}
