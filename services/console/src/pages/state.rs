//! A state as it stands in lists: a mark of its own shape, the word, and a colour that adds nothing the other two do not say.

use super::words;
use contract::State;
use maud::{Markup, html};

/// Mark and word.
#[must_use]
pub fn pill(state: State) -> Markup {
    html! {
        span class={ "state " (words::key(state)) } { (mark(state)) (words::named(state)) }
    }
}

/// The mark alone.
#[must_use]
pub fn mark(state: State) -> Markup {
    let path = match state {
        State::Running => "M8 2a6 6 0 1 0 6 6M8 5v3l2 2",
        State::Retrying => "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3",
        State::Parked => "M6 3v10M10 3v10",
        State::Review => "M8 2.5 14.5 13.5h-13zM8 6.5v3.2M8 11.7v.1",
        State::Posted => "M3 8.5 6.5 12 13 4.5",
        State::Dead => "M4 4l8 8M12 4l-8 8",
        State::Discarded => "M3 4.5h10M5 4.5v9h6v-9M6.5 4.5V3h3v1.5",
        State::Cancelled => "M8 2a6 6 0 1 0 .01 0M3.8 3.8l8.4 8.4",
        State::Erased => "M3 8h10",
    };
    html! {
        svg.mark viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" {
            path d=(path) {}
        }
    }
}
