//! What the types cannot say: ranges, forms and how settings must fit together.

use super::assemble::Origins;
use super::console;
use super::rule::{Rules, is_broker, is_log_directive, is_place};
use super::{
    AccountRule, Documents, Engine, Fetch, Files, Kafka, Ledger, Llm, Log, Mistake, Settings, StageSettings, Tally,
    TopicLayout, Zoho,
};
use rust_decimal::Decimal;

/// The longest wait of any kind that makes sense before a person should know, in milliseconds.
const TEN_MINUTES_MS: u64 = 600_000;
/// What the engine sets itself, for exactly-once and for its crash bounds: an operator's value would be lost.
const ENGINE_PROPERTIES: [&str; 27] = [
    "acks",
    "allow.auto.create.topics",
    "auto.offset.reset",
    "bootstrap.servers",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "fetch.error.backoff.ms",
    "fetch.wait.max.ms",
    "group.id",
    "heartbeat.interval.ms",
    "isolation.level",
    "linger.ms",
    "message.max.bytes",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "partitioner",
    "queued.max.messages.kbytes",
    "queued.min.messages",
    "request.required.acks",
    "retry.backoff.max.ms",
    "retry.backoff.ms",
    "session.timeout.ms",
    "statistics.interval.ms",
    "transaction.timeout.ms",
    "transactional.id",
];

/// Adds what is wrong with values that are of the right type.
pub(super) fn check(settings: &Settings, origins: &Origins, mistakes: &mut Vec<Mistake>) {
    let mut rules = Rules::new(origins, mistakes);
    kafka(&settings.kafka, &mut rules);
    topics(&settings.topics, &mut rules);
    if !settings.instance.is_empty() {
        rules.name("instance", &settings.instance);
    }
    log(&settings.log, &mut rules);
    engine(&settings.engine, &settings.topics, &mut rules);
    documents(&settings.documents, &mut rules);
    fetch(&settings.fetch, &settings.topics, &mut rules);
    llm(&settings.llm, &mut rules);
    zoho(&settings.zoho, &settings.topics, &mut rules);
    tally(&settings.tally, settings.ledger == Ledger::Tally, &mut rules);
    files(&settings.files, settings.ledger == Ledger::Files, &mut rules);
    console::check(&settings.console, &mut rules);
    stages(settings, &mut rules);
}

fn kafka(kafka: &Kafka, rules: &mut Rules<'_>) {
    rules.form("kafka.brokers", kafka.brokers.split(',').all(is_broker), "host:port, several separated by commas");
    for name in kafka.properties.keys().filter(|name| ENGINE_PROPERTIES.contains(&name.as_str())) {
        rules.add(&format!("kafka.properties.{name}"), "is set by the engine and must be left out".to_owned());
    }
    let protocol = kafka.properties.get("group.protocol").map(String::as_str);
    let known = matches!(protocol, None | Some("classic" | "consumer"));
    rules.form("kafka.properties.group.protocol", known, "classic or consumer");
}

fn topics(topics: &TopicLayout, rules: &mut Rules<'_>) {
    rules.name("topics.prefix", &topics.prefix);
    rules.range("topics.partitions", topics.partitions, 1..=1000);
    rules.range("topics.replication_factor", topics.replication_factor, 1..=15);
    rules.range("topics.min_insync_replicas", topics.min_insync_replicas, 1..=15);
    rules.at_least(
        ("topics.replication_factor", topics.replication_factor),
        (&["topics.min_insync_replicas"], topics.min_insync_replicas),
    );
    rules.range("topics.history_retention_days", topics.history_retention_days, 1..=3650);
    rules.range("topics.dead_letter_retention_days", topics.dead_letter_retention_days, 1..=3650);
    rules.range("topics.posted_retention_days", topics.posted_retention_days, 1..=3650);
    if topics.input_retention_days != 0 {
        rules.range("topics.input_retention_days", topics.input_retention_days, 7..=3650);
    }
    rules.range("topics.max_message_bytes", topics.max_message_bytes, 16_384..=900_000);
}

