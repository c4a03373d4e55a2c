//! Everything that is wrong is listed at once, with its origin and what is allowed.

use super::{Files, keys, load, load_file};
use crate::settings::environment::variable;

const SECRET: &str = "sk-do-not-show";

#[test]
fn all_mistakes_of_all_layers_are_listed_at_once() {
    let files = Files::new();
    let file = files.write(
        "invoices.yaml",
        "kafka: {broker: 'a:1'}\n\
         llm: {max_tokens: many, api_key: 12345, model: }\n\
         log: {format: xml, level: inof}\n\
         stages: {post_to_zoho: {concurrency: 0, retry: {jitter: 1.5, attempts: 3}}}\n\
         topics: [1]\n",
    );
    let mistakes = load(&[
        ("INVOICES_CONFIG", &file),
        ("INVOICES__ENGINE__WINDOW_SPAN", "-1"),
        ("INVOICES__FETCH__MAX_REDIRECTS", "5000000000"),
        ("INVOICES__ZOHO__API_URL", "www.zohoapis.in"),
        ("INVOICES__ZOHO__CLIENT_SECRET_FILE", "/no/such/file"),
        ("INVOICES__FETCH", "yes"),
        ("INVOICES__NEW__KEY", "1"),
    ])
    .unwrap_err();
    let shown = mistakes.to_string().replace(&file, "FILE").replace("environment variable INVOICES__", "$");
    let sections = "`kafka`, `topics`, `instance`, `admin`, `log`, `engine`, `stages`, `company`, `documents`, `fetch`, `llm`, `ledger`, `zoho`, `tally`, `files`, `console`";
    let expected = [
        "16 mistakes in the settings:",
        "engine.window_span ($ENGINE__WINDOW_SPAN): must be a whole number, 0 or more; it is -1",
        "fetch ($FETCH): must be a section: set the keys below it",
        "fetch.max_redirects ($FETCH__MAX_REDIRECTS): invalid value: integer `5000000000`, expected u32",
        "kafka.broker (file FILE): unknown field `broker`, expected `brokers` or `properties`",
        "llm.api_key (file FILE): must be text, in quotes",
        "llm.max_tokens (file FILE): must be a whole number, 0 or more",
        "llm.model (file FILE): must be text, in quotes",
        "log.format (file FILE): must be `text` or `json`",
        "log.level (file FILE): must be error, warn, info, debug, trace or off, or several like info,module=debug",
        &format!("new.key ($NEW__KEY): unknown field `new`, expected one of {sections}"),
        "stages.post_to_zoho.concurrency (file FILE): must be from 1 to 4096; it is 0",
        "stages.post_to_zoho.retry.attempts (file FILE): unknown field `attempts`, expected one of `max_attempts`, \
         `initial_ms`, `coefficient`, `cap_ms`, `jitter`",
        "stages.post_to_zoho.retry.jitter (file FILE): must be from 0 to 1; it is 1.5",
        "topics (file FILE): must be a section: set the keys below it",
        "zoho.api_url ($ZOHO__API_URL): must be a URL like https://host or http://host:port, without user, password \
         or query",
        "zoho.client_secret ($ZOHO__CLIENT_SECRET_FILE): cannot read the file it names: No such file or directory \
         (os error 2)",
    ];
    assert_eq!(shown.lines().map(str::trim).collect::<Vec<_>>(), expected);
}

#[test]
fn unknown_keys_are_refused_in_the_file_and_in_the_environment() {
    assert_eq!(
        keys(load_file("kafka: {broker: x}\nbatch: 1\nllm: {model: {name: x}}")),
        ["batch", "kafka.broker", "llm.model.name"]
    );
    assert_eq!(
        keys(load(&[("INVOICES__KAFKA__BROKER", "x:1"), ("INVOICES__INSTANCE__X", "1")])),
        ["instance.x", "kafka.broker"]
    );
}

#[test]
fn a_file_that_cannot_be_read_is_a_mistake_beside_the_others() {
    let variables = [("INVOICES_CONFIG", "/no/such.yaml"), ("INVOICES__LOG__LEVEL", "loud")];
    assert_eq!(keys(load(&variables)), ["INVOICES_CONFIG", "log.level"]);
    for broken in ["a: [", "a: 1\na: 2", SECRET, "- a"] {
        let mistakes = load_file(broken).unwrap_err();
        assert_eq!(mistakes.iter().next().unwrap().key, "INVOICES_CONFIG", "{broken}");
        assert!(!mistakes.to_string().contains(SECRET), "{mistakes}");
    }
}

#[test]
fn properties_that_exactly_once_rests_on_are_refused() {
    let mistakes = keys(load_file("kafka: {properties: {enable.auto.commit: true, ssl: {ca: x}, group.id: g}}"));
    assert_eq!(
        mistakes,
        ["kafka.properties.enable.auto.commit", "kafka.properties.group.id", "kafka.properties.ssl.ca"]
    );
}

