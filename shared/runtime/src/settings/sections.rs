//! The typed tree. What each key means to an operator stands in `config/default.yaml`; the two are held together by a
//! test. No field has a default here.

use super::data_centre::DataCentre;
use super::redact;
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Every setting. Writing it out with serde redacts it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub kafka: Kafka,
    pub topics: TopicLayout,
    /// The replica's name: unique per service, stable over restarts. Never empty once loaded.
    pub instance: String,
    pub admin: Admin,
    pub log: Log,
    pub engine: Engine,
    pub stages: Stages,
    pub company: Company,
    pub documents: Documents,
    pub fetch: Fetch,
    pub llm: Llm,
    pub ledger: Ledger,
    pub zoho: Zoho,
    pub tally: Tally,
    pub files: Files,
    pub console: Console,
}

/// The cluster.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Kafka {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// Passed to librdkafka as they are. May hold passwords.
    #[serde(deserialize_with = "redact::read_properties", serialize_with = "redact::write_properties")]
    pub properties: BTreeMap<String, String>,
}

/// What `invoicectl topics apply` makes.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TopicLayout {
    pub prefix: String,
    pub partitions: i32,
    pub replication_factor: i32,
    pub min_insync_replicas: i32,
    pub history_retention_days: u32,
    pub dead_letter_retention_days: u32,
    pub posted_retention_days: u32,
    /// For ever if 0.
    pub input_retention_days: u32,
    pub max_message_bytes: usize,
}

/// The server for probes and metrics.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    pub listen: SocketAddr,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    /// Levels, comma-separated: `info` or `module=debug`.
    pub level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// What bounds the engine of every stage.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    pub max_held_bytes: usize,
    pub window_span: u32,
    pub commit_linger_ms: u64,
    pub commit_batch: usize,
    pub breaker_failures: usize,
    pub time_scale: f64,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stages {
    pub fetch_extract: StageSettings,
    pub llm_structure: StageSettings,
    pub post_to_zoho: StageSettings,
}

/// What bounds one stage.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StageSettings {
    pub concurrency: usize,
    pub attempt_timeout_ms: u64,
    pub retry: Retry,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The first attempt included.
    pub max_attempts: u32,
    pub initial_ms: u64,
    pub coefficient: f64,
    pub cap_ms: u64,
    /// 0 to 1.
    pub jitter: f64,
}

/// Who we are. Several stand in one text, separated by semicolons, as names have commas.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    gstins: String,
    names: String,
}

impl Company {
    pub fn gstins(&self) -> impl Iterator<Item = &str> {
        self.gstins.split(';')
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.split(';')
    }
}

/// Where PDFs are kept.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// A folder, or `s3://`, `gs://` or `az://` with a bucket and a prefix.
    pub location: String,
    /// Of the cloud's store, by the names of the `object_store` crate. May hold credentials.
    #[serde(deserialize_with = "redact::read_properties", serialize_with = "redact::write_options")]
    pub options: BTreeMap<String, String>,
}

/// Downloading PDFs and taking their text out.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    pub allow_http: bool,
    pub allow_private_addresses: bool,
    pub timeout_ms: u64,
    pub connect_timeout_ms: u64,
    pub idle_timeout_ms: u64,
    pub per_host: usize,
    pub max_redirects: u32,
    pub max_bytes: u64,
    pub text_cap_chars: usize,
    pub extractor: Extractor,
    pub extract_timeout_ms: u64,
    pub extract_memory_mb: u64,
    pub extract_children: usize,
    pub same_document: SameDocument,
    pub scans: Scans,
    pub scan_max_pages: u32,
    pub scan_max_bytes: u64,
}

/// What becomes of a PDF that came before under another invoice id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SameDocument {
    /// A person decides.
    Hold,
    /// It is not processed.
    Drop,
    /// It is processed like any other.
    LetThrough,
}

/// What becomes of a PDF without usable text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scans {
    /// A person enters it.
    Hold,
    /// The model is shown the PDF, and a person compares.
    ShowModel,
}

/// What reads PDFs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extractor {
    #[default]
    Hayro,
    PdfExtract,
}

impl Extractor {
    const ALL: [Self; 2] = [Self::Hayro, Self::PdfExtract];

