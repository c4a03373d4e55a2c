//! Zoho Books as far as one test needs it: usual answers, and scripted ones before them.

use crate::fixture::PDF;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use contract::ContentHash;
use documents::Documents;
use futures::stream;
use object_store::memory::InMemory;
use post_to_zoho::{Memory, PostToZoho};
use runtime::settings::{CreditNotes, DataCentre, WhichBills, Zoho};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// Of an invoice at the stage.
pub(crate) const MAX_ATTEMPTS: u32 = 3;

/// What the server does about a call.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Json(u16, Value),
    /// The connection breaks in the middle of the answer.
    Cut,
    /// No answer, ever.
    Silence,
}

/// A call as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// `POST bills`, without the API's root.
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) body: String,
    pub(crate) token: String,
    pub(crate) invoice_id: String,
    /// The unique field that the call asks for, and its value.
    pub(crate) unique: Option<String>,
}

/// A server of one test.
#[derive(Debug, Clone)]
pub(crate) struct Books {
    url: String,
    script: Arc<Script>,
    pub(crate) documents: Documents,
    /// What the handlers know of earlier bills.
    pub(crate) memory: Arc<Memory>,
}

#[derive(Debug, Default)]
struct Script {
    replies: Mutex<HashMap<String, VecDeque<Reply>>>,
    calls: Mutex<Vec<Call>>,
}

