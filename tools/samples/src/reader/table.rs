//! The rows of goods and services: from a heading to the first line of totals, on each page again.

use super::columns::Columns;
use super::labels::segments;
use crate::Line;

/// The rows of all tables, and the lines of text that belong to none.
pub(super) fn take(text: &str) -> (Vec<Line>, Vec<&str>) {
    let mut table = Table { columns: None, rows: Vec::new(), before: Vec::new() };
    let mut rest = Vec::new();
    for line in text.lines().map(str::trim) {
        if !line.chars().any(char::is_alphanumeric) {
            continue;
        }
        if let Some(columns) = Columns::of_heading(line) {
            table.columns = Some(columns);
        } else if !table.accepts(line) {
            table.columns = None;
            rest.push(line);
        }
    }
    (table.rows, rest)
}

#[derive(Debug)]
struct Table<'t> {
    /// `None` outside a table.
    columns: Option<Columns>,
    rows: Vec<Line>,
    /// Lines of a description whose figures have not come yet.
    before: Vec<&'t str>,
}

impl<'t> Table<'t> {
    /// Takes a line into the table, or tells that the table has ended.
    fn accepts(&mut self, line: &'t str) -> bool {
        let Some(columns) = &self.columns else { return false };
        let segments = segments(line);
        let opens_totals = segments.first().and_then(|first| first.label).is_some_and(|label| label.is_total());
        if opens_totals {
            return false;
        }
        let whole = [self.before.as_slice(), &[line]].concat().join(" ");
        if let Some(row) = columns.row(&whole) {
            self.before.clear();
            self.rows.push(row);
            return true;
        }
        if segments.iter().any(|segment| segment.label.is_some()) {
            return false;
        }
        self.wrap(line);
        true
    }

    /// A line of nothing but description belongs to the row above, unless it begins with the next serial number.
    fn wrap(&mut self, line: &'t str) {
        let next = (self.rows.len() + 1).to_string();
        let opens_row = self.columns.as_ref().is_some_and(Columns::has_serial)
            && line.split_whitespace().next().is_some_and(|first| first.trim_end_matches('.') == next);
        match self.rows.last_mut() {
            Some(row) if !opens_row && self.before.is_empty() => {
                row.description.push(' ');
                row.description.push_str(&line.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            _ => self.before.push(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, String)> {
        take(text).0.into_iter().map(|line| (line.description, line.quantity, line.amount)).collect()
    }

    fn row(description: &str, quantity: &str, amount: &str) -> (String, String, String) {
        (description.into(), quantity.into(), amount.into())
    }

    #[test]
    fn a_description_may_wrap_before_or_after_its_figures() {
        let heading = "Sl Description Qty Rate Amount";
        let wanted = [row("Steel bar 12 mm", "2", "20.00"), row("Wire", "1", "5.00")];
        assert_eq!(read(&format!("{heading}\n1 Steel bar\n12 mm 2 10.00 20.00\n2 Wire 1 5.00 5.00")), wanted);
        assert_eq!(read(&format!("{heading}\n1 Steel bar 2 10.00 20.00\n12 mm\n2 Wire 1 5.00 5.00")), wanted);
    }

    #[test]
    fn the_unit_may_stand_behind_the_quantity_without_a_column_of_its_own() {
        assert_eq!(read("Item Qty Rate Amount\nBolt 4 nos 2.00 8.00"), [row("Bolt", "4", "8.00")]);
    }

    #[test]
    fn totals_end_the_table_and_a_repeated_heading_resumes_it() {
        let text = "Item Qty Rate Amount\nBolt 4 2.00 8.00\nContinued on page 2\nAcme\nItem Qty Rate Amount\nNut 1 1.00 1.00\nTotal 9.00";
        assert_eq!(read(text), [row("Bolt", "4", "8.00"), row("Nut", "1", "1.00")]);
        assert_eq!(take(text).1, ["Continued on page 2", "Acme", "Total 9.00"]);
    }
}
