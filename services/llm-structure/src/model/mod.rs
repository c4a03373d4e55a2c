//! Asks the model: the Messages API of Anthropic, or of anything that speaks it.
//!
//! Architecture invariant: nothing is sent before the lease is confirmed, as every answer is paid for; and nothing is
//! repeated here but an answer that ran out of room, once: repeating is the engine's business.

mod cost;
mod failure;
mod reply;
mod request;
mod status;

pub use cost::Prices;

use contract::{Cost, Extracted};
use engine::{Demand, StageError, Work};
use failure::Failure;
use reply::{Reply, StopReason};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, InvalidHeaderValue};
use reqwest::{Client, Response, redirect};
use runtime::settings::Llm;
use secrecy::ExposeSecret;
use std::time::Duration;

const API_VERSION: &str = "2023-06-01";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// No answer within a sensible budget of tokens is longer.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// For the rate limit of tokens. Invoices are dense in numbers, which take more tokens than prose; rather too many.
const BYTES_PER_TOKEN: usize = 3;
/// Of a page that is shown as a picture, with its share of the prompt; the API's documentation says about 7,000 for three.
const TOKENS_PER_PAGE: u32 = 2500;

/// The model, behind one URL and key.
#[derive(Debug)]
pub struct Model {
    client: Client,
    url: String,
    name: String,
    max_tokens: u32,
    structured_outputs: bool,
    timeout: Duration,
    prices: Prices,
}

/// What the model is to read.
#[derive(Debug, Clone, Copy)]
pub enum Material<'a> {
    Text(&'a str),
    /// A PDF whose pages are pictures.
    Scan {
        pdf: &'a [u8],
        pages: u32,
    },
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
        let mut key = HeaderValue::from_str(settings.api_key.expose_secret())?;
        key.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", key);
        headers.insert("anthropic-version", HeaderValue::from_static(API_VERSION));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let timeout = Duration::from_millis(settings.timeout_ms);
        let client = Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            // A POST that is redirected arrives as something else, and the key elsewhere.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self {
            client,
            url: format!("{}/v1/messages", settings.base_url.trim_end_matches('/')),
            name: settings.model.clone(),
            max_tokens: settings.max_tokens,
            structured_outputs: settings.structured_outputs,
            timeout,
            prices: Prices {
                input_per_mtok: settings.input_usd_per_mtok,
                output_per_mtok: settings.output_usd_per_mtok,
            },
        })
    }

    /// Asks for the fields of an invoice.
    ///
    /// # Errors
    /// Classed by the API's answer. When something was paid although there is no answer, the error says how much.
    pub async fn ask(&self, work: &Work<Extracted>, material: &Material<'_>) -> Result<Answer, StageError> {
        let mut reply = self.post(work, material, self.max_tokens).await?;
        let mut cost = self.prices.cost(&self.name, &reply.usage);
        if reply.stop == StopReason::MaxTokens {
            let again = self.post(work, material, self.max_tokens.saturating_mul(2)).await;
            reply = again.map_err(|error| error.with_cost(cost.clone()))?;
            cost = cost::sum(cost, &self.prices.cost(&self.name, &reply.usage));
        }
        match reply.into_text() {
            Ok(text) => Ok(Answer { text, cost }),
            Err(failure) => Err(StageError::from(failure).with_cost(cost)),
        }
    }

    async fn post(
        &self,
        work: &Work<Extracted>,
        material: &Material<'_>,
        max_tokens: u32,
    ) -> Result<Reply, StageError> {
        let text = request::body(&self.name, max_tokens, self.structured_outputs, material).to_string();
        let tokens = match *material {
            Material::Text(_) => u32::try_from(text.len() / BYTES_PER_TOKEN).unwrap_or(u32::MAX),
            Material::Scan { pages, .. } => pages.saturating_mul(TOKENS_PER_PAGE),
        };
        let request = self.client.post(&self.url).header("x-invoice-id", work.invoice_id.as_str()).body(text);
        work.permit(Demand { calls: 1, tokens }).await?;
        work.confirm_lease().await?;
        let response = request.send().await.map_err(|error| self.unsent(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.body(response).await?;
        if status == 200 { Ok(reply::read(&body)?) } else { Err(status::classify(status, &headers, &body).into()) }
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
}
