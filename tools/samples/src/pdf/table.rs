//! Rows of cells under a header, drawn cell by cell from left to right.

use super::{Page, Style};

/// A column: its heading and the edge that its cells stand at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Column {
    /// Cells begin at this x.
    Left(&'static str, f32),
    /// Cells end at this x.
    Right(&'static str, f32),
}

#[derive(Debug)]
pub(crate) struct Table<'a> {
    pub(crate) columns: &'a [Column],
    pub(crate) heading: Style,
    pub(crate) body: Style,
}

impl Table<'_> {
    pub(crate) fn headings(&self, page: &mut Page, y: f32) {
        for column in self.columns {
            let (Column::Left(heading, _) | Column::Right(heading, _)) = column;
            draw(page, *column, y, self.heading, heading);
        }
    }

    pub(crate) fn row(&self, page: &mut Page, y: f32, cells: &[String]) {
        for (column, cell) in self.columns.iter().zip(cells) {
            draw(page, *column, y, self.body, cell);
        }
    }
}

fn draw(page: &mut Page, column: Column, y: f32, style: Style, text: &str) {
    match column {
        Column::Left(_, x) => page.text(x, y, style, text),
        Column::Right(_, right) => page.text_to(right, y, style, text),
    }
}
