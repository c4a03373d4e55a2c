//! The records that Kafka holds of an invoice, as they are: for whoever wants to see it with their own eyes.

use super::time;
use contract::Coordinates;
use maud::{Markup, html};

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

/// Where an invoice's page leads to its records; a script shows them in place.
#[must_use]
pub fn folded(id: &str) -> Markup {
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
pub fn page(id: &str, records: &[Raw]) -> Markup {
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