fn log(log: &Log, rules: &mut Rules<'_>) {
    let allowed = "error, warn, info, debug, trace or off, or several like info,module=debug";
    rules.form("log.level", log.level.split(',').all(is_log_directive), allowed);
}

fn engine(engine: &Engine, topics: &TopicLayout, rules: &mut Rules<'_>) {
    rules.range("engine.max_held_bytes", engine.max_held_bytes, 1 << 20..=16 << 30);
    rules.range("engine.window_span", engine.window_span, 64..=8192);
    rules.range("engine.commit_linger_ms", engine.commit_linger_ms, 0..=1000);
    rules.range("engine.commit_batch", engine.commit_batch, 1..=10_000);
    rules.range("engine.breaker_failures", engine.breaker_failures, 1..=1000);
    rules.range("engine.time_scale", engine.time_scale, 0.001..=1.0);
    rules.at_least(
        ("engine.max_held_bytes", engine.max_held_bytes),
        (&["topics.max_message_bytes"], topics.max_message_bytes.saturating_mul(2)),
    );
}

fn documents(documents: &Documents, rules: &mut Rules<'_>) {
    let allowed = "a folder, or s3://bucket, gs://bucket or az://container, each with a prefix or without";
    rules.form("documents.location", is_place(&documents.location), allowed);
}

fn fetch(fetch: &Fetch, topics: &TopicLayout, rules: &mut Rules<'_>) {
    rules.range("fetch.timeout_ms", fetch.timeout_ms, 100..=TEN_MINUTES_MS);
    rules.range("fetch.connect_timeout_ms", fetch.connect_timeout_ms, 100..=TEN_MINUTES_MS);
    rules.range("fetch.idle_timeout_ms", fetch.idle_timeout_ms, 100..=TEN_MINUTES_MS);
    rules.range("fetch.per_host", fetch.per_host, 1..=1000);
    rules.range("fetch.max_redirects", fetch.max_redirects, 0..=20);
    rules.range("fetch.max_bytes", fetch.max_bytes, 1024..=1 << 30);
    rules.range("fetch.text_cap_chars", fetch.text_cap_chars, 1000..=225_000);
    rules.range("fetch.extract_timeout_ms", fetch.extract_timeout_ms, 100..=TEN_MINUTES_MS);
    rules.range("fetch.extract_memory_mb", fetch.extract_memory_mb, 64..=65_536);
    rules.range("fetch.extract_children", fetch.extract_children, 1..=256);
    // What models take: 100 or 600 pages, and 32 MB in a request, where base64 adds a third.
    // https://platform.claude.com/docs/en/build-with-claude/pdf-support
    rules.range("fetch.scan_max_pages", fetch.scan_max_pages, 1..=600);
    rules.range("fetch.scan_max_bytes", fetch.scan_max_bytes, 1024..=20 << 20);
    rules.at_least(
        ("topics.max_message_bytes", topics.max_message_bytes),
        (&["fetch.text_cap_chars"], fetch.text_cap_chars.saturating_mul(4)),
    );
}

