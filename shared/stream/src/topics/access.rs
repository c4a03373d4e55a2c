//! Who must be allowed what; pure. This is the one list of the cluster's access rules: `invoicectl acls` prints it, the
//! page docs/security/kafka.md shows it, and a service that starts waits for the topics that stand here for it.
//!
//! Nothing is listed that a role can do without. Kafka lets whoever may read or write describe, too, and whoever may
//! write to a topic write idempotently; so neither stands here.

use contract::{Stage, Topics};
use serde::Serialize;

/// A part in the pipeline. Each has a user of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The service of a stage.
    Stage(Stage),
    /// Somebody with `invoicectl`.
    Operator,
    /// Somebody who carries out a runbook in which states are written: for as long as that takes.
    Repairer,
    /// A system that submits invoices.
    Publisher,
    /// Somebody who only looks.
    Observer,
}

/// What a rule protects, as Kafka names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Resource {
    Topic,
    Group,
    TransactionalId,
    Cluster,
}

/// Whether a rule's name is one name or the beginning of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Pattern {
    Literal,
    Prefix,
}

/// What is allowed, as Kafka names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Operation {
    Read,
    Write,
    Create,
    Alter,
    Describe,
    AlterConfigs,
    DescribeConfigs,
}

/// Something that a role is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub role: Role,
    pub resource: Resource,
    pub pattern: Pattern,
    /// The same holds for each of them.
    pub names: Vec<String>,
    pub operations: Vec<Operation>,
    /// What it is for.
    pub purpose: &'static str,
}

/// All rules of a pipeline, by role.
#[must_use]
pub fn rules(topics: &Topics) -> Vec<Rule> {
    Role::ALL.into_iter().flat_map(|role| rules_of(topics, role)).collect()
}

/// The topics that the role names in full.
pub(super) fn topics_of(topics: &Topics, role: Role) -> Vec<String> {
    let of_topics = |rule: &Rule| rule.resource == Resource::Topic && rule.pattern == Pattern::Literal;
    let mut names: Vec<String> =
        rules_of(topics, role).into_iter().filter(of_topics).flat_map(|rule| rule.names).collect();
    names.sort();
    names.dedup();
    names
}

impl Role {
    pub const ALL: [Self; 7] = [
        Self::Stage(Stage::FetchExtract),
        Self::Stage(Stage::LlmStructure),
        Self::Stage(Stage::PostToZoho),
        Self::Operator,
        Self::Repairer,
        Self::Publisher,
        Self::Observer,
    ];

    /// Also the name of its user, if it has no other.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stage(stage) => stage.as_str(),
            Self::Operator => "operator",
            Self::Repairer => "repairer",
            Self::Publisher => "publisher",
            Self::Observer => "observer",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

impl Resource {
    /// As `kafka-acls.sh` takes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Group => "group",
            Self::TransactionalId => "transactional-id",
            Self::Cluster => "cluster",
        }
    }
}

impl Operation {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Create => "Create",
            Self::Alter => "Alter",
            Self::Describe => "Describe",
            Self::AlterConfigs => "AlterConfigs",
            Self::DescribeConfigs => "DescribeConfigs",
        }
    }
}

fn rules_of(topics: &Topics, role: Role) -> Vec<Rule> {
    match role {
        Role::Stage(stage) => stage_rules(topics, stage),
        Role::Operator => operator_rules(topics),
        Role::Repairer => repairer_rules(topics),
        Role::Publisher => vec![submits(topics, role, "submits invoices")],
        Role::Observer => observer_rules(topics),
    }
}

fn stage_rules(topics: &Topics, stage: Stage) -> Vec<Rule> {
    let rule = |resource, pattern, names, operation, purpose| Rule {
        role: Role::Stage(stage),
        resource,
        pattern,
        names,
        operations: vec![operation],
        purpose,
    };
    let groups = vec![topics.main_group(stage), topics.retry_group(stage)];
    let transactions = vec![topics.transactional_id(stage, "")];
    vec![
        rule(Resource::Topic, Pattern::Literal, read_by(topics, stage), Operation::Read, reading(stage)),
        rule(Resource::Group, Pattern::Literal, groups, Operation::Read, "shares the work, commits offsets"),
        rule(Resource::Topic, Pattern::Literal, written_by(topics, stage), Operation::Write, writing(stage)),
        rule(Resource::TransactionalId, Pattern::Prefix, transactions, Operation::Write, "one id per replica"),
    ]
}

