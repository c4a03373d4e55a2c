//! What is around every page: landmarks, navigation, banners, the note on what was just done, and help for the keyboard.

use super::banner::{self, Banner};
use super::{assets, help, words};
use crate::auth::Role;
use maud::{DOCTYPE, Markup, html};

/// Who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// As the history names them.
    pub name: String,
    pub role: Role,
    /// What every form of theirs carries, so that no other site can press a button for them.
    pub csrf: String,
    /// Whether they have logged in, and so can log out.
    pub logged_in: bool,
}

/// The parts of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Invoices,
    Review,
    Stages,
    Submit,
    Other,
}

/// What stands around a page.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    pub title: &'a str,
    pub section: Section,
    /// Nobody on the page to log in at.
    pub viewer: Option<&'a Viewer>,
    pub banners: &'a [Banner],
    /// How many invoices wait for a person.
    pub waiting: u64,
    /// Whether the topics were read to their end once; until then counts are too low.
    pub caught_up: bool,
    pub note: Option<Note>,
    pub now_ms: i64,
}

/// What was just done, said once on the page that follows. The words are ours: a URL chooses among them and adds none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    pub key: &'static str,
    pub text: &'static str,
    pub is_good: bool,
}

const NOTES: [Note; 13] = [
    good("approved", "Approved. The bill is on its way."),
    good("replayed", "Another run has begun."),
    good("discarded", "Closed. Nothing further will happen to this invoice."),
    good("cancelled", "The invoice will not be posted."),
    good("erased", "The PDF and the personal data are gone. The id stays taken."),
    good("paused", "Paused. What is under way is finished; nothing new begins."),
    good("resumed", "Resumed."),
    good("logged_in", "You are logged in."),
    good("logged_out", "You are logged out."),
    bad("stale", "Somebody else was faster: this was decided already. Here is how it stands now."),
    bad("unanswered", "The request was sent, but no answer has come yet. Look again in a moment before you repeat it."),
    bad("gone", "There is no open item of that id any more."),
    bad("refused", "That was refused; nothing was done."),
];

const fn good(key: &'static str, text: &'static str) -> Note {
    Note { key, text, is_good: true }
}

const fn bad(key: &'static str, text: &'static str) -> Note {
    Note { key, text, is_good: false }
}

impl Note {
    /// The note of that key, if there is one.
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        NOTES.into_iter().find(|note| note.key == key)
    }
}

impl Viewer {
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.role >= role
    }

    /// The hidden field that every form has.
    #[must_use]
    pub fn token(&self) -> Markup {
        html! {
            input type="hidden" name="csrf" value=(self.csrf);
        }
    }
}

/// A whole page around its content.
#[must_use]
pub fn page(frame: &Frame<'_>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(frame))
            body {
                a.skip href="#main" { "Skip to the content" }
                (top(frame))
                div #banners data-live="stages" { (banner::all(frame.banners, frame.now_ms)) }
                @if !frame.caught_up { (catching_up()) }
                main #main tabindex="-1" {
                    @if let Some(note) = frame.note { (noted(note)) }
                    (content)
                }
                footer.foot { (foot()) }
                div #announcements.unseen role="status" aria-live="polite" {}
                (help::dialog())
                (confirm())
            }
        }
    }
}

fn head(frame: &Frame<'_>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (frame.title) " · Invoices" }
            link rel="icon" type="image/svg+xml" href=(assets::path("icon.svg"));
            link rel="stylesheet" href=(assets::path("console.css"));
            @for script in assets::SCRIPTS {
                script src=(assets::path(script)) defer {}
            }
        }
    }
}

fn top(frame: &Frame<'_>) -> Markup {
    let link = |section: Section, href: &str, label: &str| {
        html! {
            a href=(href) aria-current=[(frame.section == section).then_some("page")] { (label) }
        }
    };
    html! {
        header.top {
            a.brand href="/invoices" {
                (mark())
                span { "Invoices" }
            }
            @if let Some(viewer) = frame.viewer {
                nav aria-label="Main" {
                    (link(Section::Invoices, "/invoices", "Invoices"))
                    a href="/review" aria-current=[(frame.section == Section::Review).then_some("page")] {
                        "Review"
                        (badge(frame.waiting))
                    }
                    (link(Section::Stages, "/stages", "Stages"))
                    @if viewer.may(Role::Submit) { (link(Section::Submit, "/submit", "Submit")) }
                }
                (who(viewer))
            }
        }
    }
}

/// How many wait for a person, beside the word; in words for whoever hears the page.
fn badge(waiting: u64) -> Markup {
    html! {
        span #waiting.badge-place data-live="invoices" {
            @if waiting > 0 {
                " "
                span.badge aria-hidden="true" { (super::money::count(waiting)) }
                span.unseen { ", " (words::counted(waiting, "item waits", "items wait")) }
            }
        }
    }
}

fn who(viewer: &Viewer) -> Markup {
    html! {
        div.who {
            a.help href="/help" data-open="help" aria-label="Help and keyboard shortcuts" { "?" }
            span.name title="The history names you so" { (viewer.name) }
            @if viewer.logged_in {
                form method="post" action="/logout" {
                    (viewer.token())
                    button.quiet { "Log out" }
                }
            }
        }
    }
}

fn mark() -> Markup {
    html! {
        svg.logo viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" {
            path d="M5 2h10l4 4v16l-2.5-1.6L14 22l-2-1.6L10 22l-2.5-1.6L5 22z" {}
            path.ink d="M8.5 8h5M8.5 12h7M8.5 16h4" {}
        }
    }
}

fn noted(note: Note) -> Markup {
    let (class, icon) = if note.is_good { ("note good", "✓") } else { ("note bad", "!") };
    html! {
        p #note class=(class) role="status" tabindex="-1" {
            span.icon aria-hidden="true" { (icon) }
            " "
            (note.text)
        }
    }
}

fn catching_up() -> Markup {
    html! {
        p.banner.calm role="status" {
            strong { "Reading the topics." }
            " The console has just started and catches up; until it has, lists and counts are incomplete."
        }
    }
}

fn foot() -> Markup {
    html! {
        p {
            "What you see may be a second behind. Times are in your own zone if scripts are allowed, else in UTC. "
            a href="/help" { "Help" }
            " · "
            a href="/codes" { "Error codes" }
            " · "
            a href="/api/v1/openapi.json" { "API" }
        }
    }
}

/// Asked before what cannot be taken back; scripts show it, and without them a form is its own question.
fn confirm() -> Markup {
    html! {
        dialog #confirm aria-labelledby="confirm-title" {
            form method="dialog" {
                h2 #confirm-title { "Are you sure?" }
                p #confirm-text {}
                div.actions {
                    button.primary value="yes" { "Yes" }
                    button value="no" autofocus { "No" }
                }
            }
        }
    }
}
