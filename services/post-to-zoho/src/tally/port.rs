//! Tally's HTTP port.
//!
//! Tally serves one request at a time, and is known to break off or to answer for another company when it gets several: from
//! here it gets one at a time. It knows no log-in. A request is never repeated here.

use super::answer::CallError;
use crate::Job;
use contract::code;
use engine::StageError;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use runtime::settings::Tally;
use std::time::Duration;
use tokio::sync::Mutex;

/// More than any list of vendors has; a longer answer is not Tally's.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// The port of one Tally.
#[derive(Debug)]
pub(crate) struct Port {
    http: reqwest::Client,
    url: String,
    busy: Mutex<()>,
}

impl Port {
    pub(crate) fn new(settings: &Tally) -> reqwest::Result<Self> {
        let timeout = Duration::from_millis(settings.timeout_ms);
        let http = reqwest::Client::builder().timeout(timeout).redirect(Policy::none()).no_proxy();
        // What was sent on a connection that Tally was closing would be in doubt for nothing.
        let http = http.pool_max_idle_per_host(0).build()?;
        Ok(Self { http, url: settings.url.clone(), busy: Mutex::default() })
    }

    /// Asks for something, which changes nothing.
    pub(crate) async fn ask(&self, request: String) -> Result<String, CallError> {
        let _turn = self.busy.lock().await;
        self.exchange(request).await
    }

    /// Changes something, if the invoice is still ours when it is our turn.
    pub(crate) async fn change(&self, job: &Job, request: String) -> Result<String, CallError> {
        let _turn = self.busy.lock().await;
        job.confirm_lease().await.map_err(CallError::Refused)?;
        self.exchange(request).await
    }

    async fn exchange(&self, request: String) -> Result<String, CallError> {
        let request = self.http.post(&self.url).header(CONTENT_TYPE, "text/xml;charset=utf-8").body(request);
        let mut response = request.send().await.map_err(|error| broken(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(CallError::Unknown(unavailable("Tally's answer is longer than any of its own")));
            }
        }
        if !response.status().is_success() {
            let message = format!("Tally answered HTTP {}: check tally.url", response.status().as_u16());
            return Err(CallError::Unknown(unavailable(message)));
        }
        Ok(String::from_utf8_lossy(&body).into_owned())
    }
}

/// Only a connection that never came about is sure to have brought nothing to Tally.
fn broken(error: &reqwest::Error) -> CallError {
    if error.is_connect() || error.is_builder() {
        let message = "no connection to Tally: start it with its HTTP port enabled, or correct tally.url";
        return CallError::Refused(StageError::unavailable(code::TALLY_CONNECT, message));
    }
    CallError::Unknown(if error.is_timeout() {
        unavailable("Tally did not answer within tally.timeout_ms: see whether a dialog is open on its screen")
    } else {
        unavailable("the connection to Tally broke before the answer was complete")
    })
}

fn unavailable(message: impl Into<String>) -> StageError {
    StageError::unavailable(code::TALLY_UNAVAILABLE, message)
}
