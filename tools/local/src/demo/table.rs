//! Plain-text tables.

use std::fmt;

/// Columns as wide as their widest cell; the last `right` columns are aligned to the right.
pub(crate) struct Table<const N: usize> {
    pub(crate) head: [&'static str; N],
    pub(crate) rows: Vec<[String; N]>,
    pub(crate) right: usize,
}

impl<const N: usize> Table<N> {
    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[column].chars().count());
        cells.chain([self.head[column].len()]).max().unwrap_or(0)
    }

    fn line(&self, cells: [&str; N]) -> String {
        let cell = |(column, text): (usize, &&str)| {
            let width = self.width(column);
            if column + self.right >= N { format!("{text:>width$}") } else { format!("{text:<width$}") }
        };
        let line = cells.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ");
        line.trim_end().to_owned()
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.line(self.head))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{}", self.line(row.each_ref().map(String::as_str))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_amounts_end_at_the_same_place() {
        let rows = vec![["Kaveri Steel".into(), "9.00".into()], ["Ökobau".into(), "11800.00".into()]];
        let table = Table { head: ["vendor", "total"], rows, right: 1 };
        assert_eq!(table.to_string(), "vendor           total\nKaveri Steel      9.00\nÖkobau        11800.00\n");
    }
}
