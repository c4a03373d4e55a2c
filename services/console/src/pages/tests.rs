//! What holds for every page: strangers' text is only text, every field has a label, every form works by a plain POST with its
//! token, nothing is inline, ids are unique, and every table that becomes cards names its cells.

use super::banner::{Banner, Cause};
use super::findings::Finding;
use super::item::{Approval, Booking, Item, Vendor};
use super::layout::{self, Note, Section};
use super::replay::{Bar, Plan, Report};
use super::review::{Choice, Group, Letter, Waiting};
use super::submit::{Receipt, Submitted};
use super::{
    chart, draft, example, fix, help, invoice, invoices, item, login, problem, raw, replay, review, stages, submit,
};
use crate::auth::Role;
use contract::{Code, Stage, State, code};
use maud::Markup;
use std::collections::BTreeSet;
use std::num::NonZeroU32;

/// A tag of a page with its attributes as they are written.
#[derive(Debug)]
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let start = self.attributes.find(&format!(" {name}=\""))? + name.len() + 3;
        self.attributes[start..].split('"').next()
    }

    /// The attributes' names: what is not between quotes.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.split('"').step_by(2).flat_map(|names| names.split([' ', '=']).filter(|name| !name.is_empty()))
    }
}

/// Every opening tag. An attribute's value has no `>` and no `"` in it, as both are escaped.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let inner = html.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    let tag = |text| {
        let end = str::find(text, ' ').unwrap_or(text.len());
        Tag { name: &text[..end], attributes: &text[end..] }
    };
    inner.filter(|text| text.starts_with(|first: char| first.is_ascii_alphabetic())).map(tag).collect()
}

/// Everything that a stranger or a colleague may have written, replaced by `text`.
fn hostile_row(text: &str) -> invoices::Row {
    let bill = contract::Bill {
        bill_number: text.into(),
        vendor_name: text.into(),
        vendor_by: text.into(),
        currency: text.into(),
        bill_id: text.into(),
        booked_by: vec![text.into()],
        ..example::bill()
    };
    invoices::Row {
        vendor: Some(text.into()),
        bill: Some(bill),
        model: Some(text.into()),
        code: Some(Code::foreign(text.into())),
        ..example::row()
    }
}

fn hostile_read(text: &str) -> invoice::Read {
    let mut read = example::read();
    let invoice = read.invoice.as_mut().unwrap();
    invoice.vendor_name = text.into();
    invoice.invoice_number = text.into();
    invoice.buyer_name = Some(text.into());
    invoice.lines[0].description = text.into();
    read.evidence[0].quote = text.into();
    read.evidence[0].field = text.into();
    read.reading.pages[0].lines[0].text = text.into();
    let finding =
        Finding { message: text.into(), field: text.into(), found: Some(text.into()), ..example::findings().remove(0) };
    read.findings = Some(vec![finding]);
    read
}

fn hostile_letter(text: &str) -> Letter {
    Letter { vendor: Some(text.into()), message: text.into(), code: Code::foreign(text.into()), ..example::letter() }
}

fn hostile_item(text: &str) -> Item {
    let read = hostile_read(text);
    Item {
        letter: hostile_letter(text),
        draft: read.invoice.as_ref().map(draft::Draft::of),
        read,
        vendors: vec![Vendor { id: text.into(), name: text.into(), gstin: Some(text.into()) }],
        booking: Booking { account: text.into(), tax: text.into(), remember: true },
        refused: Some(text.into()),
        reason: text.into(),
        contents: vec![("What the stage was given", text.into())],
        ..example::item()
    }
}

