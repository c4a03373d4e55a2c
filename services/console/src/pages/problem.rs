//! Pages for what cannot be shown, and the pages of the error codes.

use super::fix::Fix;
use super::{fix, words};
use maud::{Markup, html};

/// Something went wrong: what, in words, and what to do.
#[must_use]
pub fn page(title: &str, text: &str, code: Option<&str>) -> Markup {
    html! {
        div.empty {
            h1 { (title) }
            p { (text) }
            @if let Some(code) = code {
                p.sub {
                    "Code "
                    span.code { (code) }
                }
            }
            p {
                a.button href="/invoices" { "To the invoices" }
            }
        }
    }
}

/// Nothing is there.
#[must_use]
pub fn not_found() -> Markup {
    page(
        "Nothing is here",
        "The address is wrong, or what was here is gone. An invoice that was published a moment ago may take a second to show up.",
        None,
    )
}

/// The page of a code.
#[must_use]
pub fn code(fix: &Fix) -> Markup {
    html! {
        nav.crumbs aria-label="Where you are" {
            a href="/codes" { "Error codes" }
            " / "
            span aria-current="page" { (fix.code) }
        }
        article.prose {
            h1 {
                span.code { (fix.code) }
            }
            p.lead {
                (fix.title)
                @if let Some(class) = fix.class() {
                    " "
                    span.sub { (words::class(class)) }
                }
            }
            (fix.body(2))
            p {
                a href={ "/review?code=" (fix.code) } { "What waits with this code" }
                " · "
                a href={ "/invoices?code=" (fix.code) } { "Invoices with this code" }
            }
        }
    }
}

/// All codes.
#[must_use]
pub fn codes() -> Markup {
    html! {
        h1 { "Error codes" }
        p.lead { "Every failure has a code that does not change, and a page that says how to put it right." }
        div.table-wrap {
            table.list.cards role="table" {
                caption.unseen { "All error codes" }
                thead role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { "Code" }
                        th scope="col" role="columnheader" { "What it is" }
                        th scope="col" role="columnheader" { "Kind" }
                    }
                }
                tbody role="rowgroup" {
                    @for fix in fix::all() {
                        tr role="row" data-item {
                            td role="cell" data-label="Code" {
                                a.item.code href={ "/codes/" (fix.code) } { (fix.code) }
                            }
                            td role="cell" data-label="What it is" { (fix.title) }
                            td role="cell" data-label="Kind" {
                                @if let Some(class) = fix.class() { (words::class(class)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
