//! The form in which a person corrects an invoice and approves it. Every field is as printed, in words; the checks judge it.

use super::draft::{Draft, FIELDS, Field, Group, Kind, LINE_FIELDS, MAX_LINES};
use super::findings::Finding;
use super::item::{Approval, Booking, Item};
use super::layout::Viewer;
use crate::auth::Role;
use maud::{Markup, html};

/// The whole form, or the fields to look at for whoever may not decide.
#[must_use]
pub fn edit(item: &Item, draft: &Draft, viewer: &Viewer) -> Markup {
    let found = item.read.findings.as_deref().unwrap_or_default();
    let may = viewer.may(Role::Operate) && item.letter.replayable && item.approval != Approval::None;
    let id = &item.letter.id;
    html! {
        form
            #edit
            .card
            method="post"
            action={ "/review/" (id) "/approve" }
            data-key=[may.then_some("a")]
            data-confirm=(question(item, draft))
            data-check={ "/review/" (id) "/check" }
        {
            h2 { "Fields" }
            (viewer.token())
            div aria-live="polite" { (super::item::checked(found)) }
            fieldset.all disabled[!may] {
                legend.unseen { "The invoice as printed" }
                @for group in Group::ALL {
                    (fieldset(group, draft, found))
                    @if group == Group::Buyer { (lines(draft, found)) }
                }
            }
            @if may { (decide(item)) }
        }
    }
}

fn question(item: &Item, draft: &Draft) -> String {
    let what = match item.approval {
        Approval::Corrects => "Post it again as it stands here?",
        _ => "Approve it as it stands here?",
    };
    format!("{what} Total: {} {}", draft.get("currency"), draft.get("total"))
}

fn fieldset(group: Group, draft: &Draft, found: &[Finding]) -> Markup {
    let fields = || FIELDS.iter().filter(move |field| field.group == group);
    let concerns = fields().any(|field| found.iter().any(|finding| finding.field == field.name));
    let is_folded = matches!(group, Group::Buyer | Group::More) && !concerns;
    let inner = html! {
        div.grid {
            @for field in fields() { (input(field, field.name, draft.get(field.name), of(found, field.name))) }
        }
    };
    html! {
        @if is_folded {
            details {
                summary { (group.label()) }
                fieldset {
                    legend.unseen { (group.label()) }
                    (inner)
                }
            }
        } @else {
            fieldset {
                legend { (group.label()) }
                (inner)
            }
        }
    }
}

/// The lines of the invoice, and an empty one for what is missing.
fn lines(draft: &Draft, found: &[Finding]) -> Markup {
    html! {
        fieldset #lines {
            legend { "Lines" }
            @for index in 0..(draft.lines() + 1).min(MAX_LINES) { (line(index, draft, found)) }
            p.sub { "A line of which every field is empty is left out." }
        }
    }
}

fn line(index: usize, draft: &Draft, found: &[Finding]) -> Markup {
    let is_new = index >= draft.lines();
    html! {
        fieldset.invoice-line.new[is_new] data-line=(index) {
            legend {
                @if is_new { "One more line" } @else { "Line " (index + 1) }
            }
            div.grid {
                @for field in &LINE_FIELDS {
                    @let name = format!("lines.{index}.{}", field.name);
                    ({
                        input(
                            field,
                            &name,
                            draft.line(index, field.name),
                            of(found, &format!("lines[{index}].{}", field.name)),
                        )
                    })
                }
            }
        }
    }
}

fn of<'a>(found: &'a [Finding], field: &str) -> Option<&'a Finding> {
    found.iter().find(|finding| finding.field == field)
}

fn input(field: &Field, name: &str, value: &str, finding: Option<&Finding>) -> Markup {
    let id = format!("field-{}", name.replace('.', "-"));
    let hint = format!("{id}-hint");
    let is_wrong = finding.is_some_and(Finding::holds);
    let wide = matches!(field.name, "description" | "vendor_name" | "vendor_address" | "buyer_address" | "irn");
    html! {
        p.field.wide[wide] data-field=(name) {
            label for=(id) { (field.label) }
            @if let Kind::Choice(choices) = field.kind {
                select id=(id) name=(name) aria-describedby=(hint) aria-invalid=[is_wrong.then_some("true")] {
                    @for (key, label) in choices {
                        option value=(key) selected[*key == value] { (label) }
                    }
                }
            } @else {
                input
                    id=(id)
                    name=(name)
                    value=(value)
                    class=[(field.kind == Kind::Amount).then_some("num")]
                    inputmode=[(field.kind == Kind::Amount).then_some("decimal")]
                    placeholder=[(field.kind == Kind::Date).then_some("2026-07-05")]
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="2000"
                    aria-describedby=(hint)
                    aria-invalid=[is_wrong.then_some("true")];
            }
            span.hint id=(hint) {
                @if let Some(finding) = finding { (finding.message) }
            }
        }
    }
}

fn decide(item: &Item) -> Markup {
    let (button, sub) = match item.approval {
        Approval::GoesOn => {
            ("Approve and post", "It goes to the accounting system as it stands here. Nothing is read or paid again.")
        }
        Approval::Passes => ("Approve and post", "What held it is let pass, on your word."),
        Approval::Corrects | Approval::None => {
            ("Post again", "It is posted as it stands here. Nothing is read or paid again.")
        }
    };
    html! {
        (vendors(item))
        (book(&item.booking))
        div.decide {
            p.field {
                label for="reason-approve" { "Why it is right" }
                input
                    #reason-approve
                    name="reason"
                    value=(item.reason)
                    required
                    maxlength="300"
                    autocomplete="off"
                    placeholder="compared with the PDF";
            }
            div.actions {
                button.primary {
                    (button)
                    " "
                    kbd aria-hidden="true" { "a" }
                }
                button formaction={ "/review/" (item.letter.id) "/check" } formnovalidate data-no-confirm { "Check" }
            }
            p.sub { (sub) }
        }
    }
}

/// The vendors of the books among whom somebody has to choose.
#[must_use]
pub fn vendors(item: &Item) -> Markup {
    html! {
        @if !item.vendors.is_empty() {
            fieldset.choose {
                legend { "Which vendor is it?" }
                p.sub { "The name as it is printed means this vendor from now on." }
                @for vendor in &item.vendors {
                    p {
                        label.check {
                            input type="radio" name="vendor_id" value=(vendor.id) required;
                            " "
                            span {
                                (vendor.name)
                                @if let Some(gstin) = &vendor.gstin {
                                    " "
                                    span.code { (gstin) }
                                }
                                " "
                                span.sub { (vendor.id) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How it is booked, and whether that is kept for the vendor's later invoices.
fn book(booking: &Booking) -> Markup {
    html! {
        details.keep open[*booking != Booking::default()] {
            summary { "Account and tax" }
            p.sub { "Left empty, the settings and what is remembered of the vendor decide." }
            div.grid {
                p.field {
                    label for="account" { "Account for all lines" }
                    input
                        #account
                        name="account"
                        value=(booking.account)
                        maxlength="100"
                        autocomplete="off"
                        placeholder="name or id in the books";
                }
                p.field {
                    label for="tax" { "Tax for lines of its rate" }
                    input
                        #tax
                        name="tax"
                        value=(booking.tax)
                        maxlength="100"
                        autocomplete="off"
                        placeholder="name or id in the books";
                }
            }
            p {
                label.check {
                    input type="checkbox" name="remember" value="yes" checked[booking.remember];
                    " Keep as a rule for this vendor’s later invoices"
                }
            }
        }
    }
}