/// Every page with the text in every place that somebody else fills.
fn pages(text: &str) -> Vec<(&'static str, Markup)> {
    let viewer = &layout::Viewer { name: text.into(), ..example::viewer(Role::Operate) };
    let filter = super::filter::Filter {
        text: text.into(),
        code: text.into(),
        vendor: text.into(),
        after: text.into(),
        ..Default::default()
    };
    let rows = vec![
        hostile_row(text),
        invoices::Row {
            state: State::Retrying,
            due_ms: Some(example::NOW_MS + 42_000),
            id: "b".into(),
            ..example::row()
        },
    ];
    let listing = invoices::Listing {
        filter,
        counts: vec![(State::Review, 3)],
        rows,
        next: Some(text.into()),
        now_ms: example::NOW_MS,
    };
    let posted = invoices::Row { state: State::Posted, ..hostile_row(text) };
    let details = invoice::Details {
        row: posted,
        read: hostile_read(text),
        source: Some(text.into()),
        submitted_by: Some(text.into()),
        trace_id: Some(text.into()),
        bill_url: Some(text.into()),
        ..example::details()
    };
    let record = raw::Raw {
        record: example::letter().record,
        at_ms: 0,
        key: text.into(),
        headers: vec![("ce_id".into(), text.into())],
        value: text.into(),
    };
    let choice = Choice {
        code: text.into(),
        vendor: text.into(),
        ids: vec![example::ID.parse().unwrap()],
        after: text.into(),
        ..Choice::default()
    };
    let group =
        Group { stage: Stage::LlmStructure, code: code::CHECK_ARITHMETIC, count: 50, oldest_ms: 0, newest_ms: 1 };
    let waiting = Waiting {
        choice: choice.clone(),
        groups: vec![group],
        letters: vec![hostile_letter(text)],
        next: Some(text.into()),
    };
    let plan = Plan {
        choice,
        reason: text.into(),
        to: Some(Stage::FetchExtract),
        max: NonZeroU32::new(9),
        rate: NonZeroU32::new(1),
        force: true,
    };
    let bar = Bar {
        stage: Stage::LlmStructure,
        code: Code::foreign(text.into()),
        outcome: text.into(),
        is_replayed: true,
        count: 50,
    };
    let report = Report { bars: vec![bar], left: 12, late: 1, unanswered: 1 };
    let paused = Cause::Paused { actor: text.into(), reason: Some(text.into()) };
    let standing =
        stages::Standing { waits: Some(paused), since_ms: Some(0), ..example::standing(Stage::LlmStructure) };
    let bars = vec![chart::Bar { label: text.into(), parts: vec![(1.0, text.into())] }];
    let chart =
        chart::Chart { id: "spend", title: "Spend", axis: "Day", names: vec!["spend"], summary: text.into(), bars };
    let board = stages::Board {
        stages: vec![standing, example::standing(Stage::FetchExtract)],
        charts: vec![chart],
        now_ms: 0,
    };
    let receipts = vec![
        Receipt { name: text.into(), outcome: Err(text.into()) },
        Receipt { name: text.into(), outcome: Ok("a".into()) },
    ];
    let submitted = Submitted { receipts, max_bytes: 25 << 20 };
    let no_draft = Item { draft: None, approval: Approval::Passes, ..hostile_item(text) };
    vec![
        ("invoices", invoices::page(&listing, viewer)),
        ("invoice", invoice::page(&details, viewer)),
        ("running invoice", invoice::page(&example::details(), viewer)),
        ("records", raw::page("a", &[record])),
        ("review", review::page(&waiting, viewer)),
        ("forecast", replay::forecast(&plan, &report, viewer)),
        ("replayed", replay::done(&plan, &report, viewer)),
        ("item", item::page(&hostile_item(text), viewer)),
        ("item without fields", item::page(&no_draft, viewer)),
        ("stages", stages::page(&board, viewer)),
        ("submit", submit::page(&submitted, viewer)),
        ("login", login::page(text, true)),
        ("help", help::page()),
        ("codes", problem::codes()),
        ("code", problem::code(&fix::Fix::of("llm.timeout").unwrap())),
        ("problem", problem::page(text, text, Some(text))),
    ]
}

/// As they are served, with everything around them.
fn served(text: &str) -> Vec<(&'static str, String)> {
    let viewer = layout::Viewer { name: text.into(), ..example::viewer(Role::Operate) };
    let cause = Cause::Paused { actor: text.into(), reason: Some(text.into()) };
    let banners = [Banner { stage: Stage::LlmStructure, cause, since_ms: Some(0), waiting: Some(214) }];
    let whole = |(name, content): (&'static str, Markup)| {
        let note = Note::of("approved");
        let frame = layout::Frame {
            banners: &banners,
            note,
            caught_up: false,
            ..example::frame(text, Section::Invoices, &viewer)
        };
        (name, layout::page(&frame, &content).into_string())
    };
    pages(text).into_iter().map(whole).collect()
}

#[test]
fn what_strangers_write_is_only_text_on_every_page() {
    let plain: Vec<(&str, usize)> = served("plain").iter().map(|(name, html)| (*name, tags(html).len())).collect();
    for payload in example::PAYLOADS {
        for ((name, html), (_, count)) in served(payload).iter().zip(&plain) {
            let tags = tags(html);
            assert_eq!(tags.len(), *count, "{name}: {payload} made or broke a tag");
            for tag in tags {
                assert!(!tag.names().any(|attribute| attribute.starts_with("on")), "{name}: {tag:?}");
                assert!(tag.name != "script" || tag.get("src").is_some(), "{name}: {tag:?}");
            }
        }
    }
}

#[test]
fn a_link_from_outside_is_no_script() {
    for (name, html) in served("javascript:alert(1)") {
        let tags = tags(&html);
        let links =
            tags.iter().filter_map(|tag| tag.get("href").or_else(|| tag.get("src")).or_else(|| tag.get("action")));
        for link in links {
            assert!(!link.starts_with("javascript:"), "{name}: {link}");
        }
    }
}

#[test]
fn nothing_is_inline_so_that_the_strictest_content_policy_holds() {
    for (name, html) in served("plain") {
        assert!(!html.contains(" style=") && !html.contains("<style") && !html.contains(" onclick"), "{name}");
        assert!(!html.contains("<script>"), "{name}");
    }
}

