//! Command-line settings. Limits are off unless asked for, except Zoho's limit on access tokens,
//! which every client of the real service has to live with.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use clap::Parser;
use serde::Serialize;

use crate::ledger::NewBills;

/// What `sandbox --help` shows. Everywhere, 0 means "no limit".
#[derive(Debug, Clone, Parser, Serialize)]
#[command(name = "sandbox", version, about = "PDF host, model and Zoho Books on one local port")]
pub struct Settings {
    /// Address to listen on. In a container 0.0.0.0 lets the others in; there is no log-in, so never on a public network.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Port there; 0 picks a free one.
    #[arg(long, default_value_t = 8787)]
    pub port: u16,

    /// Length of the "minute" that per-minute limits and peaks are counted over, in milliseconds.
    #[arg(long, default_value_t = 60_000)]
    pub minute_ms: u64,
    /// Zoho calls per minute and organisation (code 44). Zoho's own figure is 100.
    #[arg(long, default_value_t = 0)]
    pub calls_per_minute: u32,
    /// `POST /bills` per minute (code 44).
    #[arg(long, default_value_t = 0)]
    pub bills_per_minute: u32,
    /// Zoho calls per day (code 45).
    #[arg(long, default_value_t = 0)]
    pub daily: u32,
    /// Length of the "day" of `--daily`, in milliseconds.
    #[arg(long, default_value_t = 86_400_000)]
    pub day_ms: u64,
    /// Zoho calls being worked on at one time (code 1070).
    #[arg(long, default_value_t = 0)]
    pub in_process: u32,

    /// Seconds an access token lives; 0 hands out tokens that are already stale.
    #[arg(long, default_value_t = 3_600)]
    pub token_ttl_s: u64,
    /// Access tokens per refresh token and window.
    #[arg(long, default_value_t = 10)]
    pub tokens_per_window: u32,
    /// Length of that window, in seconds.
    #[arg(long, default_value_t = 600)]
    pub token_window_s: u64,

    /// Time the PDF host takes for an answer.
    #[arg(long, default_value_t = 0)]
    pub latency_pdf_ms: u64,
    /// Time the model takes for an answer.
    #[arg(long, default_value_t = 0)]
    pub latency_llm_ms: u64,
    /// Time Zoho takes for a call, before its effect.
    #[arg(long, default_value_t = 0)]
    pub latency_zoho_ms: u64,

    /// The only organisation.
    #[arg(long, default_value = "10234695")]
    pub organization_id: String,
    /// The only OAuth client.
    #[arg(long, default_value = "sandbox")]
    pub client_id: String,
    /// Its secret.
    #[arg(long, default_value = "sandbox")]
    #[serde(skip)]
    pub client_secret: String,
    /// The only refresh token.
    #[arg(long, default_value = "sandbox")]
    #[serde(skip)]
    pub refresh_token: String,
    /// The bills' custom field that the organisation has set to "prevent duplicate values", as
    /// `cf_invoice_id`; without it there is none, and upserts are refused.
    #[arg(long)]
    pub unique_field: Option<String>,
    /// What a bill or vendor credit is when it has just been created. Zoho documents no way to ask.
    #[arg(long, value_enum, default_value_t)]
    pub new_bills: NewBills,
    /// Nothing opens before it was submitted and approved; whatever is new is a draft.
    #[arg(long)]
    pub bill_approval: bool,
    /// What access tokens may do, as the token's reply names it: scopes between spaces.
    #[arg(long, default_value = "ZohoBooks.fullaccess.all")]
    pub scope: String,
    /// Error code of a repeated bill number. Zoho documents none; clients must not depend on it.
    #[arg(long, default_value_t = 13_011)]
    pub duplicate_code: i64,
}

impl Settings {
    /// The defaults of the command line, on a free port.
    #[must_use]
    pub fn for_tests() -> Self {
        Self::parse_from(["sandbox", "--port", "0"])
    }

    pub(crate) fn minute(&self) -> Duration {
        Duration::from_millis(self.minute_ms)
    }

    pub(crate) fn day(&self) -> Duration {
        Duration::from_millis(self.day_ms)
    }
}