fn read_by(topics: &Topics, stage: Stage) -> Vec<String> {
    let mut names = vec![topics.main(stage), topics.retry(stage)];
    if matches!(stage, Stage::FetchExtract | Stage::PostToZoho) {
        names.push(topics.status());
    }
    names.push(topics.stages());
    names
}

fn written_by(topics: &Topics, stage: Stage) -> Vec<String> {
    let mut names = vec![topics.output(stage), topics.retry(stage), topics.dead_letter(stage)];
    if stage == Stage::FetchExtract {
        names.extend([topics.main(stage), topics.main(Stage::PostToZoho)]);
    }
    names.extend([topics.status(), topics.history(), topics.stages()]);
    names
}

const fn reading(stage: Stage) -> &'static str {
    match stage {
        Stage::FetchExtract => "its input; the states, by which admission knows an invoice; whether it is paused",
        Stage::LlmStructure => "its input; whether it is paused",
        Stage::PostToZoho => "its input; the states, from whose bills it knows vendors; whether it is paused",
    }
}

const fn writing(stage: Stage) -> &'static str {
    match stage {
        Stage::FetchExtract => "its output; records on a wrong partition, to itself; replays, to each stage; how it is",
        Stage::LlmStructure | Stage::PostToZoho => "its output; how it is",
    }
}

fn operator_rules(topics: &Topics) -> Vec<Rule> {
    use Operation::{AlterConfigs, Create, DescribeConfigs, Read};
    let role = Role::Operator;
    let rule = |resource, pattern, name, operations, purpose| Rule {
        role,
        resource,
        pattern,
        names: vec![name],
        operations,
        purpose,
    };
    let on_topics = vec![Create, DescribeConfigs, AlterConfigs, Read];
    vec![
        rule(Resource::Topic, Pattern::Prefix, topics.family(), on_topics, "`topics apply` and `check`; reads all"),
        rule(Resource::Group, Pattern::Prefix, topics.family(), vec![Read], "starting offsets, and lost ones"),
        rule(
            Resource::Cluster,
            Pattern::Literal,
            "kafka-cluster".to_owned(),
            vec![DescribeConfigs],
            "`topics check` looks at the brokers' settings",
        ),
        submits(topics, role, "submits, replays, discards and erases"),
        Rule {
            role,
            resource: Resource::Topic,
            pattern: Pattern::Literal,
            names: vec![topics.stages(), topics.history()],
            operations: vec![Operation::Write],
            purpose: "pauses and resumes stages, and says who did",
        },
    ]
}

fn repairer_rules(topics: &Topics) -> Vec<Rule> {
    use Operation::{Alter, Create, Read, Write};
    let rule = |resource, pattern, names, operations, purpose| Rule {
        role: Role::Repairer,
        resource,
        pattern,
        names,
        operations,
        purpose,
    };
    let (family, states) = (vec![topics.family()], vec![topics.status(), topics.history()]);
    vec![
        rule(
            Resource::Topic,
            Pattern::Prefix,
            family.clone(),
            vec![Read, Alter, Create],
            "`topics repartition` and `rebuild-status`; reads all",
        ),
        rule(Resource::Topic, Pattern::Literal, states, vec![Write], "puts lost and moved states right"),
        rule(Resource::Group, Pattern::Prefix, family, vec![Read], "`offsets set`; keeps services from starting"),
    ]
}

fn submits(topics: &Topics, role: Role, purpose: &'static str) -> Rule {
    Rule {
        role,
        resource: Resource::Topic,
        pattern: Pattern::Literal,
        names: vec![topics.main(Stage::FetchExtract)],
        operations: vec![Operation::Write],
        purpose,
    }
}

fn observer_rules(topics: &Topics) -> Vec<Rule> {
    let role = Role::Observer;
    let mut seen = vec![topics.status(), topics.history(), topics.posted(), topics.stages()];
    seen.extend(Stage::ALL.map(|stage| topics.dead_letter(stage)));
    vec![
        Rule {
            role,
            resource: Resource::Topic,
            pattern: Pattern::Literal,
            names: seen,
            operations: vec![Operation::Read],
            purpose: "shows states, events, bills, dead letters and stages",
        },
        Rule {
            role,
            resource: Resource::Group,
            pattern: Pattern::Prefix,
            names: vec![topics.family()],
            operations: vec![Operation::Describe],
            purpose: "reads as a group that it never joins; sees how far the others are",
        },
    ]
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
