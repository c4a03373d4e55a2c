//! One invoice: where it stands, what happened, the document beside what was found in it, the checks, the cost, the bill.

use super::findings::{self, Finding};
use super::invoices::Row;
use super::layout::{Role, Viewer};
use super::reading::{self, Reading};
use super::{draft, fix, money, state, time, timeline, words};
use contract::{Bill, Coordinates, Evidence, HistoryEvent, Invoice, State};
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

/// One record in Kafka with its content, as far as it is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    pub record: Coordinates,
    pub at_ms: i64,
    pub key: String,
    pub headers: Vec<(String, String)>,
    /// JSON with indents if it is JSON; without the queries of URLs.
    pub value: String,
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
                @if let Some(invoice) = &details.read.invoice { (fields(invoice, &details.read)) }
                @if let Some(found) = &details.read.findings { (checks(found)) }
                (facts(details))
            }
        }
        section.card aria-labelledby="history-title" {
            h2 #history-title { "What happened" }
            (timeline::all(&details.history))
        }
        (records(&row.id))
        @if viewer.may(Role::Operate) { (stop(details, viewer)) }
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
                p.sub {
                    span.id { (row.id) }
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
                @for heading in ["What happened", "What to do"] {
                    @if let Some(text) = fix.part(heading) {
                        h3 { (heading) }
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

/// What was found, each with where it stands.
fn fields(invoice: &Invoice, read: &Read) -> Markup {
    let draft = draft::Draft::of(invoice);
    html! {
        section.card aria-labelledby="fields-title" {
            h2 #fields-title { "Extracted fields" }
            table.fields role="table" {
                caption.unseen { "Fields, and where they stand in the document" }
                thead.unseen role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { "Field" }
                        th scope="col" role="columnheader" { "Value" }
                        th scope="col" role="columnheader" { "Printed on" }
                    }
                }
                tbody role="rowgroup" {
                    @for field in draft::FIELDS {
                        @if !draft.get(field.name).is_empty() { (field_row(&field, invoice, &draft, read)) }
                    }
                }
            }
            (lines(invoice, read))
        }
    }
}

fn field_row(field: &draft::Field, invoice: &Invoice, draft: &draft::Draft, read: &Read) -> Markup {
    let value = draft.get(field.name);
    let is_amount = field.kind == draft::Kind::Amount;
    let shown = if is_amount {
        value.parse().map_or_else(|_| value.to_owned(), |amount| money::amount(amount, &invoice.currency))
    } else {
        value.to_owned()
    };
    let place = read.evidence.iter().find(|evidence| evidence.field == field.name);
    let fails = read.findings.iter().flatten().any(|finding| finding.holds() && finding.field == field.name);
    html! {
        tr role="row" id=(findings::anchor(field.name)) data-field=(field.name) class=[fails.then_some("fails")] {
            th scope="row" role="rowheader" { (field.label) }
            td role="cell" class=[is_amount.then_some("num")] {
                (shown)
                @if fails {
                    " "
                    span.tag.bad { "fails a check" }
                }
            }
            td role="cell" {
                @if let Some(place) = place { (printed(place)) }
            }
        }
    }
}

fn printed(place: &Evidence) -> Markup {
    html! {
        a.place href={ "#line-" (place.page) "-" (place.line) } data-show=(place.field) title=(place.quote) {
            "page "
            (place.page)
            ", line "
            (place.line)
        }
    }
}

fn lines(invoice: &Invoice, read: &Read) -> Markup {
    let fails = |index: usize| {
        read.findings
            .iter()
            .flatten()
            .any(|finding| finding.holds() && words::line_field(&finding.field).is_some_and(|(of, _)| of == index))
    };
    let number =
        |value: Option<rust_decimal::Decimal>| value.map(|value| value.normalize().to_string()).unwrap_or_default();
    html! {
        h3 { "Lines" }
        div.table-wrap tabindex="0" role="region" aria-label="Lines of the invoice" {
            table.lines {
                thead {
                    tr {
                        th scope="col" { "Description" }
                        th scope="col" { "HSN/SAC" }
                        th.num scope="col" { "Quantity" }
                        th.num scope="col" { "Rate" }
                        th.num scope="col" { "GST %" }
                        th.num scope="col" { "Amount" }
                    }
                }
                tbody {
                    @for (index, line) in invoice.lines.iter().enumerate() {
                        tr class=[fails(index).then_some("fails")] {
                            td {
                                (line.description)
                                @if fails(index) {
                                    " "
                                    span.tag.bad { "fails a check" }
                                }
                            }
                            td { (line.hsn_sac.as_deref().unwrap_or_default()) }
                            td.num { (number(line.quantity)) " " (line.unit.as_deref().unwrap_or_default()) }
                            td.num {
                                @if let Some(rate) = line.rate { (money::amount(rate, &invoice.currency)) }
                            }
                            td.num { (number(line.tax_rate)) }
                            td.num { (money::amount(line.amount, &invoice.currency)) }
                        }
                    }
                }
            }
        }
    }
}

fn checks(found: &[Finding]) -> Markup {
    html! {
        section.card aria-labelledby="checks-title" {
            h2 #checks-title { "Checks" }
            (findings::checklist(found))
            @if !found.is_empty() {
                h3 { "What was found" }
                (findings::list(found))
            }
        }
    }
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

fn records(id: &str) -> Markup {
    html! {
        section.card aria-labelledby="records-title" {
            h2 #records-title { "Raw records" }
            details data-load={ "/invoices/" (id) "/records" } {
                summary { "What Kafka holds of this invoice" }
                p {
                    a href={ "/invoices/" (id) "/records" } { "Show the records" }
                }
            }
        }
    }
}

/// The records' own page, which is also what a script puts in place of the link.
#[must_use]
pub fn raw(id: &str, records: &[Raw]) -> Markup {
    html! {
        nav.crumbs aria-label="Where you are" {
            a href="/invoices" { "Invoices" }
            " / "
            a href={ "/invoices/" (id) } { (id) }
            " / "
            span aria-current="page" { "Records" }
        }
        h1 { "Raw records" }
        div #records-content {
            @if records.is_empty() {
                p.sub { "Kafka holds no record of it any more." }
            }
            @for raw in records {
                details.record id={ "record-" (raw.record) } {
                    summary {
                        span.code { (raw.record) }
                        " "
                        span.sub { (time::at(raw.at_ms)) }
                    }
                    dl.facts {
                        dt { "Key" }
                        dd.code.long { (raw.key) }
                        @for (name, value) in &raw.headers {
                            dt { (name) }
                            dd.code.long { (value) }
                        }
                    }
                    pre tabindex="0" aria-label={ "Content of " (raw.record) } { (raw.value) }
                }
            }
        }
    }
}

/// What ends an invoice for good: stopping it, or taking what is personal away.
fn stop(details: &Details, viewer: &Viewer) -> Markup {
    let row = &details.row;
    let may_erase = row.state.is_terminal() && row.state != State::Erased;
    html! {
        section.card.danger aria-labelledby="stop-title" {
            h2 #stop-title { "Stop or erase" }
            @if !row.state.is_terminal() {
                form
                    method="post"
                    action={ "/invoices/" (row.id) "/cancel" }
                    data-confirm="Stop this invoice before a bill is made?"
                {
                    (viewer.token())
                    (reason("cancel", "Why it is stopped"))
                    button { "Cancel this invoice" }
                    p.sub { "No bill is made, if none was made already. It ends under Review." }
                }
            } @else if may_erase {
                form
                    method="post"
                    action={ "/invoices/" (row.id) "/erase" }
                    data-confirm="Erase the PDF and all personal data of this invoice? This cannot be undone."
                {
                    (viewer.token())
                    (reason("erase", "Why it is erased"))
                    p {
                        label.check {
                            input type="checkbox" name="sure" value="yes" required;
                            " I know that this cannot be undone"
                        }
                    }
                    button.dangerous { "Erase personal data" }
                    p.sub {
                        "The PDF and what was read of it go at once, the records in Kafka with their retention. The id stays taken, so that the invoice is not paid again."
                    }
                }
            } @else {
                p.sub { "Its personal data is gone." }
            }
        }
    }
}

/// Why somebody does something: it stands in the history for good.
#[must_use]
pub fn reason(id: &str, label: &str) -> Markup {
    html! {
        p.field {
            label for={ "reason-" (id) } { (label) }
            input id={ "reason-" (id) } name="reason" required maxlength="300" autocomplete="off";
        }
    }
}