fn llm(llm: &Llm, rules: &mut Rules<'_>) {
    rules.server("llm.base_url", &llm.base_url);
    rules.form("llm.model", !llm.model.trim().is_empty(), "the name of a model");
    rules.range("llm.max_tokens", llm.max_tokens, 256..=200_000);
    rules.range("llm.timeout_ms", llm.timeout_ms, 100..=TEN_MINUTES_MS);
    rules.range("llm.requests_per_minute", llm.requests_per_minute, 0..=10_000_000);
    rules.range("llm.input_tokens_per_minute", llm.input_tokens_per_minute, 0..=u32::MAX);
    let price = Decimal::ZERO..=Decimal::from(10_000);
    let stronger = &llm.stronger;
    for (key, usd) in [
        ("llm.input_usd_per_mtok", llm.input_usd_per_mtok),
        ("llm.cached_input_usd_per_mtok", llm.cached_input_usd_per_mtok),
        ("llm.output_usd_per_mtok", llm.output_usd_per_mtok),
        ("llm.stronger.input_usd_per_mtok", stronger.input_usd_per_mtok),
        ("llm.stronger.cached_input_usd_per_mtok", stronger.cached_input_usd_per_mtok),
        ("llm.stronger.output_usd_per_mtok", stronger.output_usd_per_mtok),
    ] {
        rules.range(key, usd, price.clone());
    }
    let budget = Decimal::ZERO..=Decimal::from(10_000_000);
    rules.range("llm.usd_per_hour", llm.usd_per_hour, budget.clone());
    rules.range("llm.usd_per_day", llm.usd_per_day, budget);
    rules.form(
        "llm.stronger.model",
        stronger.model.is_empty() || stronger.model != llm.model,
        "another than llm.model",
    );
}

fn zoho(zoho: &Zoho, topics: &TopicLayout, rules: &mut Rules<'_>) {
    rules.server("zoho.accounts_url", zoho.accounts_url());
    rules.server("zoho.api_url", zoho.api_url());
    let is_number = zoho.organization_id.bytes().all(|byte| byte.is_ascii_digit());
    rules.form("zoho.organization_id", is_number, "the organisation's number, digits only");
    for (key, account) in [
        ("zoho.account_id", &zoho.account_id),
        ("zoho.account_name", &zoho.account_name),
        ("zoho.cess_account", &zoho.cess_account),
        ("zoho.other_tax_account", &zoho.other_tax_account),
        ("zoho.tcs_account", &zoho.tcs_account),
        ("zoho.round_off_account", &zoho.round_off_account),
    ] {
        rules.form(key, account.as_deref().is_none_or(|text| !text.trim().is_empty()), "left out or not empty");
    }
    account_rules("zoho.account_rules", &zoho.account_rules, rules);
    for (key, limit) in [("zoho.draft_above", zoho.draft_above), ("zoho.approve_above", zoho.approve_above)] {
        rules.form(key, limit.is_none_or(|limit| !limit.is_sign_negative()), "left out or an amount");
    }
    let is_field =
        |name: &str| name.starts_with("cf_") && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    rules.form("zoho.unique_field", zoho.unique_field.as_deref().is_none_or(is_field), "the field's API name, cf_...");
    let is_path = zoho.token_file.as_deref().is_none_or(|path| path.file_name().is_some());
    rules.form("zoho.token_file", is_path, "left out or the path of a file");
    rules.range("zoho.timeout_ms", zoho.timeout_ms, 100..=TEN_MINUTES_MS);
    rules.range("zoho.calls_per_minute", zoho.calls_per_minute, 0..=1_000_000);
    rules.range("zoho.calls_per_day", zoho.calls_per_day, 0..=10_000_000);
    let partitions = u32::try_from(topics.partitions).unwrap_or(0);
    if zoho.calls_per_minute > 0 {
        let others = (&["topics.partitions"][..], partitions);
        rules.at_least(("zoho.calls_per_minute", zoho.calls_per_minute), others);
    }
}

fn tally(tally: &Tally, is_chosen: bool, rules: &mut Rules<'_>) {
    if !tally.url.is_empty() {
        rules.server("tally.url", &tally.url);
    }
    account_rules("tally.account_rules", &tally.account_rules, rules);
    rules.range("tally.timeout_ms", tally.timeout_ms, 100..=TEN_MINUTES_MS);
    if !is_chosen {
        return;
    }
    let is_one = tally.url.is_empty() != tally.folder.trim().is_empty();
    rules.form("tally.url", is_one, "set where ledger is tally, or tally.folder in its place, and not both");
    for (key, name) in [
        ("tally.company", &tally.company),
        ("tally.voucher_type", &tally.voucher_type),
        ("tally.purchase_ledger", &tally.purchase_ledger),
        ("tally.cgst_ledger", &tally.cgst_ledger),
        ("tally.sgst_ledger", &tally.sgst_ledger),
        ("tally.igst_ledger", &tally.igst_ledger),
        ("tally.cess_ledger", &tally.cess_ledger),
        ("tally.tcs_ledger", &tally.tcs_ledger),
        ("tally.round_off_ledger", &tally.round_off_ledger),
        ("tally.vendor_group", &tally.vendor_group),
    ] {
        rules.form(key, !name.trim().is_empty(), "set where ledger is tally: a name as Tally shows it");
    }
}

