//! Everything as a file, piece by piece, however much it is.

use super::{Desk, Error};
use crate::view::{Cursor, Filter, Invoice, Page};
use bytes::Bytes;
use futures::{Stream, stream};
use operations::Selection;
use operations::table::{self, Form, Row, Table};
use std::io;

/// Rows that are read at once.
const ROWS: usize = 1000;

impl Desk {
    /// The invoices that are as the filter says, the one that changed last first.
    pub fn export_invoices(self, filter: Filter, form: Form) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        let pages = move |after: Option<Cursor>| {
            let (desk, filter) = (self.clone(), filter.clone());
            async move { Ok(desk.view().invoices(&filter, after.as_ref(), ROWS).await?) }
        };
        export(form, pages)
    }

    /// What happened to all invoices, newest first: who did what, when and why is in it.
    pub fn export_history(self, form: Form) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        let pages = move |after: Option<Cursor>| {
            let desk = self.clone();
            async move { Ok(desk.view().events(after.as_ref(), ROWS).await?) }
        };
        export(form, pages)
    }

    /// The selected dead letters that still wait for somebody, newest first.
    pub fn export_dead_letters(
        self,
        selection: Selection,
        form: Form,
    ) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        let pages = move |after: Option<Cursor>| {
            let (desk, selection) = (self.clone(), selection.clone());
            async move { Ok(desk.view().letters(&selection, after.as_ref(), ROWS).await?) }
        };
        export(form, pages)
    }
}

/// Where an export is.
enum At {
    Start,
    Behind(Cursor),
    End,
}

fn export<R: Row + Send, F: Future<Output = Result<Page<R>, Error>> + Send>(
    form: Form,
    pages: impl Fn(Option<Cursor>) -> F + Send + 'static,
) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    stream::try_unfold((At::Start, pages), move |(at, pages)| async move {
        let after = match at {
            At::End => return Ok(None),
            At::Start => None,
            At::Behind(cursor) => Some(cursor),
        };
        let page = pages(after).await?;
        let text = written(form, after.is_none(), &page.items).expect("a Vec takes everything");
        Ok(Some((text, (page.next.map_or(At::End, At::Behind), pages))))
    })
}

fn written<R: Row>(form: Form, begins: bool, rows: &[R]) -> io::Result<Bytes> {
    let mut table = if begins { Table::begin::<R>(Vec::new(), form)? } else { Table::go_on(Vec::new(), form) };
    rows.iter().try_for_each(|row| table.write(row))?;
    Ok(table.close()?.into())
}

impl Row for Invoice {
    const COLUMNS: &'static [&'static str] = table::Invoice::COLUMNS;

    fn cells(&self) -> Vec<String> {
        let row = table::Invoice {
            invoice_id: &self.invoice_id,
            state: self.state,
            stage: self.stage,
            run: self.run,
            attempt: self.attempt,
            at_ms: self.at_ms,
            due_ms: self.due_ms,
            error_code: self.error_code.as_ref(),
            bill: self.bill.as_ref(),
            particulars: &self.particulars,
            cost_usd: self.cost_usd.as_ref(),
            model: self.model.as_deref(),
            first_seen_ms: Some(self.first_seen_ms),
        };
        row.cells()
    }
}
