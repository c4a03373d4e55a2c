//! Asks the model, whichever API it is behind.
//!
//! Architecture invariant: nothing is sent before the lease is confirmed, as every answer is paid for; and nothing is
//! repeated here but an answer that ran out of room, once: repeating is the engine's business.

mod anthropic;
mod budget;
mod cost;
mod failure;
mod headers;
mod openai;
mod provider;

pub use cost::{Prices, sum};
pub use provider::Material;

use crate::metrics::Metrics;
use budget::Budget;
use contract::{Cost, Extracted, code};
use engine::{Demand, StageError, Work};
use failure::Failure;
use instruments::Registry;
use provider::{Provider, Question, Reply, Stop};
use reqwest::header::{CONTENT_TYPE, HeaderValue, InvalidHeaderValue};
use reqwest::{Client, RequestBuilder, Response, redirect};
use runtime::settings::Llm;
use secrecy::ExposeSecret;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// No answer within a sensible budget of tokens is longer.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// For the rate limit of tokens. Invoices are dense in numbers, which take more tokens than prose; rather too many.
const BYTES_PER_TOKEN: usize = 3;
/// Of a page that is shown as a picture, with its share of the prompt; Anthropic's documentation says about 7,000 for three.
const TOKENS_PER_PAGE: u32 = 2500;
/// A longer wait parks the stage; a shorter one is waited for like that of a rate limit.
const PARKED_FROM: Duration = Duration::from_secs(600);

/// The models, behind one URL and key.
#[derive(Debug)]
pub struct Model {
    client: Client,
    provider: Box<dyn Provider>,
    url: String,
    first: Choice,
    stronger: Option<Choice>,
    max_tokens: u32,
    structured_outputs: bool,
    cache_prompt: bool,
    timeout: Duration,
    budget: Arc<Mutex<Budget>>,
    metrics: Metrics,
}

/// Which model is asked, and what it takes.
#[derive(Debug, Clone)]
pub struct Choice {
    pub name: String,
    pub prices: Prices,
}

/// What the model wrote, and what that cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    pub cost: Cost,
}

