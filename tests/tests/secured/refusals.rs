use crate::cluster::Cluster;
use contract::Stage;
use local::http;
use std::collections::HashSet;
use std::time::Duration;
use stream::publish::Publisher;
use stream::topics::Role;
use testkit::Service;
use testkit::world::{Place, Setup, World};

const SOON: Duration = Duration::from_secs(60);
const STAGE: Stage = Stage::FetchExtract;

/// A pipeline of which only the first service runs.
fn world(prefix: &str) -> World {
    let cluster = Cluster::get();
    let of_roles = |line: &str| ["User:fetch-extract ", "User:operator "].iter().any(|user| line.contains(user));
    cluster.allow(prefix, of_roles);
    let place = Place { prefix: Some(prefix.to_owned()), ..Place::secured(cluster.logins()) };
    World::at(&Setup::default(), &place)
}

/// The service says what is wrong, is alive and not ready, and shows no password.
fn assert_refused(service: &mut Service, code: &str, advice: &str) {
    let log = service.process().log().to_path_buf();
    let said = || std::fs::read_to_string(&log).ok().filter(|text| text.contains(code) && text.contains(advice));
    let text = service.process().until(&format!("{code} with {advice}"), SOON, said).unwrap();
    let admin = service.process().admin(SOON).unwrap();
    assert_eq!(http::get(&format!("{admin}/livez")).unwrap().status, 200);
    assert_eq!(http::get(&format!("{admin}/readyz")).unwrap().status, 503);
    assert!(!text.contains("hunter"), "a password is in the log");
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(code)).take(1).collect();
    println!("{code}: {lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_log_in_and_an_unknown_authority_are_named() {
    let mut world = world("refused-a");
    let password = ("INVOICES__KAFKA__PROPERTIES__SASL_PASSWORD", "hunter3".to_owned());
    world.add_with(STAGE, &[password]);
    assert_refused(world.service(STAGE), "kafka.log_in_refused", "sasl.password");
    assert!(world.service(STAGE).stop(), "it can be stopped while it waits");
    // The machine's own authorities, who did not sign this broker's certificate.
    world.add_with(STAGE, &[("INVOICES__KAFKA__PROPERTIES__SSL_CA_LOCATION", "probe".to_owned())]);
    assert_refused(&mut world.replicas(STAGE)[1], "kafka.tls", "ssl.ca.location");
    let mut status = world.invoicectl_as(Role::Operator, &["status", "X"]);
    let told = status.env("INVOICES__KAFKA__PROPERTIES__SASL_PASSWORD", "hunter3").output().unwrap();
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("kafka.log_in_refused") && !told.contains("hunter"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_rule_is_named_and_the_service_goes_on_when_it_is_there() {
    const PREFIX: &str = "refused-b";
    let cluster = Cluster::get();
    let mut world = world(PREFIX);
    let of_service = |line: &str, what: &str| line.contains("User:fetch-extract ") && line.contains(what);
    for (missing, named) in [
        ("--operation Read --topic", "refused-b.fetch-extract.retry"),
        ("--operation Write --transactional-id", "refused-b.fetch-extract.r"),
        ("--operation Read --group", "refused-b.fetch-extract"),
    ] {
        cluster.forbid(PREFIX, |line| of_service(line, missing));
        world.add(STAGE, STAGE.as_str());
        let service = world.replicas(STAGE).last_mut().unwrap();
        assert_refused(service, "kafka.not_authorized", named);
        cluster.allow(PREFIX, |line| of_service(line, missing));
        service.wait_ready();
        assert!(service.stop());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_to_write_lost_while_running_costs_no_work_and_no_dead_letter() {
    const PREFIX: &str = "refused-c";
    let cluster = Cluster::get();
    let mut world = world(PREFIX);
    world.add(STAGE, STAGE.as_str());
    world.service(STAGE).wait_ready();
    let write = |line: &str| line.contains("User:fetch-extract ") && line.contains("--operation Write --topic");
    cluster.forbid(PREFIX, write);
    let publisher = Publisher::new(&cluster.logins().client(Role::Operator), world.topics.clone()).unwrap();
    let id = world.submit(&publisher, world.sandbox.pdf("numbered/1"), None).await;
    let log = world.service(STAGE).process().log().to_path_buf();
    let said = || std::fs::read_to_string(&log).ok().filter(|text| text.contains("kafka.not_authorized")).map(drop);
    world.service(STAGE).process().until("kafka.not_authorized", SOON, said).unwrap();
    cluster.allow(PREFIX, write);
    let next = world.topics.main(Stage::LlmStructure);
    let forwarded = world.wait_record(&next, SOON, |record| record.invoice_id().as_ref() == Some(&id)).await;
    assert_eq!(forwarded.headers.attempt, Some(1));
    let fetched = world.sandbox.calls()["endpoints"]["pdf"]["ok"].as_u64();
    assert_eq!(fetched, Some(1), "the PDF was fetched once");
    assert!(world.dead_letters().await.is_empty());
    world.wait_status(&HashSet::from([id]), SOON, |status| status.stage == Stage::LlmStructure).await;
}
