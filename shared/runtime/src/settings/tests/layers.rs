//! Defaults, file and environment, one above the other.

use super::{Files, load, load_file};
use crate::settings::layer::{DEFAULTS, json as tree};
use config::{FileFormat, Format, Value};
use serde_json::json;

#[test]
fn defaults_alone_are_valid_and_the_instance_is_the_host() {
    let settings = load(&[("INVOICES_CONFIG", ""), ("INVOICES_CONSOLE_SERVICE_HOST", "10.0.0.1")]).unwrap();
    assert_eq!(settings.kafka.brokers, "127.0.0.1:9092");
    assert!(!settings.instance.is_empty());
}

#[test]
fn every_key_of_the_commented_defaults_is_in_the_typed_tree_and_the_other_way_round() {
    let values = FileFormat::Yaml.parse(None, DEFAULTS).unwrap();
    let mut written = tree(&Value::new(None, values));
    let settings = load(&[("INVOICES__INSTANCE", "a")]).unwrap();
    written["instance"] = json!("a");
    assert_eq!(settings.redacted(), written);
}

#[test]
fn every_key_of_the_commented_defaults_has_a_comment() {
    let mut previous = "";
    // The fields of a stage are explained once, above all three.
    let (stages, sections) = ("stages:", ["stages:", "fetch:"]);
    let mut in_stages = false;
    for line in DEFAULTS.lines() {
        if sections.contains(&line) {
            in_stages = line == stages;
        }
        let is_key = !line.trim().is_empty() && !line.trim_start().starts_with('#');
        if is_key && !in_stages {
            assert!(previous.trim_start().starts_with('#'), "no comment above {line:?}");
        }
        previous = line;
    }
}

#[test]
fn an_empty_file_and_an_emptied_section_change_nothing() {
    for nothing in ["", "# nothing\n", "kafka:\nllm:\n", "kafka: {properties: }"] {
        assert_eq!(load_file(nothing).unwrap().redacted(), load(&[]).unwrap().redacted(), "{nothing:?}");
    }
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_defaults() {
    let files = Files::new();
    let file = files.write("invoices.yaml", "llm: {model: from-file, max_tokens: 1000}\nfetch: {max_redirects: 1}");
    let settings = load(&[("INVOICES_CONFIG", &file), ("INVOICES__LLM__MODEL", "from-environment")]).unwrap();
    assert_eq!(settings.llm.model, "from-environment");
    assert_eq!(settings.llm.max_tokens, 1000);
    assert_eq!(settings.fetch.max_redirects, 1);
    assert_eq!(settings.llm.timeout_ms, 120_000);
}

#[test]
fn values_of_the_environment_are_read_by_the_type_of_their_key() {
    let settings = load(&[
        ("INVOICES__ZOHO__ORGANIZATION_ID", "00123"),
        ("INVOICES__ZOHO__ACCOUNT_ID", "42"),
        ("INVOICES__ZOHO__ACCOUNT_NAME", ""),
        ("INVOICES__LLM__MODEL", "true"),
        ("INVOICES__LLM__INPUT_USD_PER_MTOK", "0.25"),
        ("INVOICES__LLM__STRUCTURED_OUTPUTS", "false"),
        ("INVOICES__ENGINE__TIME_SCALE", "1"),
        ("INVOICES__ADMIN__LISTEN", "127.0.0.1:0"),
    ])
    .unwrap();
    assert_eq!(settings.zoho.organization_id, "00123");
    assert_eq!(settings.zoho.account_id.as_deref(), Some("42"));
    assert_eq!(settings.zoho.account_name, None);
    assert_eq!(settings.llm.model, "true");
    assert_eq!(settings.llm.input_usd_per_mtok.to_string(), "0.25");
    assert!(!settings.llm.structured_outputs);
}

#[test]
fn librdkafka_properties_are_taken_from_file_and_environment() {
    let files = Files::new();
    let file = files.write("a.yaml", "kafka: {properties: {log_level: 5, socket.keepalive.enable: true}}");
    let password = files.write("password", "p\n");
    let settings = load(&[
        ("INVOICES_CONFIG", &file),
        ("INVOICES__KAFKA__PROPERTIES__SECURITY_PROTOCOL", "SASL_SSL"),
        ("INVOICES__KAFKA__PROPERTIES__sasl.username", "u"),
        ("INVOICES__KAFKA__PROPERTIES__SASL_PASSWORD_FILE", &password),
    ])
    .unwrap();
    let properties: Vec<_> = settings.kafka.properties.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        properties,
        [
            "log_level=5",
            "sasl.password=p",
            "sasl.username=u",
            "security.protocol=SASL_SSL",
            "socket.keepalive.enable=true"
        ]
    );
}

#[test]
fn rules_for_accounts_and_other_names_of_vendors_are_lists() {
    let yaml = "zoho:\n  account_rules:\n    - {hsn: \"4802\", account: Printing}\n    - {vendor: Asha, account: \"42\"}\n  \
        vendor_aliases:\n    - {printed: A. T., vendor: Asha Traders}\n";
    let zoho = load_file(yaml).unwrap().zoho;
    let accounts: Vec<&str> = zoho.account_rules.iter().map(|rule| rule.account.as_str()).collect();
    assert_eq!((accounts, zoho.account_rules[0].hsn.as_deref()), (vec!["Printing", "42"], Some("4802")));
    assert_eq!((zoho.vendor_aliases[0].printed.as_str(), zoho.create_vendors), ("A. T.", true));
}
