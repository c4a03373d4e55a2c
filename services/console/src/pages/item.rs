//! One item that waits for a person: what failed and how to put it right, the document beside the fields, and the decisions.

use super::draft::Draft;
use super::invoice::Read;
use super::layout::Viewer;
use super::review::Letter;
use super::{findings, fix, item_form, time, timeline, words};
use crate::auth::Role;
use contract::{Code, HistoryEvent, Stage};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub letter: Letter,
    pub read: Read,
    /// The fields to edit, if what failed has any.
    pub draft: Option<Draft>,
    /// What approval would do.
    pub approval: Approval,
    /// Vendors of the books among whom somebody has to choose.
    pub vendors: Vec<Vendor>,
    /// How it is booked, as a person wants it.
    pub booking: Booking,
    /// What a person entered with the decision that was refused, and why it was.
    pub refused: Option<String>,
    pub reason: String,
    /// JSON with indents of what the stage was given, made and found.
    pub contents: Vec<(&'static str, String)>,
    pub history: Vec<HistoryEvent>,
    /// The item that comes after this one.
    pub next: Option<String>,
}

/// What approval does with the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// It goes on to the next step as it is here.
    GoesOn,
    /// The step that held it lets it pass.
    Passes,
    /// It is posted again with what was corrected.
    Corrects,
    /// Nothing can be approved.
    None,
}

/// A vendor in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    pub id: String,
    pub name: String,
    pub gstin: Option<String>,
}

/// How an invoice is booked, in the names of the books; what is empty is left to the settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Booking {
    pub account: String,
    pub tax: String,
    /// It holds for the vendor's later invoices, too.
    pub remember: bool,
}

/// The whole page.
#[must_use]
pub fn page(item: &Item, viewer: &Viewer) -> Markup {
    let letter = &item.letter;
    html! {
        (heading(item))
        (failed(letter))
        @if let Some(refused) = &item.refused {
            p.note.bad role="alert" {
                span.icon aria-hidden="true" { "!" }
                " "
                (refused)
            }
        }
        @if let Some(draft) = &item.draft {
            div.split {
                (item.read.document())
                div.side { (item_form::edit(item, draft, viewer)) (others(item, viewer)) }
            }
        } @else {
            div.split.plain {
                (others(item, viewer))
                @if {
                    !item.read.reading.pages.is_empty()
                        || item.read.reading.pdf.is_some()
                } { (item.read.document()) }
            }
        }
        (contents(item))
        @if !item.history.is_empty() {
            section.card aria-labelledby="history-title" {
                h2 #history-title { "What happened" }
                (timeline::all(&item.history))
            }
        }
    }
}

/// The findings alone: what a script puts in place of the old ones while somebody types.
#[must_use]
pub fn checked(found: &[findings::Finding]) -> Markup {
    let errors = found.iter().filter(|finding| finding.holds()).count() as u64;
    html! {
        div #findings data-errors=(errors) {
            h3 { "Checks" }
            p.sub {
                @if errors == 0 { "Nothing holds it back." } @else {
                    (words::counted(errors, "check fails", "checks fail"))
                    ". You may approve all the same, if the document says so."
                }
            }
            (findings::list(found))
        }
    }
}

fn heading(item: &Item) -> Markup {
    let letter = &item.letter;
    let number = item
        .draft
        .as_ref()
        .map(|draft| draft.get("invoice_number"))
        .filter(|number| !number.is_empty())
        .unwrap_or(&letter.id);
    html! {
        nav.crumbs aria-label="Where you are" {
            a href="/review" { "Review" }
            " / "
            span aria-current="page" { (number) }
        }
        div.heading {
            div {
                h1 {
                    (number)
                    @if let Some(vendor) = &letter.vendor {
                        " "
                        span.of { "of " (vendor) }
                    }
                }
                p.sub {
                    @if number != letter.id {
                        span.id { (letter.id) }
                        " · "
                    }
                    "waits since "
                    (time::at(letter.at_ms))
                }
            }
            div.actions {
                @if letter.replayable {
                    a.button href={ "/invoices/" (letter.id) } { "The invoice" }
                }
                @if let Some(next) = &item.next {
                    a.button href={ "/review/" (next) } data-key="n" { "Next item" }
                }
            }
        }
    }
}