#[test]
fn every_field_has_a_label() {
    for (name, html) in served("plain") {
        let tags = tags(&html);
        let labelled: BTreeSet<&str> =
            tags.iter().filter(|tag| tag.name == "label").filter_map(|tag| tag.get("for")).collect();
        for tag in tags.iter().filter(|tag| matches!(tag.name, "input" | "select" | "textarea")) {
            let is_boxed = matches!(tag.get("type"), Some("checkbox" | "radio"));
            let is_hidden = tag.get("type") == Some("hidden");
            assert!(is_boxed || is_hidden || tag.get("id").is_some_and(|id| labelled.contains(id)), "{name}: {tag:?}");
        }
        let boxes = html.matches("type=\"checkbox\"").count() + html.matches("type=\"radio\"").count();
        assert_eq!(boxes, html.matches("<label class=\"check\"><input").count(), "{name}: a box without its label");
    }
}

#[test]
fn every_form_that_changes_something_carries_the_token_and_leads_to_a_path_of_ours() {
    for (name, html) in served("plain") {
        for form in html.split("<form").skip(1) {
            let form = form.split("</form").next().unwrap();
            let is_post = form.contains("method=\"post\"");
            let is_dialog = form.contains("method=\"dialog\"");
            let has_token = form.contains("name=\"csrf\" value=\"csrf-of-asha\"");
            assert!(!is_post || has_token || form.contains("action=\"/login\""), "{name}: {form}");
            assert!(is_dialog || form.contains("action=\"/"), "{name}: {form}");
        }
    }
}

#[test]
fn no_tag_has_an_attribute_twice() {
    for (name, html) in served("plain") {
        for tag in tags(&html) {
            let names: Vec<&str> = tag.names().collect();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{name}: {tag:?}");
        }
    }
}

#[test]
fn ids_are_unique_and_what_refers_to_one_finds_it() {
    for (name, html) in served("plain") {
        let tags = tags(&html);
        let all: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
        let ids: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(ids.len(), all.len(), "{name}: {all:?}");
        for tag in &tags {
            for reference in ["aria-labelledby", "aria-describedby", "for"].into_iter().filter_map(|name| tag.get(name))
            {
                assert!(ids.contains(reference), "{name}: {tag:?}");
            }
        }
    }
}

#[test]
fn every_page_has_its_landmarks_one_heading_and_a_way_past_the_navigation() {
    for (name, html) in served("plain") {
        let count = |what: &str| html.matches(what).count();
        assert_eq!((count("<h1"), count("<main"), count("<header"), count("<footer")), (1, 1, 1, 1), "{name}");
        assert!(html.contains("<a class=\"skip\" href=\"#main\">") && html.contains("<html lang=\"en\">"), "{name}");
        assert!(html.find("class=\"skip\"").unwrap() < html.find("<header").unwrap(), "{name}");
    }
}

#[test]
fn the_cells_of_a_table_that_becomes_cards_say_what_they_are() {
    for (name, html) in served("plain") {
        for table in html
            .split("<table")
            .skip(1)
            .filter(|table| table.split('>').next().is_some_and(|tag| tag.contains("cards")))
        {
            let table = table.split("</table").next().unwrap();
            for cell in table.split("<td").skip(1) {
                let tag = cell.split('>').next().unwrap();
                assert!(tag.contains("data-label=") || tag.contains("share"), "{name}: {tag}");
            }
        }
    }
}

#[test]
fn who_may_only_read_is_offered_no_button_that_changes_something() {
    let reader = example::viewer(Role::Read);
    let listing = invoices::Listing {
        filter: Default::default(),
        counts: vec![],
        rows: vec![example::row()],
        next: None,
        now_ms: 0,
    };
    let board = stages::Board { stages: vec![example::standing(Stage::LlmStructure)], charts: vec![], now_ms: 0 };
    let group =
        Group { stage: Stage::LlmStructure, code: code::CHECK_ARITHMETIC, count: 5, oldest_ms: 0, newest_ms: 1 };
    let waiting =
        Waiting { choice: Choice::default(), groups: vec![group], letters: vec![example::letter()], next: None };
    let shown = [
        invoices::page(&listing, &reader),
        invoice::page(&example::details(), &reader),
        review::page(&waiting, &reader),
        stages::page(&board, &reader),
    ];
    for page in shown {
        assert!(!page.into_string().contains("method=\"post\""));
    }
    let item = item::page(&example::item(), &reader).into_string();
    assert!(
        item.contains("<fieldset class=\"all\" disabled>")
            && !item.contains("/discard")
            && !item.contains("class=\"primary\"")
    );
}

#[test]
fn a_note_is_of_our_words_whatever_the_url_says() {
    assert_eq!(Note::of("<script>"), None);
    assert!(Note::of("stale").is_some_and(|note| !note.is_good));
}
