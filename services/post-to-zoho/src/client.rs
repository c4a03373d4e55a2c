//! The one place that sends calls to Zoho Books.
//!
//! Each call carries a token and the organisation. One for an invoice carries its id as well, and waits for its permit
//! first, as all replicas share the organisation's calls of a minute. A call that changes something is sent only after
//! the engine has confirmed that the invoice is still ours, and is never repeated here unless Zoho has refused its
//! token and so done nothing.

use crate::Job;
use crate::answer::{self, Answer, CallError, Reply};
use crate::metrics::Metrics;
use crate::token::{Token, Tokens};
use bytes::Bytes;
use contract::code;
use engine::{Demand, StageError};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use runtime::settings::Zoho;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::time::{Duration, Instant};

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const JSON: &str = "application/json";
/// More than any answer has; a longer one is not Zoho's.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// The one list that is not of an organisation.
pub(crate) const ORGANIZATIONS: &str = "organizations";
/// Pages of 200 rows read of one list.
const MAX_PAGES: u32 = 1000;

/// A client of Zoho Books for one organisation.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    tokens: Tokens,
    organization_id: String,
    metrics: Metrics,
}

/// On whose behalf a call is made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller<'a> {
    /// An invoice, which has permits and may be another replica's by now.
    Invoice(&'a Job),
    /// A person at the command line, who only reads.
    Person,
}

impl<'a> From<&'a Job> for Caller<'a> {
    fn from(job: &'a Job) -> Self {
        Self::Invoice(job)
    }
}

/// What a call asks for.
#[derive(Debug)]
enum Ask<'a> {
    Get(&'a [(&'a str, &'a str)]),
    Post(String),
    /// To change what has the value in its unique field, and to make it if nothing has.
    Upsert {
        field: &'a str,
        value: &'a str,
        body: String,
    },
    Attach {
        file_name: &'a str,
        pdf: &'a Bytes,
    },
}