    /// As in the settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hayro => "hayro",
            Self::PdfExtract => "pdf-extract",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// The language model.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Llm {
    pub provider: Provider,
    pub base_url: String,
    #[serde(serialize_with = "redact::write_secret")]
    pub api_key: SecretString,
    pub model: String,
    pub max_tokens: u32,
    pub token_limit_field: TokenLimitField,
    pub structured_outputs: bool,
    /// Whether the provider is asked to keep what all invoices share.
    pub cache_prompt: bool,
    pub timeout_ms: u64,
    /// Of the account, over all replicas; 0 for no limit.
    pub requests_per_minute: u32,
    /// Of the account, over all replicas; 0 for no limit.
    pub input_tokens_per_minute: u32,
    /// US dollars per million tokens.
    pub input_usd_per_mtok: Decimal,
    /// The same for tokens that the provider had read before.
    pub cached_input_usd_per_mtok: Decimal,
    /// US dollars per million tokens.
    pub output_usd_per_mtok: Decimal,
    /// US dollars in a clock hour, over all replicas; 0 for no budget.
    pub usd_per_hour: Decimal,
    /// US dollars in a day of UTC, over all replicas; 0 for no budget.
    pub usd_per_day: Decimal,
    pub stronger: Stronger,
}

/// Which API the model is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Anthropic Messages.
    Anthropic,
    /// Chat completions as OpenAI defined them.
    OpenAi,
}

/// The name that a chat completions server has for the longest answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenLimitField {
    MaxCompletionTokens,
    MaxTokens,
}

impl TokenLimitField {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::MaxTokens => "max_tokens",
        }
    }
}

/// The model that reads again what failed a check; none if its name is empty.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stronger {
    pub model: String,
    /// US dollars per million tokens.
    pub input_usd_per_mtok: Decimal,
    /// The same for tokens that the provider had read before.
    pub cached_input_usd_per_mtok: Decimal,
    /// US dollars per million tokens.
    pub output_usd_per_mtok: Decimal,
}

/// Where bills are made. The sections of the others need not be complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ledger {
    /// Zoho Books.
    Zoho,
    /// TallyPrime, at its HTTP port or through files that a person imports.
    Tally,
    /// A folder of files for any other program.
    Files,
}

/// Zoho Books.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Zoho {
    pub data_centre: DataCentre,
    /// That of the data centre if empty: [`Zoho::accounts_url`].
    pub accounts_url: String,
    /// That of the data centre if empty: [`Zoho::api_url`].
    pub api_url: String,
    pub organization_id: String,
    #[serde(serialize_with = "redact::write_secret")]
    pub client_id: SecretString,
    #[serde(serialize_with = "redact::write_secret")]
    pub client_secret: SecretString,
    #[serde(serialize_with = "redact::write_secret")]
    pub refresh_token: SecretString,
    /// Where this replica keeps its access token over a restart.
    pub token_file: Option<PathBuf>,
    pub account_id: Option<String>,
    pub account_name: Option<String>,
    /// For lines that are booked to other accounts than that.
    #[serde(default)]
    pub account_rules: Vec<AccountRule>,
    /// By id or by name: where compensation cess goes that no tax group carries.
    #[serde(default)]
    pub cess_account: Option<String>,
    /// The same for VAT and sales taxes from abroad.
    #[serde(default)]
    pub other_tax_account: Option<String>,
    /// The same for tax that a vendor collects at source.
    #[serde(default)]
    pub tcs_account: Option<String>,
    /// The same for the round-off of credit notes.
    #[serde(default)]
    pub round_off_account: Option<String>,
    /// Whether a vendor that is not there is made, and not left to a person.
    pub create_vendors: bool,
    /// Names of vendors as invoices print them, for which Zoho has others.
    #[serde(default)]
    pub vendor_aliases: Vec<VendorAlias>,
    /// Whether an invoice is held whose number differs from that of a bill only in signs or zeros.
    pub hold_near_duplicates: bool,
    /// Which bills are made as drafts, for a person to open.
    pub drafts: WhichBills,
    /// Bills of a larger total are drafts, too.
    pub draft_above: Option<Decimal>,
    /// Which invoices a person approves before they are posted.
    pub approve: WhichBills,
    /// Invoices of a larger total are, too.
    pub approve_above: Option<Decimal>,
    /// Whether an approval does not count of whoever submitted or edited the invoice.
    pub two_persons: bool,
    /// Whether an invoice is held that names another bank account than its vendor's earlier ones.
    pub hold_changed_bank: bool,
    /// Whether the PDF is attached to its bill.
    pub attach_pdf: bool,
    #[serde(default)]
    pub credit_notes: CreditNotes,
    /// The API name of a custom field of bills whose values are unique.
    pub unique_field: Option<String>,
    pub timeout_ms: u64,
    /// Of the organisation, over all replicas; 0 for no limit.
    pub calls_per_minute: u32,
    /// Of the organisation's plan; only metrics and alerts go by it. 0 if unknown.
    pub calls_per_day: u32,
}

