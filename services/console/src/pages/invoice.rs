//! One invoice: where it stands, what happened, the document beside what was found in it, the checks, the cost, the bill.

use super::findings::{self, Finding};
use super::invoices::Row;
use super::layout::Viewer;
use super::reading::{self, Reading};
use super::{ending, extracted, fix, money, raw, state, time, timeline};
use crate::auth::Role;
use contract::{Bill, Evidence, HistoryEvent, Invoice, State};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Details {
    pub row: Row,
    /// Oldest first.
    pub history: Vec<HistoryEvent>,
    pub read: Read,
    pub trace_id: Option<String>,
    /// Where its bill is in the books.
    pub bill_url: Option<String>,
    /// Where it came from, without its query.
    pub source: Option<String>,
    pub submitted_by: Option<String>,
    pub now_ms: i64,
}

/// What was read of its document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Read {
    pub reading: Reading,
    pub invoice: Option<Invoice>,
    pub evidence: Vec<Evidence>,
    /// What the checks found; `None` if they have not run.
    pub findings: Option<Vec<Finding>>,
}

impl Read {
    /// The document with its fields marked.
    #[must_use]
    pub fn document(&self) -> Markup {
        reading::document(&self.reading, &self.evidence, self.findings.as_deref().unwrap_or_default())
    }
}

/// The whole page.
#[must_use]
pub fn page(details: &Details, viewer: &Viewer) -> Markup {
    let row = &details.row;
    html! {
        (heading(details, viewer))
        (timeline::steps(row, &details.history, details.now_ms))
        @if let Some(code) = {
            row.code
                .as_ref()
                .filter(|_| matches!(row.state, State::Dead | State::Review))
        } { (cause(code.as_str(), row, viewer)) }
        div.split {
            (details.read.document())
            div.side {
                @if let Some(bill) = &row.bill { (billed(bill, details.bill_url.as_deref().filter(|url| is_web(url)))) }
                @if let Some(invoice) = &details.read.invoice { (extracted::card(invoice, &details.read)) }
                @if let Some(found) = &details.read.findings { (findings::card(found, row.state == State::Posted)) }
                (facts(details))
            }
        }
        section.card aria-labelledby="history-title" {
            h2 #history-title { "What happened" }
            (timeline::all(&details.history))
        }
        (raw::folded(&row.id))
        @if viewer.may(Role::Operate) { (ending::card(row, viewer)) }
    }
}

fn heading(details: &Details, viewer: &Viewer) -> Markup {
    let row = &details.row;
    let number = row.bill.as_ref().map(|bill| bill.bill_number.as_str()).or(details
        .read
        .invoice
        .as_ref()
        .map(|invoice| invoice.invoice_number.as_str()));
    let number = number.filter(|number| !number.is_empty());
    html! {
        nav.crumbs aria-label="Where you are" {
            a href="/invoices" { "Invoices" }
            " / "
            span aria-current="page" { (number.unwrap_or(&row.id)) }
        }
        div.heading {
            div {
                h1 {
                    (number.unwrap_or(&row.id))
                    @if let Some(vendor) = &row.vendor {
                        " "
                        span.of { "of " (vendor) }
                    }
                }
                @if number.is_some() {
                    p.sub {
                        span.id { (row.id) }
                    }
                }
            }
            div #state-now.actions data-live="invoice" {
                (state::pill(row.state))
                @if matches!(row.state, State::Review | State::Dead) {
                    a.button.primary href={ "/review/" (row.id) } {
                        @if viewer.may(Role::Operate) { "Review and decide" } @else { "Look at what failed" }
                    }
                }
            }
        }
    }
}

fn cause(code: &str, row: &Row, viewer: &Viewer) -> Markup {
    html! {
        section.card.cause aria-labelledby="cause-title" {
            h2 #cause-title { (fix::title(code)) }
            @if let Some(fix) = fix::Fix::of(code) {
                @if let Some(text) = fix.part("What happened") { (text) }
                @if let Some(text) = fix.part("What to do") {
                    details {
                        summary { "What to do" }
                        (text)
                    }
                }
                p {
                    a href={ "/codes/" (code) } {
                        "All about "
                        span.code { (code) }
                    }
                    @if viewer.may(Role::Operate) {
                        " · "
                        a href={ "/review/" (row.id) } { "Decide about this invoice" }
                    }
                }
            }
        }
    }
}

fn billed(bill: &Bill, url: Option<&str>) -> Markup {
    let kind = if bill.kind == contract::BillKind::VendorCredit { "Vendor credit" } else { "Bill" };
    html! {
        section.card.bill aria-labelledby="bill-title" {
            h2 #bill-title { (kind) " " (bill.bill_number) }
            dl.facts {
                dt { "Vendor" }
                dd {
                    (bill.vendor_name)
                    @if !bill.vendor_by.is_empty() {
                        " "
                        span.sub { "found by " (bill.vendor_by) }
                    }
                }
                dt { "Total" }
                dd.num { (money::amount(bill.total, &bill.currency)) }
                @if !bill.booked_by.is_empty() {
                    dt { "Booked by" }
                    dd { (bill.booked_by.join(", ")) }
                }
                dt { "PDF" }
                dd {
                    @if bill.has_pdf { "attached" } @else { "not attached" }
                }
                @if bill.is_draft {
                    dt { "Draft" }
                    dd { "yes: somebody has to open it in the books" }
                }
            }
            @if let Some(url) = url {
                p {
                    a.button href=(url) target="_blank" rel="noopener noreferrer" {
                        "Open in Zoho Books"
                        span.unseen { " in a new tab" }
                    }
                }
            } @else {
                p.sub {
                    "Its id in the books is "
                    span.code { (bill.bill_id) }
                    "."
                }
            }
        }
    }
}

/// What a browser may be led to: an address that was put together from settings and another system's id is not trusted.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn facts(details: &Details) -> Markup {
    let row = &details.row;
    html! {
        section.card aria-labelledby="facts-title" {
            h2 #facts-title { "About this invoice" }
            dl.facts {
                dt { "Cost" }
                dd { (timeline::cost(row)) }
                @if let Some(first) = row.first_seen_ms {
                    dt { "First seen" }
                    dd { (time::at(first)) }
                }
                dt { "Last change" }
                dd { (time::at(row.at_ms)) }
                @if let Some(source) = &details.source {
                    dt { "Came from" }
                    dd {
                        span.code.long { (source) }
                    }
                }
                @if let Some(by) = &details.submitted_by {
                    dt { "Submitted by" }
                    dd { (by) }
                }
                dt { "Run" }
                dd { (row.run) ", attempt " (row.attempt) }
                @if let Some(trace) = &details.trace_id {
                    dt { "Trace" }
                    dd {
                        span.code.long data-copy { (trace) }
                    }
                }
            }
        }
    }
}
