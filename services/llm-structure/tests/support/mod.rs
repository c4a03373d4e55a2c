//! A model that answers by script, and the stage before it.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::NaiveDate;
use contract::{ContentHash, Document, Extracted, Structured};
use documents::Documents;
use engine::{Handler, StageError, Work};
use llm_structure::{Company, LlmStructure};
use object_store::memory::InMemory;
use runtime::settings::{Llm, Provider, Stronger, TokenLimitField};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};

pub const TEXT: &str = "TAX INVOICE Kaveri Kables Pvt Ltd Invoice No: KK/2026/017 Date: 05-Jul-2026 \
    Cable 2.5 sqmm 1,00,000.00 Taxable 1,00,000.00 CGST 9% 9,000.00 SGST 9% 9,000.00 Grand Total Rs. 1,18,000.00/-";

pub const SCAN: &[u8] = b"%PDF-1.7 a picture";

/// What a faultless model makes of [`TEXT`].
pub fn invoice() -> Value {
    json!({
        "document_type": "tax_invoice",
        "vendor_name": "Kaveri Kables Pvt Ltd",
        "vendor_gstin": "", "buyer_name": "", "buyer_gstin": "",
        "invoice_number": "KK/2026/017", "invoice_date": "2026-07-05", "due_date": "", "place_of_supply": "",
        "currency": "INR",
        "lines": [{ "description": "Cable 2.5 sqmm", "hsn_sac": "8544", "quantity": "", "unit": "", "rate": "",
            "tax_rate": "18", "amount": "100000.00" }],
        "subtotal": "100000.00", "cgst": "9000.00", "sgst": "9000.00", "igst": "", "cess": "", "round_off": "",
        "total": "118000.00",
    })
}

/// A Messages answer.
pub fn message(text: &str, stop_reason: &str) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
        "content": [{ "type": "thinking", "thinking": "…", "signature": "s" }, { "type": "text", "text": text }],
        "stop_reason": stop_reason, "usage": { "input_tokens": 1000, "output_tokens": 200 },
    })
}

/// One scripted answer.
#[derive(Debug, Clone)]
pub struct Scripted {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl From<(u16, Value)> for Scripted {
    fn from((status, body): (u16, Value)) -> Self {
        Self { status, headers: BTreeMap::new(), body: body.to_string() }
    }
}

/// A model that gives these answers, one after the other, and keeps what it was asked.
#[derive(Debug, Clone, Default)]
pub struct Script {
    answers: Arc<Mutex<Vec<Scripted>>>,
    asked: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

impl Script {
    pub fn of(answers: impl IntoIterator<Item = impl Into<Scripted>>) -> Self {
        let answers: Vec<Scripted> = answers.into_iter().map(Into::into).collect();
        Self { answers: Arc::new(Mutex::new(answers.into_iter().rev().collect())), ..Self::default() }
    }

    pub async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/v1/messages", post(Self::answer))
            .route("/v1/chat/completions", post(Self::answer))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    /// An empty script never answers.
    async fn answer(State(script): State<Self>, headers: HeaderMap, request: Bytes) -> Response {
        script.asked.lock().unwrap().push((headers, serde_json::from_slice(&request).unwrap()));
        let answer = script.answers.lock().unwrap().pop();
        let Some(Scripted { status, headers, body }) = answer else { return pending().await };
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect();
        (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
    }

    pub fn asked(&self) -> Vec<(HeaderMap, Value)> {
        self.asked.lock().unwrap().clone()
    }

    pub async fn handle(&self, change: impl FnOnce(&mut Llm)) -> Result<Structured, StageError> {
        self.handle_with(change, nothing_stored(), extracted()).await
    }

    pub async fn handle_with(
        &self,
        change: impl FnOnce(&mut Llm),
        documents: Documents,
        input: Extracted,
    ) -> Result<Structured, StageError> {
        let mut settings = settings(self.serve().await);
        change(&mut settings);
        stage(&settings, documents).handle(Work::alone("kk-017".parse().unwrap(), input)).await
    }
}

/// The stage on a day on which the invoice is new.
pub fn stage(settings: &Llm, documents: Documents) -> LlmStructure {
    let today = || NaiveDate::from_ymd_opt(2026, 7, 10).unwrap();
    LlmStructure::at(settings, Company::default(), documents, today).unwrap()
}

pub fn nothing_stored() -> Documents {
    Documents::on(Arc::new(InMemory::new()))
}

pub fn settings(base_url: String) -> Llm {
    Llm {
        provider: Provider::Anthropic,
        base_url,
        api_key: "key".into(),
        model: "m".into(),
        max_tokens: 1000,
        token_limit_field: TokenLimitField::MaxCompletionTokens,
        structured_outputs: true,
        cache_prompt: true,
        timeout_ms: 10_000,
        requests_per_minute: 0,
        input_tokens_per_minute: 0,
        input_usd_per_mtok: Decimal::from(3),
        cached_input_usd_per_mtok: usd("0.3"),
        output_usd_per_mtok: Decimal::from(15),
        usd_per_hour: Decimal::ZERO,
        usd_per_day: Decimal::ZERO,
        stronger: Stronger::default(),
    }
}

pub fn extracted() -> Extracted {
    let (source, sha256) = ("https://h/a.pdf".into(), ContentHash::of(SCAN));
    let document = Document { source, sha256, bytes: SCAN.len() as u64, pages: 1, producer: None, submitted_by: None };
    Extracted { invoice_id: "kk-017".parse().unwrap(), document, text: TEXT.into(), scan: false }
}

pub fn usd(text: &str) -> Decimal {
    text.parse().unwrap()
}
