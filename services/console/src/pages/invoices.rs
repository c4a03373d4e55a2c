//! The list of invoices: counts, search, filters, and a page of rows that change in place while somebody looks.

use super::filter::{Filter, link};
use super::layout::Viewer;
use super::{fix, money, state, time, words};
use crate::auth::Role;
use contract::{Bill, Code, Stage, State};
use maud::{Markup, html};
use rust_decimal::Decimal;

/// One invoice, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: String,
    pub state: State,
    pub stage: Stage,
    pub run: u32,
    pub attempt: u32,
    /// When it changed last.
    pub at_ms: i64,
    pub first_seen_ms: Option<i64>,
    /// When its next attempt is due.
    pub due_ms: Option<i64>,
    pub code: Option<Code>,
    pub vendor: Option<String>,
    pub bill: Option<Bill>,
    pub cost_usd: Option<Decimal>,
    pub model: Option<String>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub filter: Filter,
    /// How many invoices are in each state; a state without any may be left out.
    pub counts: Vec<(State, u64)>,
    pub rows: Vec<Row>,
    /// Where the next page begins.
    pub next: Option<String>,
    pub now_ms: i64,
}

/// The whole list.
#[must_use]
pub fn page(listing: &Listing, viewer: &Viewer) -> Markup {
    html! {
        div.heading {
            h1 { "Invoices" }
            div.actions {
                a.button href=(link("/api/v1/export/invoices.csv", &listing.filter.api_query())) { "Export CSV" }
                @if viewer.may(Role::Submit) {
                    a.button.primary href="/submit" { "Submit invoices" }
                }
            }
        }
        (counts(listing))
        (search(&listing.filter))
        (newer(0, &listing.filter))
        (table(listing))
        (paging(listing))
    }
}

/// What a script asks for to bring a list up to date: the counts, the rows that are on the page, and how many are newer.
#[must_use]
pub fn live(listing: &Listing, shown: &[Row]) -> Markup {
    let is_shown = |row: &Row| shown.iter().any(|old| old.id == row.id);
    let newest = shown.iter().map(|row| row.at_ms).max().unwrap_or_default();
    let fresh = listing.rows.iter().filter(|row| !is_shown(row) && row.at_ms >= newest).count();
    html! {
        (counts(listing))
        (newer(fresh as u64, &listing.filter))
        table {
            tbody {
                @for row in shown { (tr(row, listing.now_ms)) }
            }
        }
    }
}

fn counts(listing: &Listing) -> Markup {
    let of = |state: State| listing.counts.iter().find(|(have, _)| *have == state).map_or(0, |(_, count)| *count);
    let all: u64 = listing.counts.iter().map(|(_, count)| count).sum();
    let filter = &listing.filter;
    html! {
        nav #counts.counts aria-label="Invoices by state" {
            ({
                tile(
                    "All",
                    None,
                    all,
                    &filter.with_states(&[]),
                    filter.states.is_empty(),
                )
            })
            @for state in words::STATES {
                @if of(state) > 0 || filter.states.contains(&state) || is_usual(state) {
                    ({
                        tile(
                            words::named(state),
                            Some(state),
                            of(state),
                            &filter.with_states(&[state]),
                            filter.states == [state],
                        )
                    })
                }
            }
        }
    }
}

const fn is_usual(state: State) -> bool {
    matches!(state, State::Review | State::Dead | State::Running | State::Posted)
}

fn tile(name: &str, state: Option<State>, count: u64, to: &Filter, is_chosen: bool) -> Markup {
    html! {
        a.tile.{ (state.map_or("all", words::key)) } href=(to.href()) aria-current=[is_chosen.then_some("true")] {
            span.count { (money::count(count)) }
            " "
            span.label {
                @if let Some(state) = state { (state::mark(state)) }
                (name)
            }
        }
    }
}

fn search(filter: &Filter) -> Markup {
    let is_open = filter.is_narrow()
        && (filter.stage.is_some()
            || filter.from.is_some()
            || filter.to.is_some()
            || !filter.code.is_empty()
            || !filter.vendor.is_empty());
    html! {
        search {
            form.filters method="get" action="/invoices" {
                @for state in &filter.states {
                    input type="hidden" name="state" value=(words::key(*state));
                }
                div.line {
                    label.unseen for="q" { "Search" }
                    input
                        #q
                        type="search"
                        name="q"
                        value=(filter.text)
                        placeholder="Invoice id, vendor or bill number"
                        autocomplete="off";
                    button.primary { "Search" }
                    @if *filter != Filter::default() {
                        a.button.quiet href="/invoices" { "Clear all" }
                    }
                }
                details open[is_open] {
                    summary { "More filters" }
                    div.grid { (more(filter)) }
                }
            }
        }
    }
}

fn more(filter: &Filter) -> Markup {
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    html! {
        p.field {
            label for="f-stage" { "Step" }
            select #f-stage name="stage" {
                option value="" { "any" }
                @for stage in Stage::ALL {
                    option value=(stage) selected[filter.stage == Some(stage)] { (words::doing(stage)) " (" (stage) ")" }
                }
            }
        }
        p.field {
            label for="f-code" { "Error code" }
            input #f-code name="code" value=(filter.code) placeholder="llm.timeout" autocomplete="off";
        }
        p.field {
            label for="f-vendor" { "Vendor" }
            input #f-vendor name="vendor" value=(filter.vendor) autocomplete="off";
        }
        p.field {
            label for="f-from" { "Changed from" }
            input #f-from type="date" name="from" value=(day(filter.from));
        }
        p.field {
            label for="f-to" { "Changed until" }
            input #f-to type="date" name="to" value=(day(filter.to));
        }
    }
}