fn files(files: &Files, is_chosen: bool, rules: &mut Rules<'_>) {
    account_rules("files.account_rules", &files.account_rules, rules);
    if is_chosen {
        rules.form("files.folder", !files.folder.trim().is_empty(), "set where ledger is files: a folder");
    }
}

fn account_rules(key: &str, account_rules: &[AccountRule], rules: &mut Rules<'_>) {
    for rule in account_rules {
        let conditions = [&rule.vendor, &rule.hsn, &rule.keyword];
        let set = conditions.iter().filter(|text| text.as_deref().is_some_and(|text| !text.trim().is_empty())).count();
        let is_one = set == 1 && !rule.account.trim().is_empty();
        rules.form(key, is_one, "rules of an `account` and one of `vendor`, `hsn` and `keyword`");
    }
}

fn stages(settings: &Settings, rules: &mut Rules<'_>) {
    let Settings { stages, fetch, llm, .. } = settings;
    let fetching = fetch.timeout_ms.saturating_add(fetch.extract_timeout_ms);
    let fetching = (&["fetch.timeout_ms", "fetch.extract_timeout_ms"][..], fetching);
    stage("fetch_extract", &stages.fetch_extract, fetching, rules);
    stage("llm_structure", &stages.llm_structure, asking(llm), rules);
    stage("post_to_zoho", &stages.post_to_zoho, posting(settings), rules);
}

fn posting(settings: &Settings) -> (&'static [&'static str], u64) {
    match settings.ledger {
        Ledger::Zoho => (&["zoho.timeout_ms"], settings.zoho.timeout_ms),
        Ledger::Tally => (&["tally.timeout_ms"], settings.tally.timeout_ms),
        Ledger::Files => (&[], 0),
    }
}

/// With a stronger model both have to answer in one attempt.
fn asking(llm: &Llm) -> (&'static [&'static str], u64) {
    if llm.stronger.model.is_empty() {
        (&["llm.timeout_ms"], llm.timeout_ms)
    } else {
        (&["twice llm.timeout_ms, for llm.model and llm.stronger.model"], llm.timeout_ms.saturating_mul(2))
    }
}

/// `calls` is how long the calls of one attempt may take together, and the keys that say so.
fn stage(name: &str, stage: &StageSettings, calls: (&[&str], u64), rules: &mut Rules<'_>) {
    let key = |field: &str| format!("stages.{name}.{field}");
    let (retry, attempt_timeout, cap) = (&stage.retry, key("attempt_timeout_ms"), key("retry.cap_ms"));
    rules.range(&key("concurrency"), stage.concurrency, 1..=4096);
    rules.range(&attempt_timeout, stage.attempt_timeout_ms, 100..=TEN_MINUTES_MS);
    rules.range(&key("retry.max_attempts"), retry.max_attempts, 1..=100);
    rules.range(&key("retry.initial_ms"), retry.initial_ms, 1..=TEN_MINUTES_MS);
    rules.range(&key("retry.coefficient"), retry.coefficient, 1.0..=100.0);
    rules.range(&cap, retry.cap_ms, 1..=TEN_MINUTES_MS);
    rules.range(&key("retry.jitter"), retry.jitter, 0.0..=1.0);
    rules.at_least((&cap, retry.cap_ms), (&[&key("retry.initial_ms")], retry.initial_ms));
    rules.at_least((&attempt_timeout, stage.attempt_timeout_ms), calls);
}
