//! What waits for a person: dead letters in groups that have one cause and one remedy, then one by one.

use super::filter::link;
use super::layout::Viewer;
use super::{fix, money, time, words};
use crate::auth::Role;
use chrono::NaiveDate;
use contract::{Class, Code, Coordinates, InvoiceId, Stage};
use maud::{Markup, html};
use url::form_urlencoded;

const DAY_MS: i64 = 86_400_000;

/// Dead letters that failed at the same stage with the same code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub stage: Stage,
    pub code: Code,
    pub count: u64,
    pub oldest_ms: i64,
    pub newest_ms: i64,
}

/// One dead letter, without its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The invoice's id, or the key of what was refused before it had one.
    pub id: String,
    pub stage: Stage,
    pub code: Code,
    pub class: Option<Class>,
    pub run: Option<u32>,
    pub attempts: Option<u32>,
    pub message: String,
    pub at_ms: i64,
    pub record: Coordinates,
    pub vendor: Option<String>,
    pub replayable: bool,
}

/// Which of them are meant. What is empty is not restricted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    pub ids: Vec<InvoiceId>,
    pub stage: Option<Stage>,
    pub code: String,
    pub class: Option<Class>,
    pub vendor: String,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub after: String,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub choice: Choice,
    pub groups: Vec<Group>,
    pub letters: Vec<Letter>,
    pub next: Option<String>,
}

/// The field whose value cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what stands under “{0}” cannot be read")]
pub struct Misread(pub &'static str);

impl Choice {
    /// From a query or a form.
    ///
    /// # Errors
    /// When a restriction cannot be read: to leave it out would choose more than was meant.
    pub fn of_query(query: &str) -> Result<Self, Misread> {
        let mut choice = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            choice.restrict(&name, value.trim())?;
        }
        Ok(choice)
    }

    /// Takes in one field; a name that is no restriction's is somebody else's.
    ///
    /// # Errors
    /// When the value cannot be read.
    pub fn restrict(&mut self, name: &str, value: &str) -> Result<(), Misread> {
        if value.is_empty() {
            return Ok(());
        }
        match name {
            "id" => {
                let ids: Result<Vec<InvoiceId>, _> = value.split_whitespace().map(str::parse).collect();
                self.ids.extend(ids.map_err(|_| Misread("Invoice ids"))?);
            }
            "stage" => self.stage = Some(value.parse().map_err(|_| Misread("Step"))?),
            "code" => value.clone_into(&mut self.code),
            "class" => self.class = Some(Class::parse(value).ok_or(Misread("Kind of failure"))?),
            "vendor" => value.clone_into(&mut self.vendor),
            "from" => self.from = Some(value.parse().map_err(|_| Misread("Failed from"))?),
            "to" => self.to = Some(value.parse().map_err(|_| Misread("Failed until"))?),
            "after" => value.clone_into(&mut self.after),
            _ => {}
        }
        Ok(())
    }

    /// Name and value of each restriction, the cursor aside.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<(&'static str, String)> = self.ids.iter().map(|id| ("id", id.to_string())).collect();
        pairs.extend(self.stage.map(|stage| ("stage", stage.to_string())));
        pairs.extend(self.class.map(|class| ("class", class.to_string())));
        pairs.extend(self.from.map(|day| ("from", day.to_string())));
        pairs.extend(self.to.map(|day| ("to", day.to_string())));
        for (name, value) in [("code", &self.code), ("vendor", &self.vendor)] {
            pairs.extend((!value.is_empty()).then(|| (name, value.clone())));
        }
        pairs
    }

    /// As a query, with the cursor.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs());
        if !self.after.is_empty() {
            query.append_pair("after", &self.after);
        }
        query.finish()
    }

    /// The restriction as hidden fields of a form.
    #[must_use]
    pub fn hidden(&self) -> Markup {
        html! {
            @for (name, value) in self.pairs() {
                input type="hidden" name=(name) value=(value);
            }
        }
    }

    /// The same behind a cursor.
    #[must_use]
    pub fn behind(&self, cursor: &str) -> Self {
        Self { after: cursor.to_owned(), ..self.clone() }
    }

    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.pairs().is_empty()
    }

    /// The first millisecond of the first day.
    #[must_use]
    pub fn from_ms(&self) -> Option<i64> {
        self.from.map(midnight_ms)
    }

    /// The first millisecond behind the last day.
    #[must_use]
    pub fn to_ms(&self) -> Option<i64> {
        self.to.map(|day| midnight_ms(day) + DAY_MS)
    }
}

