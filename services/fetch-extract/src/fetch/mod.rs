//! Downloads a PDF from a URL that a stranger chose.
//!
//! Architecture invariant: every hop's scheme and address are checked, and a connection goes to the very address that
//! was checked, so neither a redirect nor a name that resolves differently the second time reaches the inside. Proxies
//! of the environment are therefore not used. Neither user info nor query of a URL ever gets into an error or a log.

pub mod address;
mod body;
mod error;
mod hosts;
mod port;
mod resolver;
mod retry_after;
mod transport;

pub use body::Fetched;
pub use error::Error;

use crate::Metrics;
use address::Gate;
use contract::Code;
use hosts::Hosts;
use reqwest::{Client, Response, header, redirect};
use resolver::Resolver;
use runtime::settings::Fetch;
use std::time::{Duration, Instant};
use url::{Host, Url};

const USER_AGENT: &str = concat!("invoices-fetch-extract/", env!("CARGO_PKG_VERSION"));

/// Fetches PDFs within the limits of the settings.
#[derive(Debug)]
pub struct Fetcher {
    client: Client,
    hosts: Hosts,
    gate: Gate,
    allow_http: bool,
    timeout: Duration,
    max_redirects: u32,
    max_bytes: u64,
    metrics: Metrics,
}

impl Fetcher {
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn new(settings: &Fetch) -> Result<Self, reqwest::Error> {
        let gate = Gate { allow_private: settings.allow_private_addresses };
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .dns_resolver(Resolver::new(gate))
            .redirect(redirect::Policy::none())
            .no_proxy()
            // Decompressing would hide the body's true length and admit decompression bombs.
            .no_gzip()
            .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
            .read_timeout(Duration::from_millis(settings.idle_timeout_ms))
            .build()?;
        Ok(Self {
            client,
            hosts: Hosts::new(settings.per_host),
            gate,
            allow_http: settings.allow_http,
            timeout: Duration::from_millis(settings.timeout_ms),
            max_redirects: settings.max_redirects,
            max_bytes: settings.max_bytes,
            metrics: Metrics::default(),
        })
    }

    /// Counts among these from now on.
    #[must_use]
    pub fn counting(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// Fetches the PDF, redirects and body within the one time limit.
    ///
    /// # Errors
    /// Classed by [`Error`]; trouble with one host never speaks for the other hosts.
    pub async fn fetch(&self, pdf_url: &str) -> Result<Fetched, Error> {
        let url = Url::parse(pdf_url.trim()).map_err(|_| Error::NotAUrl)?;
        let host = host(&url);
        // Waiting for a turn is not the host's fault, and not in its time.
        let _turn = self.hosts.turn(&host).await;
        let late = || Error::Timeout { host, limit: self.timeout };
        let began = Instant::now();
        let fetched = tokio::time::timeout(self.timeout, self.follow(url)).await.unwrap_or_else(|_| Err(late()));
        let code = fetched.as_ref().map_or_else(|error| error.meaning().0, |_| Code::new("ok"));
        self.metrics.requests.with_label_values(&["pdf", code.as_str()]).observe(began.elapsed().as_secs_f64());
        fetched
    }

    async fn follow(&self, mut url: Url) -> Result<Fetched, Error> {
        for _ in 0..=self.max_redirects {
            let response = self.get(&url).await?;
            match redirect_target(&response, &url) {
                Some(target) => url = target,
                None => return body::read(response, &host(&url), self.max_bytes, self.timeout).await,
            }
        }
        Err(Error::TooManyRedirects { limit: self.max_redirects })
    }

    async fn get(&self, url: &Url) -> Result<Response, Error> {
        self.admit(url)?;
        let request = self.client.get(url.clone()).header(header::ACCEPT, "application/pdf, */*;q=0.1");
        request.send().await.map_err(|error| transport::classify(&error, host(url), self.timeout))
    }

    /// Checks what can be checked before names are resolved; the resolver checks the rest.
    fn admit(&self, url: &Url) -> Result<(), Error> {
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            scheme => return Err(Error::SchemeRefused { scheme: scheme.to_owned() }),
        }
        if let Some(port) = url.port().filter(|port| port::is_blocked(*port)) {
            return Err(Error::PortRefused { host: host(url), port });
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(Error::NotAUrl),
        };
        match literal {
            Some(address) if !self.gate.admits(address) => Err(Error::AddressRefused { host: host(url) }),
            _ => Ok(()),
        }
    }
}

/// Where a redirect leads. One that leads nowhere readable is left to be judged by its status.
fn redirect_target(response: &Response, url: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    url.join(response.headers().get(header::LOCATION)?.to_str().ok()?).ok()
}

/// The part of a URL that errors may name.
fn host(url: &Url) -> String {
    url.host_str().unwrap_or("(no host)").to_owned()
}