/// Which bills a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichBills {
    Never,
    /// Those of invoices with warnings; among drafts, those of vendors that were made for them, too.
    WithWarnings,
    Always,
}

/// What becomes of a credit note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditNotes {
    /// A person books it.
    #[default]
    Hold,
    /// It is checked like an invoice and becomes a vendor credit.
    VendorCredit,
}

/// Another name of a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VendorAlias {
    /// As invoices print it.
    pub printed: String,
    /// The vendor in Zoho Books: its id, GSTIN or name.
    pub vendor: String,
}

/// Which account a line is booked to. One of the three conditions is set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRule {
    /// A GSTIN or a name: all lines of that vendor.
    #[serde(default)]
    pub vendor: Option<String>,
    /// How the line's HSN or SAC begins.
    #[serde(default)]
    pub hsn: Option<String>,
    /// A word or words of the line's description.
    #[serde(default)]
    pub keyword: Option<String>,
    /// By id or by name.
    pub account: String,
}

/// TallyPrime.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Its HTTP port; empty with a folder.
    pub url: String,
    /// Where a voucher's file waits for a person who imports it; empty with a URL.
    pub folder: String,
    /// As Tally shows it.
    pub company: String,
    pub voucher_type: String,
    pub purchase_ledger: String,
    /// For lines that are booked to other ledgers than that.
    #[serde(default)]
    pub account_rules: Vec<AccountRule>,
    /// `{rate}` in it stands for the ledger's own percentage, as in the next two.
    pub cgst_ledger: String,
    pub sgst_ledger: String,
    pub igst_ledger: String,
    pub cess_ledger: String,
    pub tcs_ledger: String,
    pub round_off_ledger: String,
    /// Names of vendors as invoices print them, for which Tally has others.
    #[serde(default)]
    pub vendor_aliases: Vec<VendorAlias>,
    /// Whether the ledger of a vendor that has none is made, and not left to a person.
    pub create_vendors: bool,
    /// The group of ledgers that are made.
    pub vendor_group: String,
    pub timeout_ms: u64,
}

/// A folder of files.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// All replicas' own.
    pub folder: String,
    pub format: FileFormat,
    /// What lines without a rule are booked to.
    pub account: String,
    #[serde(default)]
    pub account_rules: Vec<AccountRule>,
}

/// What a bill's file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// One JSON object on one line.
    JsonLines,
    /// A header, and a row for each line of the invoice.
    Csv,
}

/// The console's own server.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    pub listen: SocketAddr,
    /// Where browsers reach it; empty if that is `listen`.
    pub public_url: String,
    /// The file of the view; in memory if empty.
    pub view: String,
    /// Who may do what. Without any, everybody on this machine may do everything.
    pub tokens: Vec<Token>,
    pub session_hours: u32,
    /// Of one token; 0 for no limit.
    pub requests_per_minute: u32,
}

/// A person or program that may use the console.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Who acts, in the history.
    pub name: String,
    pub role: Role,
    #[serde(serialize_with = "redact::write_secret")]
    pub token: SecretString,
}

/// What somebody may do; each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// See everything.
    Read,
    /// Hand in invoices.
    Submit,
    /// Decide: replay, approve, discard, cancel, erase, pause.
    Operate,
}

impl Role {
    /// As in the settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Operate => "operate",
        }
    }
}
