//! The fields that were found, each with where it stands in the document.

use super::draft::{Draft, Field, Kind};
use super::findings;
use super::invoice::Read;
use super::{draft, money, words};
use chrono::NaiveDate;
use contract::{Evidence, Invoice};
use maud::{Markup, html};

/// What was found, each with where it stands.
#[must_use]
pub fn card(invoice: &Invoice, read: &Read) -> Markup {
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
                        @if is_printed(&field, &draft) { (field_row(&field, invoice, &draft, read)) }
                    }
                }
            }
            (lines(invoice, read))
        }
    }
}

fn field_row(field: &draft::Field, invoice: &Invoice, draft: &draft::Draft, read: &Read) -> Markup {
    let is_amount = field.kind == draft::Kind::Amount;
    let shown = shown(field, draft.get(field.name), &invoice.currency);
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

/// Whether there is something to show; a tax of nothing is not printed either.
fn is_printed(field: &Field, draft: &Draft) -> bool {
    let value = draft.get(field.name);
    let is_nothing =
        field.kind == Kind::Amount && field.name != "total" && value.parse() == Ok(rust_decimal::Decimal::ZERO);
    !value.is_empty() && !is_nothing
}

/// A value as a person writes it.
fn shown(field: &Field, value: &str, currency: &str) -> String {
    let as_is = || value.to_owned();
    match field.kind {
        Kind::Amount => value.parse().map_or_else(|_| as_is(), |amount| money::amount(amount, currency)),
        Kind::Date => value.parse().map_or_else(|_| as_is(), |day: NaiveDate| day.format("%-d %b %Y").to_string()),
        Kind::Choice(choices) => {
            choices.iter().find(|(key, _)| *key == value).map_or_else(as_is, |(_, label)| (*label).to_owned())
        }
        Kind::Text => as_is(),
    }
}
