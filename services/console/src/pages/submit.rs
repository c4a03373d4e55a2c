//! Submitting invoices: links, one a line, or files; and what became of each.

use super::layout::Viewer;
use super::words;
use maud::{Markup, html};

/// What became of one that was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// A file's name, or a link without its query.
    pub name: String,
    /// The invoice's id, or why it was not taken.
    pub outcome: Result<String, String>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Submitted {
    pub receipts: Vec<Receipt>,
    /// The largest file, in bytes.
    pub max_bytes: u64,
}

/// The whole page.
#[must_use]
pub fn page(submitted: &Submitted, viewer: &Viewer) -> Markup {
    html! {
        div.heading {
            h1 { "Submit invoices" }
        }
        div #receipts aria-live="polite" {
            @if !submitted.receipts.is_empty() { (receipts(&submitted.receipts)) }
        }
        div.columns { (files(submitted, viewer)) (links(viewer)) }
    }
}

/// What became of each.
#[must_use]
pub fn receipts(receipts: &[Receipt]) -> Markup {
    let taken = receipts.iter().filter(|receipt| receipt.outcome.is_ok()).count() as u64;
    let refused = receipts.len() as u64 - taken;
    html! {
        section.card aria-labelledby="receipts-title" {
            h2 #receipts-title {
                (words::counted(taken, "invoice was", "invoices were"))
                " submitted"
                @if refused > 0 { ", " (words::counted(refused, "was", "were")) " not" }
            }
            ul.receipts {
                @for receipt in receipts {
                    @match &receipt.outcome {
                        Ok(id) => li.passes {
                            span.icon aria-hidden="true" { "✓" }
                            " "
                            (receipt.name)
                            ": "
                            a href={ "/invoices/" (id) } { "follow it" }
                            " "
                            span.sub.id { (id) }
                        },
                        Err(why) => li.fails {
                            span.icon aria-hidden="true" { "✕" }
                            " "
                            (receipt.name)
                            ": "
                            (why)
                        },
                    }
                }
            }
        }
    }
}

fn files(submitted: &Submitted, viewer: &Viewer) -> Markup {
    let most = submitted.max_bytes / (1024 * 1024);
    html! {
        form #drop.card method="post" action="/submit/files" enctype="multipart/form-data" {
            h2 { "PDF files" }
            (viewer.token())
            div.drop {
                p.drop-hint { "Drop PDFs anywhere on this page, or choose them:" }
                label.unseen for="files" { "PDF files" }
                input #files type="file" name="file" accept="application/pdf,.pdf" multiple required;
                p.sub { "Up to " (most) " MB each. They are kept in your document store." }
            }
            button.primary { "Upload" }
        }
    }
}

fn links(viewer: &Viewer) -> Markup {
    html! {
        form.card method="post" action="/submit" {
            h2 { "Links" }
            (viewer.token())
            p.field {
                label for="urls" { "Links to PDFs, one a line" }
                textarea
                    #urls
                    name="urls"
                    rows="7"
                    required
                    spellcheck="false"
                    placeholder="https://files.example/invoice-42.pdf" {}
                span.hint {
                    "Signed links are fine: their signature is never shown, and a link that was signed again is the same invoice."
                }
            }
            p.field {
                label for="invoice-id" { "Id of your own (optional, for a single link)" }
                input
                    #invoice-id
                    name="invoice_id"
                    maxlength="64"
                    pattern="[A-Za-z0-9._:\\-]{1,64}"
                    autocomplete="off"
                    aria-describedby="id-hint";
                span #id-hint.hint { "Up to 64 letters, digits or . _ : -" }
            }
            button.primary { "Submit" }
        }
    }
}