/// Says that there is something newer, instead of moving what somebody reads.
fn newer(count: u64, filter: &Filter) -> Markup {
    html! {
        p #newer.newer {
            @if count > 0 && filter.after.is_empty() {
                a.button href=(filter.href()) data-new=(count) {
                    "Show "
                    (words::counted(count, "newer change", "newer changes"))
                }
            }
        }
    }
}

fn table(listing: &Listing) -> Markup {
    html! {
        div.table-wrap {
            table #rows.list.cards.fixed role="table" data-live-rows=(link("/invoices/live", &listing.filter.query())) {
                caption.unseen { "Invoices, the latest change first" }
                thead role="rowgroup" {
                    tr role="row" {
                        th.w-id scope="col" role="columnheader" { "Invoice" }
                        th.w-state scope="col" role="columnheader" { "State" }
                        th scope="col" role="columnheader" { "Vendor" }
                        th.num.w-amount scope="col" role="columnheader" { "Total" }
                        th.w-time scope="col" role="columnheader" { "Last change" }
                        th.num.w-cost scope="col" role="columnheader" { "Cost" }
                    }
                }
                tbody role="rowgroup" {
                    @for row in &listing.rows { (tr(row, listing.now_ms)) }
                }
            }
            @if listing.rows.is_empty() { (nothing(&listing.filter)) }
        }
    }
}

fn tr(row: &Row, now_ms: i64) -> Markup {
    let named = number(row);
    html! {
        tr id={ "row-" (row.id) } data-id=(row.id) role="row" data-item {
            td role="cell" data-label="Invoice" {
                a.item.id[named.is_none()] href={ "/invoices/" (row.id) } title=(row.id) { (named.unwrap_or(&row.id)) }
                @if named.is_some() {
                    " "
                    span.sub.id title=(row.id) { (row.id) }
                }
            }
            td role="cell" data-label="State" { (state::pill(row.state)) " " (why(row, now_ms)) }
            td.nothing[row.vendor.is_none()] role="cell" data-label="Vendor" { (row.vendor.as_deref().unwrap_or("–")) }
            td.num.nothing[row.bill.is_none()] role="cell" data-label="Total" {
                @if let Some(bill) = &row.bill { (money::amount(bill.total, &bill.currency)) } @else { "–" }
            }
            td role="cell" data-label="Last change" { (time::at(row.at_ms)) }
            td.num.nothing[row.cost_usd.is_none()] role="cell" data-label="Cost" {
                @if let Some(usd) = row.cost_usd { (money::dollars(usd)) } @else { "–" }
            }
        }
    }
}

/// The number that the vendor gave it, if it is known.
fn number(row: &Row) -> Option<&str> {
    row.bill.as_ref().map(|bill| bill.bill_number.as_str()).filter(|number| !number.is_empty())
}

/// What a state is about: where it is, what it waits for, what failed.
#[must_use]
pub fn why(row: &Row, now_ms: i64) -> Markup {
    let code = html! {
        @if let Some(code) = &row.code { (fix::link(code)) }
    };
    html! {
        span.why {
            @match row.state {
                State::Running => {
                    (words::doing(row.stage))
                    @if row.attempt > 1 { ", attempt " (row.attempt) }
                }
                State::Retrying => {
                    (words::doing(row.stage))
                    ": "
                    @if let Some(due) = row.due_ms { "next attempt " (time::until(due, now_ms)) } @else {
                        "next attempt soon"
                    }
                    " "
                    (code)
                }
                State::Parked => {
                    (words::depends_on(row.stage))
                    " is away"
                    @if let Some(due) = row.due_ms { "; it goes on " (time::until(due, now_ms)) }
                    " "
                    (code)
                }
                State::Review | State::Dead => { (code) }
                State::Posted => {
                    @if let Some(bill) = &row.bill {
                        @if bill.is_draft { "as a draft" }
                    }
                }
                State::Discarded | State::Cancelled | State::Erased => {}
            }
        }
    }
}

fn nothing(filter: &Filter) -> Markup {
    html! {
        div.empty {
            @if *filter == Filter::default() {
                h2 { "No invoices yet" }
                p {
                    "Publish a link to Kafka, send one to the API, or "
                    a href="/submit" { "submit one here" }
                    "."
                }
            } @else {
                h2 { "Nothing matches" }
                p {
                    "No invoice is as these filters say. "
                    a href="/invoices" { "Show all" }
                }
            }
        }
    }
}

fn paging(listing: &Listing) -> Markup {
    html! {
        nav.paging aria-label="Pages" {
            @if !listing.filter.after.is_empty() {
                a.button rel="prev" href=(listing.filter.behind("").href()) { "To the first page" }
            }
            @if let Some(next) = &listing.next {
                a.button rel="next" href=(listing.filter.behind(next).href()) { "Older" }
            }
        }
    }
}
