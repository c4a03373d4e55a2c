//! The list of invoices.

use super::Pages;
use super::frame::{Content, now_ms};
use crate::auth::Visitor;
use crate::desk::Error;
use crate::pages::filter::Filter;
use crate::pages::invoices::{self, Listing, Row};
use crate::pages::layout::{Section, Viewer};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use contract::InvoiceId;
use futures::future::join_all;
use url::form_urlencoded;

/// Rows on a page.
const ROWS: usize = 50;

pub(super) async fn list(State(pages): State<Pages>, Visitor(by): Visitor, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let listing = pages.listing(&query).await.map_err(Into::into);
    let shown = listing.map(|listing| {
        let markup = invoices::page(&listing, &Viewer::from(&by));
        Content::new("Invoices", Section::Invoices, markup)
    });
    pages.answer(&by, Some(&query), shown).await
}

/// The rows that a page shows, as they are now, and how many are newer.
pub(super) async fn live(State(pages): State<Pages>, Visitor(_): Visitor, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let listing = match pages.listing(&query).await {
        Ok(listing) => listing,
        Err(error) => return crate::problem::Problem::from(error).into_response(),
    };
    let asked = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "shown");
    let ids: Vec<InvoiceId> = asked.filter_map(|(_, id)| id.parse().ok()).take(ROWS).collect();
    let rows = join_all(ids.iter().map(|id| pages.desk.view().invoice(id))).await;
    let rows: Vec<Row> = rows.into_iter().flatten().flatten().map(Row::from).collect();
    invoices::live(&listing, &rows).into_response()
}

impl Pages {
    async fn listing(&self, query: &str) -> Result<Listing, Error> {
        let filter = Filter::of_query(query);
        let after = filter.after.parse().ok();
        let page = self.desk.view().invoices(&(&filter).into(), after.as_ref(), ROWS).await?;
        let now_ms = now_ms();
        let totals = self.desk.view().totals(now_ms).await?;
        Ok(Listing {
            counts: totals.by_state.into_iter().map(|count| (count.state, count.count)).collect(),
            rows: page.items.into_iter().map(Row::from).collect(),
            next: page.next.map(|cursor| cursor.to_string()),
            filter,
            now_ms,
        })
    }
}
