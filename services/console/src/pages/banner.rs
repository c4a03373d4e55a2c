//! Says on every page what stands still and why, so that an outage is seen as such and nobody looks for lost invoices.

use super::{fix, time, words};
use contract::{Code, Stage};
use maud::{Markup, html};

/// A stage that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    pub stage: Stage,
    pub cause: Cause,
    pub since_ms: Option<i64>,
    /// How many invoices wait at the stage.
    pub waiting: Option<u64>,
}

/// Why a stage waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Its breaker is open: what it depends on is away.
    Away { code: Option<Code> },
    /// What it depends on has asked for a long rest.
    Parked { code: Option<Code>, until_ms: i64 },
    /// A person has paused it.
    Paused { actor: String, reason: Option<String> },
    /// No replica of it has been heard of for a while.
    Silent,
}

/// All banners below each other.
#[must_use]
pub fn all(banners: &[Banner], now_ms: i64) -> Markup {
    html! {
        @for banner in banners { (one(banner, now_ms)) }
    }
}

fn one(banner: &Banner, now_ms: i64) -> Markup {
    let class = if matches!(banner.cause, Cause::Silent) { "banner bad" } else { "banner" };
    html! {
        section class=(class) aria-label={ (banner.stage) " waits" } {
            strong { (words::doing(banner.stage)) " (" (banner.stage) ") waits:" }
            " "
            (why(banner, now_ms))
            "; "
            @if let Some(waiting) = banner.waiting.filter(|waiting| *waiting > 0) {
                strong { (words::counted(waiting, "invoice waits", "invoices wait")) }
                "; "
            }
            (promise(&banner.cause))
            " "
            a href="/stages" { "Stages" }
        }
    }
}

fn why(banner: &Banner, now_ms: i64) -> Markup {
    let since = html! {
        @if let Some(since) = banner.since_ms { " since " (time::clock(since)) }
    };
    match &banner.cause {
        Cause::Away { code } => html! {
            (words::depends_on(banner.stage))
            " is away"
            (since)
            (named(code.as_ref()))
        },
        Cause::Parked { code, until_ms } => html! {
            (words::depends_on(banner.stage))
            " asks for a rest"
            (since)
            (named(code.as_ref()))
            "; it goes on "
            (time::until(*until_ms, now_ms))
        },
        Cause::Paused { actor, reason } => html! {
            "paused by "
            (actor)
            (since)
            @if let Some(reason) = reason { " (“" (reason) "”)" }
        },
        Cause::Silent => html! {
            "none of its replicas has been heard of"
            (since)
        },
    }
}

fn named(code: Option<&Code>) -> Markup {
    html! {
        @if let Some(code) = code { " (" (fix::link(code)) ")" }
    }
}

const fn promise(cause: &Cause) -> &'static str {
    match cause {
        Cause::Silent => "nothing is lost; they go on once the service runs.",
        Cause::Away { .. } | Cause::Parked { .. } | Cause::Paused { .. } => "nothing is lost, no attempts are counted.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::code;

    #[test]
    fn an_outage_of_the_model_is_seen_as_such() {
        let banner = Banner {
            stage: Stage::LlmStructure,
            cause: Cause::Away { code: Some(code::LLM_OVERLOADED) },
            since_ms: Some(1_783_252_980_000),
            waiting: Some(214),
        };
        let shown = all(&[banner], 0).into_string();
        for part in [
            "llm-structure",
            "away since",
            "12:03 UTC",
            "214 invoices wait",
            "nothing is lost",
            "/codes/llm.overloaded",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }

    #[test]
    fn what_somebody_gave_as_a_reason_is_only_text() {
        let cause = Cause::Paused { actor: "<b>me</b>".into(), reason: Some("<script>x</script>".into()) };
        let shown = all(&[Banner { stage: Stage::PostToZoho, cause, since_ms: None, waiting: None }], 0).into_string();
        assert!(!shown.contains("<script") && !shown.contains("<b>"));
    }
}
