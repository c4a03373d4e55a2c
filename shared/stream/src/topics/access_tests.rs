use super::*;

/// Whether the rules allow it, as a broker's authorizer would decide.
fn may(role: Role, operation: Operation, topic: &str) -> bool {
    rules(&Topics::default()).iter().any(|rule| {
        let is_meant = |name: &String| match rule.pattern {
            Pattern::Literal => name == topic,
            Pattern::Prefix => topic.starts_with(name.as_str()),
        };
        let is_right = rule.role == role && rule.resource == Resource::Topic && rule.operations.contains(&operation);
        is_right && rule.names.iter().any(is_meant)
    })
}

#[test]
fn a_stage_reads_only_its_own_input_and_states_where_it_learns_from_them() {
    let topics = Topics::default();
    let of_stage = |stage| [topics.main(stage), topics.retry(stage), topics.dead_letter(stage)];
    let shared = [topics.posted(), topics.status(), topics.history(), topics.stages()];
    let everywhere: Vec<String> = Stage::ALL.into_iter().flat_map(of_stage).chain(shared).collect();
    for stage in Stage::ALL {
        let mut own = vec![topics.main(stage), topics.retry(stage), topics.stages()];
        if stage != Stage::LlmStructure {
            own.push(topics.status());
        }
        for topic in &everywhere {
            assert_eq!(may(Role::Stage(stage), Operation::Read, topic), own.contains(topic), "{stage} {topic}");
        }
    }
}

#[test]
fn only_fetch_extract_starts_a_run_of_another_stage() {
    let starts = |role| may(role, Operation::Write, "invoices.post-to-zoho");
    let allowed: Vec<&str> = Role::ALL.into_iter().filter(|role| starts(*role)).map(Role::as_str).collect();
    assert_eq!(allowed, ["fetch-extract", "llm-structure"], "llm-structure's output is post-to-zoho's input");
}

#[test]
fn only_services_and_who_repairs_them_write_states() {
    for role in Role::ALL {
        let writes = matches!(role, Role::Stage(_) | Role::Repairer);
        assert_eq!(may(role, Operation::Write, "invoices.status"), writes, "{}", role.as_str());
    }
}

#[test]
fn only_services_and_operators_pause_a_stage_and_they_can_say_so() {
    for role in Role::ALL {
        let writes = matches!(role, Role::Stage(_) | Role::Operator);
        assert_eq!(may(role, Operation::Write, "invoices.stages"), writes, "{}", role.as_str());
        let says = writes || role == Role::Repairer;
        assert_eq!(may(role, Operation::Write, "invoices.history"), says, "{}", role.as_str());
    }
}

#[test]
fn a_publisher_reads_nothing_and_an_observer_writes_nothing() {
    let topics = Topics::default();
    let of_stage = |stage| [topics.main(stage), topics.retry(stage), topics.dead_letter(stage)];
    let shared = [topics.posted(), topics.status(), topics.history(), topics.stages()];
    let everywhere: Vec<String> = Stage::ALL.into_iter().flat_map(of_stage).chain(shared).collect();
    assert!(!everywhere.iter().any(|topic| may(Role::Publisher, Operation::Read, topic)));
    assert!(!everywhere.iter().any(|topic| may(Role::Observer, Operation::Write, topic)));
}

#[test]
fn two_pipelines_on_a_cluster_share_no_rule() {
    let (ours, theirs) = (Topics::new("acme"), Topics::new("acme-test"));
    let names = |topics| rules(topics).into_iter().filter(|rule| rule.resource != Resource::Cluster);
    for rule in names(&ours) {
        for name in &rule.names {
            let clash = names(&theirs).flat_map(|other| other.names).any(|other| other.starts_with(name.as_str()));
            assert!(!clash, "{name}");
        }
    }
}

#[test]
fn a_service_that_starts_waits_for_the_topics_that_are_made_last() {
    // `topics apply` commits starting offsets before it makes these, so that no service finds a group without one.
    for stage in Stage::ALL {
        let needed = topics_of(&Topics::default(), Role::Stage(stage));
        assert!(needed.contains(&"invoices.status".to_owned()), "{stage}");
    }
}

#[test]
fn the_page_shows_every_rule() {
    let page = include_str!("../../../../docs/security/kafka.md");
    let table = table();
    assert!(page.contains(&table), "docs/security/kafka.md must contain this table:\n{table}");
}

fn table() -> String {
    let mut table = "| User | Allowed | On | For |\n|---|---|---|---|\n".to_owned();
    for rule in rules(&Topics::default()) {
        let operations: Vec<&str> = rule.operations.iter().map(|operation| operation.as_str()).collect();
        let star = if rule.pattern == Pattern::Prefix { "*" } else { "" };
        let names: Vec<String> = rule.names.iter().map(|name| format!("`{name}{star}`")).collect();
        let (role, resource, purpose) = (rule.role.as_str(), rule.resource.as_str(), rule.purpose);
        table += &format!("| {role} | {} | {resource} {} | {purpose} |\n", operations.join(", "), names.join(", "));
    }
    table
}