/// The model cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("llm.api_key has characters that no HTTP header may have")]
    ApiKey(#[from] InvalidHeaderValue),
    #[error("the HTTP client cannot be built")]
    Client(#[from] reqwest::Error),
}

impl Model {
    /// # Errors
    /// When the API key cannot be sent or the HTTP client cannot be built.
    pub fn new(settings: &Llm) -> Result<Self, SetupError> {
        let provider = provider::of(settings);
        let mut headers = provider.headers(settings.api_key.expose_secret())?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let timeout = Duration::from_millis(settings.timeout_ms);
        let client = Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            // A POST that is redirected arrives as something else, and the key elsewhere.
            .redirect(redirect::Policy::none())
            .build()?;
        let stronger = &settings.stronger;
        Ok(Self {
            client,
            url: format!("{}{}", settings.base_url.trim_end_matches('/'), provider.path()),
            provider,
            first: Choice {
                name: settings.model.clone(),
                prices: Prices {
                    input_per_mtok: settings.input_usd_per_mtok,
                    cached_input_per_mtok: settings.cached_input_usd_per_mtok,
                    output_per_mtok: settings.output_usd_per_mtok,
                },
            },
            stronger: (!stronger.model.is_empty()).then(|| Choice {
                name: stronger.model.clone(),
                prices: Prices {
                    input_per_mtok: stronger.input_usd_per_mtok,
                    cached_input_per_mtok: stronger.cached_input_usd_per_mtok,
                    output_per_mtok: stronger.output_usd_per_mtok,
                },
            }),
            max_tokens: settings.max_tokens,
            structured_outputs: settings.structured_outputs,
            cache_prompt: settings.cache_prompt,
            timeout,
            budget: Arc::new(Mutex::new(Budget::new(settings.usd_per_hour, settings.usd_per_day))),
            metrics: Metrics::default(),
        })
    }

    /// Shows what it counts; the budget as it is whenever somebody looks.
    ///
    /// # Errors
    /// When the registry has these metrics already.
    pub fn register(&self, registry: &Registry) -> instruments::Result<()> {
        let budget = Arc::clone(&self.budget);
        instruments::register_fresh(registry, &self.metrics, move |metrics| {
            let mut budget = locked(&budget);
            metrics.budget_used.set(budget.used(unix_ms()).map(|(period, used)| ([period.to_owned()], used)));
        })
    }

    /// Whom to ask first.
    #[must_use]
    pub fn first(&self) -> &Choice {
        &self.first
    }

    /// Whom to ask again when the first one's answer does not hold.
    #[must_use]
    pub fn stronger(&self) -> Option<&Choice> {
        self.stronger.as_ref()
    }

    /// Asks for the fields of an invoice.
    ///
    /// # Errors
    /// Classed by the API's answer. When something was paid although there is no answer, the error says how much.
    pub async fn ask(
        &self,
        choice: &Choice,
        work: &Work<Extracted>,
        material: &Material<'_>,
    ) -> Result<Answer, StageError> {
        self.refuse_beyond_budget(work.share())?;
        let (mut reply, mut cost) = self.pay(choice, work, material, self.max_tokens).await?;
        if reply.stop == Stop::OutOfRoom {
            let again = self.pay(choice, work, material, self.max_tokens.saturating_mul(2)).await;
            let (whole, more) = again.map_err(|error| error.with_cost(cost.clone()))?;
            (reply, cost) = (whole, sum(&cost, &more));
        }
        match reply.into_text() {
            Ok(text) => Ok(Answer { text, cost }),
            Err(failure) => Err(StageError::from(failure).with_cost(cost)),
        }
    }

    /// One call, and what it costs.
    async fn pay(
        &self,
        choice: &Choice,
        work: &Work<Extracted>,
        material: &Material<'_>,
        max_tokens: u32,
    ) -> Result<(Reply, Cost), StageError> {
        let question = Question {
            model: &choice.name,
            max_tokens,
            structured_outputs: self.structured_outputs,
            cache_prompt: self.cache_prompt,
            material,
        };
        let reply = self.post(work, &question).await?;
        let cost = choice.prices.cost(&choice.name, &reply.usage);
        self.budget().spend(cost.usd, unix_ms());
        Ok((reply, cost))
    }

    async fn post(&self, work: &Work<Extracted>, question: &Question<'_>) -> Result<Reply, StageError> {
        let text = self.provider.body(question).to_string();
        let tokens = match *question.material {
            Material::Text(_) => u32::try_from(text.len() / BYTES_PER_TOKEN).unwrap_or(u32::MAX),
            Material::Scan { pages, .. } => pages.saturating_mul(TOKENS_PER_PAGE),
        };
        let request = self.client.post(&self.url).header("x-invoice-id", work.invoice_id.as_str()).body(text);
        work.permit(Demand { calls: 1, tokens }).await?;
        work.confirm_lease().await?;
        let began = Instant::now();
        let reply = self.exchange(request).await.map_err(StageError::from);
        let code = reply.as_ref().map_or_else(|error| error.code.as_str(), |_| "ok");
        self.metrics.requests.with_label_values(&["llm", code]).observe(began.elapsed().as_secs_f64());
        reply
    }

    async fn exchange(&self, request: RequestBuilder) -> Result<Reply, Failure> {
        let response = request.send().await.map_err(|error| self.unsent(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.body(response).await?;
        if status == 200 { self.provider.read(&body) } else { Err(self.provider.refused(status, &headers, &body)) }
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unsent(&error))? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(failure::bad_response("is longer than any answer"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn unsent(&self, error: &reqwest::Error) -> Failure {
        failure::of_transport(error, self.timeout)
    }

    fn refuse_beyond_budget(&self, share: f64) -> Result<(), StageError> {
        let Some(wait) = self.budget().exhausted(share, unix_ms()) else { return Ok(()) };
        let message = "llm.usd_per_hour or llm.usd_per_day is spent: the stage waits for the next hour or day";
        let error = if wait > PARKED_FROM {
            StageError::unavailable(code::LLM_BUDGET, message)
        } else {
            StageError::throttled(code::LLM_BUDGET, message)
        };
        Err(error.with_retry_after(Some(wait)))
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        locked(&self.budget)
    }
}

fn locked(budget: &Mutex<Budget>) -> MutexGuard<'_, Budget> {
    budget.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
