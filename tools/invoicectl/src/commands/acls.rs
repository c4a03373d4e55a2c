//! `invoicectl acls`: the rules that a cluster with access control needs. It speaks to no cluster: an administrator
//! applies what it prints.

use crate::context::Context;
use crate::exit::Exit;
use crate::output::line;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;
use stream::topics::{Operation, Pattern, Resource, Role, Rule, rules};

/// Prints the access rules that the services and their users need, each limited to what it does.
#[derive(Debug, Args)]
pub(crate) struct Acls {
    /// Commands for Kafka's own tool, or one JSON array for programs.
    #[arg(long, value_enum, default_value_t = Form::KafkaAcls)]
    format: Form,
    /// The user of a role, if it is not `User:ROLE`; may be repeated. Roles: fetch-extract, llm-structure,
    /// post-to-zoho, operator, publisher, observer.
    #[arg(long, value_name = "ROLE=User:NAME", value_parser = principal)]
    principal: Vec<(Role, String)>,
    /// The administrator's client properties that the commands name.
    #[arg(long, value_name = "FILE", default_value = "admin.properties")]
    command_config: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    KafkaAcls,
    Json,
}

/// A rule in the shape of Strimzi's `KafkaUser`.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    role: &'static str,
    principal: &'a str,
    resource: Target<'a>,
    operations: &'a [Operation],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    r#type: Resource,
    name: &'a str,
    pattern_type: Pattern,
}

impl Acls {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let rules = rules(&context.topics);
        match self.format {
            Form::KafkaAcls => {
                for rule in &rules {
                    line(&self.command(rule, &context.kafka.brokers))?;
                }
            }
            Form::Json => line(&serde_json::to_string_pretty(&self.entries(&rules))?)?,
        }
        Ok(Exit::Done)
    }

    fn principal(&self, role: Role) -> String {
        let given: HashMap<Role, &String> = self.principal.iter().map(|(role, name)| (*role, name)).collect();
        given.get(&role).map_or_else(|| format!("User:{}", role.as_str()), |name| (*name).clone())
    }

    fn command(&self, rule: &Rule, brokers: &str) -> String {
        let config = self.command_config.display().to_string();
        let principal = self.principal(rule.role);
        let mut words = vec!["kafka-acls.sh", "--bootstrap-server", brokers, "--command-config", &config];
        words.extend(["--add", "--allow-principal", &principal]);
        words.extend(rule.operations.iter().flat_map(|operation| ["--operation", operation.as_str()]));
        let option = format!("--{}", rule.resource.as_str());
        match rule.resource {
            // There is one cluster, and it has no name here.
            Resource::Cluster => words.push(&option),
            _ => words.extend(rule.names.iter().flat_map(|name| [option.as_str(), name])),
        }
        if rule.pattern == Pattern::Prefix {
            words.extend(["--resource-pattern-type", "prefixed"]);
        }
        words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
    }

    fn entries<'a>(&self, rules: &'a [Rule]) -> Vec<serde_json::Value> {
        let entry = |rule: &'a Rule, name: &'a String| {
            let principal = self.principal(rule.role);
            let resource = Target { r#type: rule.resource, name, pattern_type: rule.pattern };
            let entry =
                Entry { role: rule.role.as_str(), principal: &principal, resource, operations: &rule.operations };
            serde_json::to_value(entry).expect("an entry holds text only")
        };
        rules.iter().flat_map(|rule| rule.names.iter().map(move |name| entry(rule, name))).collect()
    }
}

fn principal(text: &str) -> Result<(Role, String), String> {
    let (role, name) = text.split_once('=').ok_or("ROLE=User:NAME is wanted")?;
    let role = Role::parse(role).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.into_iter().map(Role::as_str).collect();
        format!("no role {role}; there are {}", known.join(", "))
    })?;
    if !name.starts_with("User:") || name == "User:" {
        return Err("the name must begin with User:, as Kafka writes it".to_owned());
    }
    Ok((role, name.to_owned()))
}

/// For a shell.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:,/=@%+".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Topics;

    fn acls(principals: &[&str]) -> Acls {
        Acls {
            format: Form::KafkaAcls,
            principal: principals.iter().map(|text| principal(text).unwrap()).collect(),
            command_config: PathBuf::from("admin.properties"),
        }
    }

    #[test]
    fn a_rule_is_one_command_for_kafkas_own_tool() {
        let rules = rules(&Topics::default());
        let publisher = rules.iter().find(|rule| rule.role == Role::Publisher).unwrap();
        assert_eq!(
            acls(&["publisher=User:CN=shop,O=Acme Ltd"]).command(publisher, "b:9094"),
            "kafka-acls.sh --bootstrap-server b:9094 --command-config admin.properties --add \
             --allow-principal 'User:CN=shop,O=Acme Ltd' --operation Write --topic invoices.fetch-extract"
        );
        let transactional = rules.iter().find(|rule| rule.resource == Resource::TransactionalId).unwrap();
        let command = acls(&[]).command(transactional, "b:9094");
        assert!(
            command.ends_with("--transactional-id invoices.fetch-extract. --resource-pattern-type prefixed"),
            "{command}"
        );
    }

    #[test]
    fn a_rule_is_one_json_entry_per_name() {
        let rules = rules(&Topics::default());
        let entries = acls(&[]).entries(&rules);
        assert_eq!(entries.len(), rules.iter().map(|rule| rule.names.len()).sum::<usize>());
        let expected = serde_json::json!({
            "role": "fetch-extract",
            "principal": "User:fetch-extract",
            "resource": {"type": "transactionalId", "name": "invoices.fetch-extract.", "patternType": "prefix"},
            "operations": ["Write"],
        });
        assert!(entries.contains(&expected), "{entries:#?}");
    }

    #[test]
    fn a_role_that_does_not_exist_is_refused() {
        assert!(principal("console=User:x").unwrap_err().contains("observer"));
        assert!(principal("publisher=shop").is_err());
    }
}
