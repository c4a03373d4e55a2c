//! Stopping an invoice, and taking what is personal away.

use super::invoices::Row;
use super::layout::Viewer;
use contract::State;
use maud::{Markup, html};

/// What ends an invoice for good: stopping it, or taking what is personal away.
#[must_use]
pub fn card(row: &Row, viewer: &Viewer) -> Markup {
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
