use testkit::world::{Setup, World};

#[test]
fn applying_topics_again_changes_nothing_and_another_partition_count_is_refused() {
    let world = World::new(&Setup { partitions: 3, ..Setup::default() });
    let again = world.invoicectl(&["topics", "apply"]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let other =
        world.invoicectl_command(&["topics", "apply"]).env("INVOICES__TOPICS__PARTITIONS", "5").output().unwrap();
    assert!(!other.status.success());
    let said = String::from_utf8_lossy(&other.stderr).into_owned() + &String::from_utf8_lossy(&other.stdout);
    assert!(said.contains("has 3 partitions"), "{said}");
}