fn failed(letter: &Letter) -> Markup {
    let fix = fix::Fix::of(letter.code.as_str());
    html! {
        section.card.cause aria-labelledby="cause-title" {
            h2 #cause-title { (fix::title(letter.code.as_str())) }
            p.message { (letter.message) }
            p.sub {
                (words::doing(letter.stage))
                " · "
                (fix::link(&letter.code))
                @if let Some(attempts) = letter.attempts {
                    " · "
                    (words::counted(attempts.into(), "attempt", "attempts"))
                }
                @if let Some(run) = letter.run { " · run " (run) }
            }
            @if let Some(fix) = fix {
                details {
                    summary { "What happened and what to do" }
                    (fix.body(3))
                }
            }
        }
    }
}

/// The decisions besides approval.
fn others(item: &Item, viewer: &Viewer) -> Markup {
    let letter = &item.letter;
    html! {
        @if !letter.replayable { (not_decidable(letter)) } @else if !viewer.may(Role::Operate) {
            p.sub { "You may look; to decide takes the role “operate”." }
        } @else {
            @if item.draft.is_none() && item.approval == Approval::Passes { (pass(item, viewer)) }
            (again(item, viewer))
            (discard(letter, viewer))
        }
    }
}

fn not_decidable(letter: &Letter) -> Markup {
    html! {
        section.card {
            h2 { "Nothing can be decided here" }
            p {
                "It was refused before an invoice began. Have the publisher send it properly; this record is only kept as a proof."
            }
            p.sub {
                "Record "
                span.code { (letter.record) }
            }
        }
    }
}

/// Approval of what has no fields to edit.
fn pass(item: &Item, viewer: &Viewer) -> Markup {
    html! {
        form
            .card
            method="post"
            action={ "/review/" (item.letter.id) "/approve" }
            data-key="a"
            data-confirm="Approve it?"
        {
            h2 { "Approve" }
            (viewer.token())
            (item_form::vendors(item))
            (super::ending::reason("approve", "Why it is right"))
            button.primary { "Approve" }
        }
    }
}

fn again(item: &Item, viewer: &Viewer) -> Markup {
    let letter = &item.letter;
    let same = letter.code == Code::new("fetch.same_document");
    html! {
        form.card method="post" action={ "/review/" (letter.id) "/replay" } data-confirm="Run it again?" {
            h2 { "Run again" }
            (viewer.token())
            p.sub { "For when the cause is gone. What earlier steps did is not done or paid again." }
            p.field {
                label for="a-to" { "Begin at" }
                select #a-to name="to" {
                    @for stage in Stage::ALL.into_iter().filter(|stage| *stage <= letter.stage) {
                        option value=(stage) selected[stage == letter.stage] { (words::doing(stage)) " (" (stage) ")" }
                    }
                }
            }
            @if same {
                p.field {
                    label.check {
                        input type="checkbox" name="accept_same_document" value="yes";
                        " It is another invoice although the PDF is the same: pay both"
                    }
                }
            }
            (super::ending::reason("again", "Why"))
            button { "Run again" }
        }
    }
}

fn discard(letter: &Letter, viewer: &Viewer) -> Markup {
    html! {
        form
            .card
            .danger
            method="post"
            action={ "/review/" (letter.id) "/discard" }
            data-confirm="Close it without a bill?"
        {
            h2 { "Discard" }
            (viewer.token())
            p.sub {
                "Closes the item without a bill, for example because you have entered it by hand. The id stays taken."
            }
            (super::ending::reason("discard", "Why"))
            button.dangerous { "Discard" }
        }
    }
}

fn contents(item: &Item) -> Markup {
    html! {
        section.card aria-labelledby="raw-title" {
            h2 #raw-title { "What lies in the dead letter" }
            p.sub {
                "Record "
                span.code { (item.letter.record) }
            }
            @for (name, json) in &item.contents {
                details {
                    summary { (name) }
                    pre tabindex="0" aria-label=(name) { (json) }
                }
            }
        }
    }
}
