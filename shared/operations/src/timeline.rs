//! The life of one invoice as people read it: what happened, how long it had waited for that, and why; pure.

use contract::HistoryEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One event and the time before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    #[serde(flatten)]
    pub event: HistoryEvent,
    /// How long nothing was done about the invoice before this, in milliseconds: since the event before it, without the time
    /// that a handler took. None for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_ms: Option<u64>,
}

/// The steps of one invoice, given its events as the history has them.
#[must_use]
pub fn timeline(events: Vec<HistoryEvent>) -> Vec<Step> {
    let mut before_ms = None;
    let step = |event: HistoryEvent| {
        let took_ms = i64::try_from(event.took_ms.unwrap_or(0)).unwrap_or(i64::MAX);
        let waited = |before_ms: i64| event.at_ms.saturating_sub(took_ms).saturating_sub(before_ms);
        let waited_ms = before_ms.map(|before_ms| u64::try_from(waited(before_ms)).unwrap_or(0));
        before_ms = Some(event.at_ms);
        Step { event, waited_ms }
    };
    events.into_iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::history::EventKind;
    use contract::{Coordinates, Stage};

    fn event(at_ms: i64, took_ms: Option<u64>) -> HistoryEvent {
        HistoryEvent {
            invoice_id: "A-1".parse().unwrap(),
            kind: EventKind::Retried,
            stage: Stage::FetchExtract,
            run: 1,
            attempt: 1,
            at_ms,
            took_ms,
            code: None,
            cost_usd: None,
            message: None,
            actor: None,
            reason: None,
            record: Coordinates { topic: "t".to_owned(), partition: 0, offset: 0 },
        }
    }

    #[test]
    fn a_wait_is_the_time_in_which_nothing_was_done() {
        let events = vec![event(1000, Some(500)), event(5000, Some(1000)), event(5100, None), event(5050, Some(10))];
        let waits: Vec<_> = timeline(events).into_iter().map(|step| step.waited_ms).collect();
        assert_eq!(waits, [None, Some(3000), Some(100), Some(0)], "clocks of two machines may differ");
    }
}
