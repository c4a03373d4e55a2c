//! The cells of a list by which a person knows an invoice again. What is not known is a dash.

use super::money;
use maud::{Markup, html};
use operations::Particulars;

/// The number that the vendor gave it, over the id, as the link to `href`; the id alone while there is no number.
pub(super) fn name(label: &str, id: &str, of: &Particulars, href: &str) -> Markup {
    let number = number(of);
    html! {
        td role="cell" data-label=(label) {
            a.item.id[number.is_none()] href=(href) title=(id) { (number.unwrap_or(id)) }
            @if number.is_some() {
                " "
                span.sub.id title=(id) { (id) }
            }
        }
    }
}

pub(super) fn vendor(of: &Particulars) -> Markup {
    let vendor = of.vendor.as_deref();
    html! {
        td.nothing[vendor.is_none()] role="cell" data-label="Vendor" { (vendor.unwrap_or("–")) }
    }
}

pub(super) fn total(of: &Particulars) -> Markup {
    let currency = of.currency.as_deref().unwrap_or_default();
    html! {
        td.num.nothing[of.total.is_none()] role="cell" data-label="Total" {
            @if let Some(total) = of.total { (money::amount(total, currency)) } @else { "–" }
        }
    }
}

pub(super) fn number(of: &Particulars) -> Option<&str> {
    of.invoice_number.as_deref().filter(|number| !number.is_empty())
}