impl Client {
    pub(crate) fn new(settings: &Zoho) -> reqwest::Result<Self> {
        let timeout = Duration::from_millis(settings.timeout_ms);
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .redirect(Policy::none())
            .user_agent(concat!("invoices-post-to-zoho/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let tokens = Tokens::new(http.clone(), settings);
        let organization_id = settings.organization_id.clone();
        Ok(Self { http, tokens, organization_id, metrics: Metrics::default() })
    }

    /// Counts among these from now on.
    pub(crate) fn counting(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// The token that calls are made with now.
    pub(crate) async fn token(&self) -> Result<Token, StageError> {
        self.tokens.current().await
    }

    pub(crate) async fn get<'a>(
        &self,
        caller: impl Into<Caller<'a>>,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Answer, CallError> {
        self.call(caller.into(), path, &Ask::Get(query)).await
    }

    /// All rows of a list, page by page. Zoho ignores filters that it does not know: the rows must be checked.
    pub(crate) async fn list<'a, T: DeserializeOwned>(
        &self,
        caller: impl Into<Caller<'a>>,
        path: &str,
        rows: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, CallError> {
        let caller = caller.into();
        let mut all = Vec::new();
        for page in 1..=MAX_PAGES {
            let number = page.to_string();
            let query = [query, &[("page", number.as_str()), ("per_page", "200")]].concat();
            let answer = self.get(caller, path, &query).await?;
            all.extend(answer.part::<Vec<T>>(rows)?);
            if !answer.has_more() {
                break;
            }
        }
        Ok(all)
    }

    pub(crate) async fn post(&self, job: &Job, path: &str, body: &impl Serialize) -> Result<Answer, CallError> {
        self.call(job.into(), path, &Ask::Post(json(body)?)).await
    }

    /// Makes what no other has the invoice's id in its unique field for; Zoho sees to it that there is one.
    pub(crate) async fn upsert(
        &self,
        job: &Job,
        path: &str,
        field: &str,
        body: &impl Serialize,
    ) -> Result<Answer, CallError> {
        let ask = Ask::Upsert { field, value: job.invoice_id.as_str(), body: json(body)? };
        self.call(job.into(), path, &ask).await
    }

    /// Zoho adds what is attached twice a second time.
    pub(crate) async fn attach(
        &self,
        job: &Job,
        path: &str,
        file_name: &str,
        pdf: &Bytes,
    ) -> Result<Answer, CallError> {
        self.call(job.into(), path, &Ask::Attach { file_name, pdf }).await
    }

    async fn call(&self, caller: Caller<'_>, path: &str, ask: &Ask<'_>) -> Result<Answer, CallError> {
        let token = self.tokens.current().await.map_err(CallError::Refused)?;
        match self.send(caller, path, ask, &token).await {
            // A person's token is fresh: a refusal speaks of its scopes, and another would be one of ten for nothing.
            Err(CallError::Refused(error))
                if error.code == code::ZOHO_UNAUTHORIZED
                    && matches!(caller, Caller::Invoice(_))
                    && !lacks_scope(&token, path) =>
            {
                let newer = self.tokens.newer_than(&token).await.map_err(CallError::Refused)?;
                self.send(caller, path, ask, &newer).await
            }
            outcome => outcome,
        }
    }

    async fn send(&self, caller: Caller<'_>, path: &str, ask: &Ask<'_>, token: &Token) -> Result<Answer, CallError> {
        let url = format!("{}/books/v3/{path}", token.api_url);
        let request = match ask {
            Ask::Get(query) => self.http.get(url).query(query),
            Ask::Post(body) => self.http.post(url).header(CONTENT_TYPE, JSON).body(body.clone()),
            Ask::Upsert { field, value, body } => {
                let request = self.http.put(url).header(CONTENT_TYPE, JSON).body(body.clone());
                let request = request.header("x-unique-identifier-key", *field);
                request.header("x-unique-identifier-value", *value).header("x-upsert", "true")
            }
            Ask::Attach { file_name, pdf } => self.http.post(url).multipart(form(file_name, pdf)),
        };
        let mut request = request.header("authorization", token.header.clone());
        if path != ORGANIZATIONS {
            request = request.query(&[("organization_id", &self.organization_id)]);
        }
        if let Caller::Invoice(job) = caller {
            request = request.header("x-invoice-id", job.invoice_id.as_str());
            job.permit(Demand::CALL).await.map_err(CallError::Refused)?;
            if !matches!(ask, Ask::Get(_)) {
                job.confirm_lease().await.map_err(CallError::Refused)?;
            }
        }
        let began = Instant::now();
        let judged = exchange(request).await.and_then(|reply| answer::judge(&reply));
        let code = judged.as_ref().map_or_else(|error| error.error().code.as_str(), |_| "ok");
        self.metrics.requests.with_label_values(&["zoho", code]).observe(began.elapsed().as_secs_f64());
        judged
    }
}

/// Whether a new token would be refused as well: Zoho names the scopes of this one, and none is for what only some
/// organisations let us do.
fn lacks_scope(token: &Token, path: &str) -> bool {
    let is_for_credits = |scope: &str| {
        let scope = scope.to_ascii_lowercase();
        scope.contains("debitnotes") || scope.contains("fullaccess")
    };
    path.starts_with("vendorcredits") && token.scope.as_deref().is_some_and(|scopes| !is_for_credits(scopes))
}

fn json(body: &impl Serialize) -> Result<String, CallError> {
    serde_json::to_string(body).map_err(|error| {
        let message = format!("the call cannot be written as JSON: {error}");
        CallError::Refused(StageError::permanent(code::ZOHO_BAD_REQUEST, message))
    })
}

fn form(file_name: &str, pdf: &Bytes) -> Form {
    let file = Part::stream_with_length(pdf.clone(), pdf.len() as u64).file_name(file_name.to_owned());
    Form::new().part("attachment", file.mime_str("application/pdf").expect("it is a media type"))
}

/// Sends a request and reads the whole answer.
pub(crate) async fn exchange(request: RequestBuilder) -> Result<Reply, CallError> {
    let mut response = request.send().await.map_err(|error| broken(&error))?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(CallError::Unknown(answer::unreadable("longer than any of its own")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status: response.status().as_u16(), retry_after: retry_after(&response), body })
}

/// Only a connection that never came about is sure to have brought nothing to Zoho.
fn broken(error: &reqwest::Error) -> CallError {
    if error.is_connect() {
        let message = format!("no connection to Zoho: {}", root(error));
        return CallError::Refused(StageError::unavailable(code::ZOHO_CONNECT, message));
    }
    if error.is_builder() {
        let message = format!("zoho.accounts_url or zoho.api_url cannot be used: {}", root(error));
        return CallError::Refused(StageError::unavailable(code::ZOHO_SETUP, message));
    }
    CallError::Unknown(if error.is_timeout() {
        StageError::unavailable(code::ZOHO_TIMEOUT, "Zoho did not answer within zoho.timeout_ms")
    } else {
        let message = format!("the connection to Zoho broke before the answer was complete: {}", root(error));
        StageError::unavailable(code::ZOHO_UNAVAILABLE, message)
    })
}

/// The innermost cause: the outer ones repeat the URL.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    match cause.downcast_ref::<reqwest::Error>() {
        Some(_) => "no cause given".to_owned(),
        None => cause.to_string(),
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