impl Books {
    pub(crate) async fn open() -> Self {
        let script = Arc::new(Script::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let documents = Documents::on(Arc::new(InMemory::new()));
        documents.keep(&ContentHash::of(PDF), Bytes::from_static(PDF)).await.unwrap();
        Self { url, script, documents, memory: Arc::new(Memory::empty()) }
    }

    /// The next answers to a call; after them come the usual ones.
    pub(crate) fn script(&self, name: &str, replies: impl IntoIterator<Item = Reply>) {
        self.script.replies.lock().unwrap().entry(name.to_owned()).or_default().extend(replies);
    }

    /// The calls of a name so far, or all of them for "".
    pub(crate) fn calls(&self, name: &str) -> Vec<Call> {
        let calls = self.script.calls.lock().unwrap();
        calls.iter().filter(|call| name.is_empty() || call.name == name).cloned().collect()
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.calls(name).len()
    }

    pub(crate) fn handler(&self) -> PostToZoho {
        self.handler_with(|_| {})
    }

    /// A handler whose timeout a test can wait for, and a busy machine can keep.
    pub(crate) fn impatient_handler(&self) -> PostToZoho {
        self.handler_with(|settings| settings.timeout_ms = 2_000)
    }

    pub(crate) fn handler_with(&self, change: impl FnOnce(&mut Zoho)) -> PostToZoho {
        let mut settings = Zoho {
            data_centre: DataCentre::India,
            accounts_url: self.url.clone(),
            api_url: format!("{}/", self.url),
            organization_id: "7".to_owned(),
            client_id: "id".into(),
            client_secret: "secret".into(),
            refresh_token: "refresh".into(),
            token_file: None,
            account_id: None,
            account_name: None,
            account_rules: Vec::new(),
            cess_account: None,
            other_tax_account: None,
            tcs_account: None,
            round_off_account: None,
            credit_notes: CreditNotes::VendorCredit,
            vendor_aliases: Vec::new(),
            create_vendors: true,
            hold_near_duplicates: false,
            drafts: WhichBills::Never,
            draft_above: None,
            approve: WhichBills::Never,
            approve_above: None,
            two_persons: false,
            hold_changed_bank: true,
            attach_pdf: false,
            unique_field: None,
            timeout_ms: 30_000,
            calls_per_minute: 0,
            calls_per_day: 0,
        };
        change(&mut settings);
        PostToZoho::new(&settings, self.documents.clone(), MAX_ATTEMPTS, self.memory.clone()).unwrap()
    }
}

/// A bill as Zoho shows it.
pub(crate) fn bill(id: &str, reference: &str, total: &str) -> Value {
    json!({
        "bill_id": id, "vendor_id": "901", "vendor_name": "Vindhya Paper Mart", "bill_number": "VPM/25-26/0042",
        "reference_number": reference, "date": "2025-11-03", "currency_code": "INR", "total": total,
    })
}

pub(crate) fn bills(rows: &[Value]) -> Reply {
    Reply::Json(200, json!({"code": 0, "message": "success", "bills": rows}))
}

pub(crate) fn contacts(rows: &[Value]) -> Reply {
    Reply::Json(200, json!({"code": 0, "message": "success", "contacts": rows}))
}

pub(crate) fn refusal(status: u16, code: i64, message: &str) -> Reply {
    Reply::Json(status, json!({"code": code, "message": message}))
}

async fn answer(
    State(script): State<Arc<Script>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let path = uri.path().trim_start_matches("/books/v3/").trim_start_matches('/').to_owned();
    let call = Call {
        name: format!("{method} {path}"),
        query: uri.query().unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        token: text("authorization"),
        invoice_id: text("x-invoice-id"),
        unique: headers.contains_key("x-unique-identifier-key").then(|| {
            let [key, value, upsert] = ["x-unique-identifier-key", "x-unique-identifier-value", "x-upsert"].map(text);
            format!("{key}={value}, upsert {upsert}")
        }),
    };
    let scripted = script.replies.lock().unwrap().get_mut(&call.name).and_then(VecDeque::pop_front);
    let earlier = {
        let mut calls = script.calls.lock().unwrap();
        calls.push(call.clone());
        calls.iter().filter(|earlier| earlier.name == call.name).count()
    };
    match scripted.unwrap_or_else(|| usual(&call, earlier)) {
        Reply::Json(status, body) => (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response(),
        Reply::Cut => {
            let broken = [Ok(Bytes::from_static(b"{\"code\":0,")), Err(std::io::Error::other("cut"))];
            Body::from_stream(stream::iter(broken)).into_response()
        }
        Reply::Silence => std::future::pending().await,
    }
}

fn usual(call: &Call, nth: usize) -> Reply {
    let part = match call.name.as_str() {
        "POST oauth/v2/token" => {
            return Reply::Json(200, json!({"access_token": format!("1000.{nth}"), "expires_in": 3600}));
        }
        "GET bills" => json!({"bills": []}),
        "GET contacts" => json!({"contacts": []}),
        "GET chartofaccounts" => json!({"chartofaccounts": [
            {"account_id": "10", "account_name": "Sales", "account_type": "income"},
            {"account_id": "11", "account_name": "Old Expenses", "account_type": "expense", "is_active": false},
            {"account_id": "12", "account_name": "Office Supplies", "account_type": "expense", "is_active": true},
            {"account_id": "13", "account_name": "Printing", "account_type": "expense", "is_active": true},
        ]}),
        "GET settings/taxes" => json!({"taxes": [
            {"tax_id": 18, "tax_name": "GST18", "tax_percentage": 18.0, "tax_type": "tax_group"},
        ]}),
        "GET settings/currencies" => json!({"currencies": [{"currency_id": "97", "currency_code": "INR"}]}),
        "POST contacts" => json!({"contact": {"contact_id": "901", "contact_name": "Vindhya Paper Mart",
            "contact_type": "vendor", "gst_no": "29AAKCV4827Q1ZB"}}),
        "GET bills/5001" => json!({"bill": bill("5001", "inv-42", "1180.00")}),
        "POST bills/5001/attachment" => json!({"message": "The document has been attached."}),
        "POST bills" | "PUT bills" => json!({"bill": bill("5001", "inv-42", "1180.00")}),
        _ => return refusal(404, 5, "Invalid URL Passed"),
    };
    let mut body = json!({"code": 0, "message": "success"});
    body.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
    Reply::Json(if call.name.starts_with("POST") { 201 } else { 200 }, body)
}