fn ids(choice: &Choice) -> String {
    choice.ids.iter().map(InvoiceId::as_str).collect::<Vec<_>>().join(" ")
}

fn midnight_ms(day: NaiveDate) -> i64 {
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}

/// The whole page.
#[must_use]
pub fn page(waiting: &Waiting, viewer: &Viewer) -> Markup {
    let count: u64 = waiting.groups.iter().map(|group| group.count).sum();
    html! {
        div.heading {
            h1 { "Review" }
        }
        @if count == 0 && waiting.choice.is_everything() { (nothing()) } @else {
            p #review-count.lead data-live="invoices" {
                strong { (words::counted(count, "item waits", "items wait")) }
                " for somebody. Groups have one cause and, mostly, one remedy."
            }
            (groups(waiting))
            (filters(&waiting.choice))
            @if viewer.may(Role::Operate) && count > 0 { (replay_bar(&waiting.choice, count, viewer)) }
            (letters(waiting))
        }
    }
}

fn nothing() -> Markup {
    html! {
        div.empty {
            h2 { "Nothing waits for you" }
            p {
                "Every invoice went through by itself, or somebody has decided about it. "
                a href="/invoices" { "All invoices" }
            }
        }
    }
}

fn groups(waiting: &Waiting) -> Markup {
    html! {
        section aria-labelledby="groups-title" {
            h2 #groups-title.unseen { "Groups by cause" }
            ul.groups {
                @for group in &waiting.groups { (one(group, &waiting.choice)) }
            }
        }
    }
}

fn one(group: &Group, choice: &Choice) -> Markup {
    let of = Choice { code: group.code.to_string(), stage: Some(group.stage), ..choice.clone() };
    let is_chosen = choice.code == group.code.as_str();
    let fix = fix::Fix::of(group.code.as_str());
    let class = fix.as_ref().and_then(fix::Fix::class);
    html! {
        li.card.group.chosen[is_chosen] {
            h3 {
                a href=(link("/review", &of.behind("").query())) aria-current=[is_chosen.then_some("true")] {
                    span.count { (money::count(group.count)) }
                    " "
                    (fix::title(group.code.as_str()).trim_end_matches('.'))
                }
            }
            p.sub {
                span.code { (group.code) }
                " · "
                (words::doing(group.stage))
                @if let Some(class) = class { " · " (words::class(class)) }
            }
            p.sub {
                @if group.count > 1 { "from " (time::at(group.oldest_ms)) " to " }
                (time::at(group.newest_ms))
            }
            @if let Some(text) = fix.as_ref().and_then(|fix| fix.part("What to do")) {
                details open[is_chosen] {
                    summary { "What to do" }
                    (text)
                }
            }
        }
    }
}

