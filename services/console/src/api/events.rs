//! What happens, as server-sent events.
//!
//! `invoice` and `removed` tell of one invoice, `dead_letters` that some have come or gone, `totals` how many there are of what,
//! `stages` how the stages are, and `reload` that the stream has missed something: whoever shows anything reads it anew, as after every connection.

use super::extract::Params;
use crate::live::{Event, Frame, Live, Subject};
use crate::problem::Problem;
use crate::server::App;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::InvoiceId;
use futures::{Stream, stream};
use schemars::JsonSchema;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;

/// Streams of one replica; each costs a connection.
const MOST: i64 = 1000;
/// A word on a silent stream keeps proxies from closing it, and shows us who is gone.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Browsers connect again after so many milliseconds.
const HELLO: Bytes = Bytes::from_static(b"retry: 2000\n: connected\n\n");

/// Which events.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Which {
    /// Only those of this invoice.
    invoice_id: Option<InvoiceId>,
}

pub(super) async fn events(State(app): State<App>, Params(which): Params<Which>) -> Result<Response, Problem> {
    if app.metrics.open_streams() >= MOST {
        return Err(Problem::unavailable("too many streams of events are open"));
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        // A proxy that collects answers would hold the events back.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    let events = Listener::begin(&app, which.invoice_id).into_stream();
    Ok((headers, Body::from_stream(events)).into_response())
}

/// One stream.
struct Listener {
    live: Live,
    frames: broadcast::Receiver<Arc<Frame>>,
    /// All before this change has been told.
    place: u64,
    only: Option<InvoiceId>,
    shutdown: watch::Receiver<bool>,
    is_new: bool,
    _counted: instruments::Held,
}

impl Listener {
    fn begin(app: &App, only: Option<InvoiceId>) -> Self {
        let (frames, place) = app.live.frames();
        let (live, shutdown, _counted) = (app.live.clone(), app.shutdown.clone(), app.metrics.stream());
        Self { live, frames, place, only, shutdown, is_new: true, _counted }
    }

    fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, async |mut listener| Some((Ok(listener.next().await?), listener)))
    }

    /// The next events, or a word that we are still here; `None` at the end of the process.
    async fn next(&mut self) -> Option<Bytes> {
        if std::mem::replace(&mut self.is_new, false) {
            return Some(HELLO);
        }
        loop {
            let frame = tokio::select! {
                biased;
                _ = self.shutdown.wait_for(|stop| *stop) => return None,
                frame = tokio::time::timeout(HEARTBEAT, self.frames.recv()) => frame,
            };
            let text = match frame {
                Err(_) => return Some(Bytes::from_static(b": still here\n\n")),
                Ok(Ok(frame)) => self.of_frame(&frame),
                Ok(Err(RecvError::Lagged(_))) => self.missed(),
                Ok(Err(RecvError::Closed)) => return None,
            };
            if !text.is_empty() {
                return Some(text);
            }
        }
    }

    fn of_frame(&mut self, frame: &Frame) -> Bytes {
        // It may have been told already, among what was missed.
        if frame.upto <= self.place {
            return Bytes::new();
        }
        self.place = frame.upto;
        if self.only.is_none() { frame.all.clone() } else { self.wanted(&frame.events) }
    }

    fn missed(&mut self) -> Bytes {
        let Some((events, place)) = self.live.since(self.place) else {
            self.place = self.live.place();
            return Event::reload().text;
        };
        self.place = place;
        self.wanted(&events)
    }

    fn wanted(&self, events: &[Event]) -> Bytes {
        let is_wanted = |event: &&Event| match (&self.only, &event.about) {
            (None, _) | (_, Subject::Everything) => true,
            (Some(only), Subject::Invoice(id)) => only == id,
            _ => false,
        };
        events.iter().filter(is_wanted).map(|event| &event.text[..]).collect::<Vec<_>>().concat().into()
    }
}
