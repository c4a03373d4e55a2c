//! The pages: what people look at and press. Functions from plain values to markup, and the routes that join them to the desk.
//!
//! Architecture invariants: whatever comes from an invoice, a publisher or a URL goes through maud's escaping, never around it
//! (`PreEscaped` is not used, except for the doctype); there is no inline script or style, so that the strictest content
//! policy holds; and everything but live updates works by plain links and forms.

pub mod assets;
pub mod banner;
pub mod chart;
pub mod draft;
pub mod ending;
pub mod extracted;
pub mod filter;
pub mod findings;
pub mod fix;
pub mod help;
pub mod invoice;
pub mod invoices;
pub mod item;
pub mod item_form;
pub mod layout;
pub mod login;
pub mod money;
pub mod problem;
pub mod raw;
pub mod reading;
pub mod replay;
pub mod review;
pub mod routes;
pub mod stages;
pub mod state;
pub mod submit;
pub mod time;
pub mod timeline;
pub mod words;

#[cfg(test)]
pub(crate) mod example;
#[cfg(test)]
mod tests;