#[test]
fn values_out_of_range_are_refused() {
    let table = [
        ("kafka.brokers", "localhost"),
        ("kafka.brokers", "a:1,,b:2"),
        ("topics.prefix", "in voices"),
        ("topics.partitions", "0"),
        ("topics.max_message_bytes", "900001"),
        ("instance", "a b"),
        ("admin.listen", "9464"),
        ("engine.window_span", "63"),
        ("engine.window_span", "8193"),
        ("engine.time_scale", "0"),
        ("engine.time_scale", "NaN"),
        ("stages.fetch_extract.concurrency", "4097"),
        ("stages.llm_structure.attempt_timeout_ms", "0"),
        ("stages.llm_structure.retry.coefficient", "0.9"),
        ("stages.post_to_zoho.retry.jitter", "1.1"),
        ("fetch.extract_children", "0"),
        ("llm.base_url", "https://user:secret@api.example"),
        ("llm.input_usd_per_mtok", "three"),
        ("llm.output_usd_per_mtok", "-1"),
        ("zoho.organization_id", "acme"),
        ("log.level", "info,stream=loud"),
        ("console.listen", "0.0.0.0:8480"),
        ("console.public_url", "invoices.example"),
        ("console.tokens", "asha"),
        ("console.session_hours", "0"),
    ];
    for (key, value) in table {
        let mistakes = load(&[(&variable(key), value)]).unwrap_err();
        let at: Vec<_> = mistakes.iter().map(|mistake| mistake.key.as_str()).collect();
        assert_eq!(at, [key], "{key}={value}: {mistakes}");
    }
}

#[test]
fn settings_that_do_not_fit_together_are_refused_unless_one_of_them_is_wrong_itself() {
    let table = [
        ("topics.replication_factor", "topics: {min_insync_replicas: 2}"),
        ("engine.max_held_bytes", "engine: {max_held_bytes: 1048576}"),
        ("topics.max_message_bytes", "fetch: {text_cap_chars: 200000}"),
        ("stages.fetch_extract.attempt_timeout_ms", "fetch: {extract_timeout_ms: 30001}"),
        ("stages.llm_structure.attempt_timeout_ms", "llm: {timeout_ms: 120001}"),
        ("stages.post_to_zoho.attempt_timeout_ms", "zoho: {timeout_ms: 30001}"),
        ("stages.post_to_zoho.retry.cap_ms", "stages: {post_to_zoho: {retry: {cap_ms: 999}}}"),
    ];
    for (key, yaml) in table {
        assert_eq!(keys(load_file(yaml)), [key], "{yaml}");
    }
    assert_eq!(keys(load_file("llm: {timeout_ms: 600001}")), ["llm.timeout_ms"]);
}

#[test]
fn a_rule_for_accounts_has_one_condition() {
    for rule in
        ["account: A", "account: A, hsn: '48', keyword: paper", "account: '', hsn: '48'", "account: A, hsn: ' '"]
    {
        assert_eq!(
            keys(load_file(&format!("zoho: {{account_rules: [{{{rule}}}]}}"))),
            ["zoho.account_rules"],
            "{rule}"
        );
    }
    for account in ["cess_account", "other_tax_account", "tcs_account", "round_off_account"] {
        assert_eq!(keys(load_file(&format!("zoho: {{{account}: ' '}}"))), [format!("zoho.{account}")]);
    }
    assert_eq!(keys(load_file("zoho: {unique_field: invoice id}")), ["zoho.unique_field"]);
}

#[test]
fn what_the_chosen_ledger_lacks_is_named_and_the_others_may_lack_it() {
    assert_eq!(keys(load_file("ledger: tally")), ["tally.company", "tally.url"]);
    assert_eq!(keys(load_file("ledger: files")), ["files.folder"]);
    let both =
        "ledger: tally\ntally: {company: Acme, url: 'http://127.0.0.1:9000', folder: /vouchers, igst_ledger: ' '}";
    assert_eq!(keys(load_file(both)), ["tally.igst_ledger", "tally.url"]);
    for whole in [
        "ledger: tally\ntally: {company: Acme, url: 'http://127.0.0.1:9000'}",
        "ledger: tally\ntally: {company: Acme, folder: /vouchers}",
        "ledger: files\nfiles: {folder: /bills, format: csv}",
    ] {
        assert!(load_file(whole).is_ok(), "{whole}");
    }
    for (key, yaml) in [
        ("ledger", "ledger: quickbooks"),
        ("tally.url", "tally: {url: 'tally:9000'}"),
        ("tally.account_rules", "tally: {account_rules: [{account: A}]}"),
        ("files.account_rules", "files: {account_rules: [{account: A}]}"),
        ("files.format", "files: {format: xlsx}"),
        (
            "stages.post_to_zoho.attempt_timeout_ms",
            "ledger: tally\ntally: {company: Acme, folder: /vouchers, timeout_ms: 30001}",
        ),
    ] {
        assert_eq!(keys(load_file(yaml)), [key], "{yaml}");
    }
}

#[test]
fn nobody_opens_the_console_to_a_network_without_tokens_or_with_weak_ones() {
    let token = |name: &str, token: &str| format!("{{name: '{name}', role: operate, token: '{token}'}}");
    let (one, other) = ("a-token-of-24-characters", "another-of-24-characters");
    for tokens in [
        token("", one),
        token("as ha", one),
        token("<script>", one),
        token("asha", "short"),
        token("asha", "with a space in it here"),
        format!("{}, {}", token("asha", one), token("asha", other)),
        format!("{}, {}", token("asha", one), token("ravi", one)),
        format!("{{name: asha, role: admin, token: {one}}}"),
        format!("{{name: asha, token: {one}}}"),
    ] {
        let mistakes = load_file(&format!("console: {{tokens: [{tokens}]}}")).unwrap_err();
        assert!(mistakes.iter().all(|mistake| mistake.key == "console.tokens"), "{tokens}: {mistakes}");
        assert!(!mistakes.to_string().contains(one), "{mistakes}");
    }
    let whole =
        format!("console: {{listen: '0.0.0.0:8480', tokens: [{}, {}]}}", token("asha", one), token("ravi", other));
    assert!(load_file(&whole).is_ok());
}
