//! Which events of the history are meant, as options, and how one is shown.

use crate::day::Day;
use crate::output::{moment, span};
use chrono::{DateTime, Utc};
use clap::Args;
use contract::history::EventKind;
use contract::{HistoryEvent, Stage};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

/// What is not named is not restricted.
#[derive(Debug, Default, Args)]
pub(crate) struct Events {
    /// forwarded, retried, dead_lettered, duplicate, command_accepted, stale_command, erased, stage_paused or stage_resumed;
    /// may be given more than once.
    #[arg(long, value_parser = kind)]
    kind: Vec<EventKind>,
    /// At this stage.
    #[arg(long)]
    stage: Option<Stage>,
    /// With this error code.
    #[arg(long)]
    code: Option<String>,
    /// What this person asked for.
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// What people asked for, whoever it was.
    #[arg(long)]
    by_people: bool,
    /// From this day on, in UTC: 2026-11-01, or 7d for seven days ago.
    #[arg(long, value_name = "DAY")]
    since: Option<Day>,
    /// Until the end of this day.
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
}

impl Events {
    pub(crate) fn wants(&self, event: &HistoryEvent, now: DateTime<Utc>) -> bool {
        (self.kind.is_empty() || self.kind.contains(&event.kind))
            && self.stage.is_none_or(|stage| stage == event.stage)
            && self.code.as_deref().is_none_or(|code| event.code.as_ref().is_some_and(|is| is.as_str() == code))
            && self.actor.as_ref().is_none_or(|actor| event.actor.as_ref() == Some(actor))
            && (!self.by_people || event.actor.is_some())
            && self.since.is_none_or(|day| event.at_ms >= day.start(now).timestamp_millis())
            && self.until.is_none_or(|day| event.at_ms < day.end(now).timestamp_millis())
    }
}

/// One line for a person.
pub(crate) fn text(event: &HistoryEvent) -> String {
    let mut parts = vec![moment(event.at_ms), event.invoice_id.to_string()];
    parts.extend(told(event));
    parts.join("  ")
}

/// What happened, without when and to which invoice.
pub(crate) fn told(event: &HistoryEvent) -> Vec<String> {
    let mut parts =
        vec![event.kind.as_str().to_owned(), format!("{} run {} attempt {}", event.stage, event.run, event.attempt)];
    parts.extend(event.took_ms.map(|ms| format!("took {}", span(ms))));
    parts.extend(event.cost_usd.map(|usd| format!("USD {usd}")));
    parts.extend(event.code.as_ref().map(ToString::to_string));
    parts.extend(event.message.clone());
    parts.extend(event.actor.as_ref().map(|actor| format!("by {actor}")));
    parts.extend(event.reason.as_ref().map(|reason| format!("because: {reason}")));
    parts
}

fn kind(text: &str) -> Result<EventKind, Error> {
    let deserializer: StrDeserializer<'_, Error> = text.into_deserializer();
    EventKind::deserialize(deserializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(extra: &str) -> HistoryEvent {
        let text = format!(
            r#"{{"invoice_id":"A-1","kind":"command_accepted","stage":"llm-structure","run":2,"attempt":1,
            "at_ms":1793491200000,"record":{{"topic":"t","partition":0,"offset":7}}{extra}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn wants(events: &Events, event: &HistoryEvent) -> bool {
        events.wants(event, "2026-11-03T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn who_when_and_what_restrict_and_all_must_agree() {
        let event = event(r#","actor":"asha","reason":"model is back","code":"llm.timeout""#);
        let none = Events::default;
        let day = |text: &str| Some(text.parse().unwrap());
        for wanted in [
            none(),
            Events { by_people: true, ..none() },
            Events { actor: Some("asha".to_owned()), kind: vec![EventKind::CommandAccepted], ..none() },
            Events { since: day("2026-11-01"), until: day("2026-11-01"), ..none() },
            Events { since: day("2d"), code: Some("llm.timeout".to_owned()), ..none() },
        ] {
            assert!(wants(&wanted, &event), "{wanted:?}");
        }
        for unwanted in [
            Events { actor: Some("ravi".to_owned()), ..none() },
            Events { kind: vec![EventKind::Erased], by_people: true, ..none() },
            Events { since: day("2026-11-02"), ..none() },
            Events { until: day("2026-10-31"), ..none() },
            Events { stage: Some(Stage::PostToZoho), ..none() },
            Events { code: Some("llm.refused".to_owned()), ..none() },
        ] {
            assert!(!wants(&unwanted, &event), "{unwanted:?}");
        }
    }

    #[test]
    fn what_nobody_asked_for_is_by_nobody() {
        assert!(!wants(&Events { by_people: true, ..Events::default() }, &event("")));
        let text = text(&event(r#","took_ms":1500,"actor":"asha","reason":"looked""#));
        assert!(text.ends_with("took 1.5 s  by asha  because: looked"), "{text}");
    }
}