fn filters(choice: &Choice) -> Markup {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    html! {
        search {
            form.filters method="get" action="/review" {
                details open[!choice.is_everything()] {
                    summary { "Filter" }
                    div.grid {
                        p.field {
                            label for="q" { "Invoice ids" }
                            input #q name="id" value=(ids(choice)) autocomplete="off";
                        }
                        p.field {
                            label for="r-code" { "Error code" }
                            input #r-code name="code" value=(choice.code) autocomplete="off";
                        }
                        p.field {
                            label for="r-stage" { "Step" }
                            select #r-stage name="stage" {
                                option value="" { "any" }
                                @for stage in Stage::ALL {
                                    option value=(stage) selected[choice.stage == Some(stage)] {
                                        (words::doing(stage))
                                        " ("
                                        (stage)
                                        ")"
                                    }
                                }
                            }
                        }
                        p.field {
                            label for="r-class" { "Kind of failure" }
                            select #r-class name="class" {
                                option value="" { "any" }
                                @for class in Class::ALL {
                                    option value=(class) selected[choice.class == Some(class)] { (words::class(class)) }
                                }
                            }
                        }
                        p.field {
                            label for="r-vendor" { "Vendor" }
                            input #r-vendor name="vendor" value=(choice.vendor) autocomplete="off";
                        }
                        p.field {
                            label for="r-from" { "Failed from" }
                            input #r-from type="date" name="from" value=(day(choice.from));
                        }
                        p.field {
                            label for="r-to" { "Failed until" }
                            input #r-to type="date" name="to" value=(day(choice.to));
                        }
                    }
                    div.actions {
                        button.primary { "Filter" }
                        @if !choice.is_everything() {
                            a.button.quiet href="/review" { "Clear all" }
                        }
                    }
                }
            }
        }
    }
}

/// Leads to the dry run: nothing is replayed in one step.
fn replay_bar(choice: &Choice, count: u64, viewer: &Viewer) -> Markup {
    html! {
        form.bar method="post" action="/review/replay" {
            (viewer.token())
            (choice.hidden())
            span {
                "Chosen: "
                strong {
                    @if choice.is_everything() { "everything that waits" } @else {
                        (words::counted(count, "item", "items"))
                    }
                }
            }
            button { "Replay these…" }
            span.sub { "You see first what will happen." }
        }
    }
}

fn letters(waiting: &Waiting) -> Markup {
    html! {
        div.table-wrap {
            table #letters.list.cards.fixed role="table" {
                caption.unseen { "Items that wait, the newest first" }
                thead role="rowgroup" {
                    tr role="row" {
                        th.w-id scope="col" role="columnheader" { "Item" }
                        th scope="col" role="columnheader" { "What failed" }
                        th scope="col" role="columnheader" { "Vendor" }
                        th.w-time scope="col" role="columnheader" { "Since" }
                    }
                }
                tbody role="rowgroup" {
                    @for letter in &waiting.letters { (tr(letter)) }
                }
            }
            @if waiting.letters.is_empty() {
                div.empty {
                    h2 { "Nothing matches" }
                    p {
                        a href="/review" { "Show everything that waits" }
                    }
                }
            }
        }
        nav.paging aria-label="Pages" {
            @if !waiting.choice.after.is_empty() {
                a.button rel="prev" href=(link("/review", &waiting.choice.behind("").query())) { "To the first page" }
            }
            @if let Some(next) = &waiting.next {
                a.button rel="next" href=(link("/review", &waiting.choice.behind(next).query())) { "Older" }
            }
        }
    }
}

fn tr(letter: &Letter) -> Markup {
    html! {
        tr role="row" data-item {
            td role="cell" data-label="Item" {
                a.item.id href={ "/review/" (letter.id) } title=(letter.id) { (letter.id) }
            }
            td role="cell" data-label="What failed" {
                span {
                    (fix::link(&letter.code))
                    span.message { (letter.message) }
                }
            }
            td.nothing[letter.vendor.is_none()] role="cell" data-label="Vendor" {
                (letter.vendor.as_deref().unwrap_or("–"))
            }
            td role="cell" data-label="Since" { (time::at(letter.at_ms)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_the_same_after_a_way_through_the_url() {
        let query = "id=a+b&stage=llm-structure&class=review&from=2026-07-01&code=check.arithmetic&vendor=A+%26+B";
        let choice = Choice::of_query(query).unwrap();
        assert_eq!((choice.ids.len(), choice.vendor.as_str()), (2, "A & B"));
        assert_eq!(Choice::of_query(&choice.query()), Ok(choice));
        assert!(Choice::of_query("stage=&code=&csrf=x").unwrap().is_everything());
    }
    #[test]
    fn a_restriction_that_cannot_be_read_is_never_left_out() {
        for query in ["stage=llm", "class=odd", "from=yesterday", "to=1", "id=a/b"] {
            assert!(Choice::of_query(query).is_err(), "{query}");
        }
    }
}
