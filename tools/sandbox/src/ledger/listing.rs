//! Lists: Zoho's filters, search, order and paging over rows.
//!
//! A filter that Zoho does not document is ignored without a word, so that a client which trusts one
//! fails here as it would there.

use std::cmp::Ordering;

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

const LARGEST_PAGE: usize = 200;

/// The parameters of a query string.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string, percent-encoding and all.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// A parameter that is present and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(known, _)| known == name);
        value.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The same parameters under other names; those that get none are left out.
    pub(super) fn renamed(&self, name: impl Fn(&str) -> Option<String>) -> Self {
        let pairs = self.0.iter();
        Self(pairs.filter_map(|(known, value)| Some((name(known)?, value.clone()))).collect())
    }

    fn size(&self, name: &str) -> Option<usize> {
        self.get(name)?.parse().ok().filter(|size| *size > 0)
    }
}

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Value>,
    /// Zoho's `page_context`.
    pub context: Value,
}

/// What the rows of a list can be filtered by.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Equality only.
    pub(super) exact: &'static [&'static str],
    /// Also `_startswith` and `_contains`.
    pub(super) text: &'static [&'static str],
    /// Also `_start`, `_end`, `_before` and `_after`.
    pub(super) dates: &'static [&'static str],
    /// At that time or later.
    pub(super) times: &'static [&'static str],
    /// Also `_less_than`, `_less_equals`, `_greater_than` and `_greater_equals`.
    pub(super) amounts: &'static [&'static str],
    /// Columns that `filter_by=Kind.Value` may mean.
    pub(super) filter_by: &'static [&'static str],
    /// Columns that `search_text` looks at.
    pub(super) searched: &'static [&'static str],
}

/// Filters, sorts and cuts out the page asked for.
pub(super) fn select(rows: impl Iterator<Item = Value>, query: &Query, columns: &Columns) -> Page {
    let mut rows: Vec<_> = rows.filter(|row| columns.keep(row, query)).collect();
    sort(&mut rows, query);
    let page = query.size("page").unwrap_or(1);
    let per_page = query.size("per_page").unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
    let start = (page - 1).saturating_mul(per_page).min(rows.len());
    let end = (start + per_page).min(rows.len());
    let context = json!({
        "page": page,
        "per_page": per_page,
        "has_more_page": end < rows.len(),
        "sort_column": query.get("sort_column").unwrap_or("created_time"),
        "sort_order": query.get("sort_order").unwrap_or("D"),
    });
    Page { rows: rows.drain(start..end).collect(), context }
}

impl Columns {
    fn keep(&self, row: &Value, query: &Query) -> bool {
        let parameters = query.0.iter().filter(|(_, value)| !value.is_empty());
        parameters.fold(true, |kept, (name, value)| kept && self.admits(row, name, value))
    }

    fn admits(&self, row: &Value, name: &str, wanted: &str) -> bool {
        match name {
            "search_text" => self.searched.iter().any(|column| contains(&row[*column], wanted)),
            "filter_by" => self.admits_status(row, wanted),
            _ if self.exact.contains(&name) => row[name] == wanted,
            _ if self.times.contains(&name) => is_since(&row[name], wanted),
            _ => self.admits_column(row, name, wanted),
        }
    }

    fn admits_column(&self, row: &Value, name: &str, wanted: &str) -> bool {
        if let Some((column, operator)) = split(self.text, name, &["_startswith", "_contains"]) {
            let held = row[column].as_str().unwrap_or_default();
            return match operator {
                "" => held == wanted,
                "_startswith" => held.to_lowercase().starts_with(&wanted.to_lowercase()),
                _ => contains(&row[column], wanted),
            };
        }
        let operators = ["_start", "_end", "_before", "_after"];
        if let Some((column, operator)) = split(self.dates, name, &operators) {
            let held = row[column].as_str().unwrap_or_default();
            return holds(operator, held.cmp(wanted));
        }
        let operators = ["_less_than", "_less_equals", "_greater_than", "_greater_equals"];
        if let Some((column, operator)) = split(self.amounts, name, &operators) {
            let (held, wanted) = (row[column].as_f64(), wanted.parse().ok());
            let order = held.zip(wanted).and_then(|(held, wanted): (f64, f64)| held.partial_cmp(&wanted));
            return order.is_some_and(|order| holds(operator, order));
        }
        true
    }

    /// `Status.Open`, `AccountType.Expense`: the word after the dot, `All` for everything.
    fn admits_status(&self, row: &Value, wanted: &str) -> bool {
        let word = wanted.rsplit('.').next().unwrap_or(wanted).to_lowercase();
        let singular = word.strip_suffix('s').unwrap_or(&word);
        word == "all" || (self.filter_by.iter()).any(|column| row[*column] == word || row[*column] == singular)
    }
}

/// Splits a parameter into a known column and one of the operators, or none.
fn split<'a>(columns: &[&'static str], name: &'a str, operators: &[&str]) -> Option<(&'static str, &'a str)> {
    columns.iter().find_map(|column| {
        let operator = name.strip_prefix(column)?;
        (operator.is_empty() || operators.contains(&operator)).then_some((*column, operator))
    })
}

fn holds(operator: &str, held_to_wanted: Ordering) -> bool {
    match operator {
        "_start" | "_greater_equals" => held_to_wanted.is_ge(),
        "_end" | "_less_equals" => held_to_wanted.is_le(),
        "_before" | "_less_than" => held_to_wanted.is_lt(),
        "_after" | "_greater_than" => held_to_wanted.is_gt(),
        _ => held_to_wanted.is_eq(),
    }
}

/// A time that cannot be read filters nothing.
fn is_since(held: &Value, wanted: &str) -> bool {
    let time =
        |text: &str| -> Option<DateTime<FixedOffset>> { DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z").ok() };
    time(wanted).is_none_or(|wanted| held.as_str().and_then(time).is_some_and(|held| held >= wanted))
}

fn contains(held: &Value, wanted: &str) -> bool {
    let held = held.as_str().unwrap_or_default().to_lowercase();
    held.contains(&wanted.to_lowercase())
}

/// Rows come oldest first; without `sort_column` the newest go first, as in Zoho.
fn sort(rows: &mut [Value], query: &Query) {
    let ascending = query.get("sort_order") == Some("A");
    match query.get("sort_column") {
        Some(column) => rows.sort_by(|a, b| {
            let order = compare(&a[column], &b[column]);
            if ascending { order } else { order.reverse() }
        }),
        None if !ascending => rows.reverse(),
        None => {}
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.as_str().cmp(&b.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns {
        exact: &["vendor_id"],
        text: &["bill_number"],
        dates: &["date"],
        times: &["last_modified_time"],
        amounts: &["total"],
        filter_by: &["status"],
        searched: &["bill_number"],
    };

    fn numbers(query: &str) -> String {
        let rows = [("A-1", "2026-04-01", 10.0), ("A-2", "2026-04-02", 20.5), ("B-1", "2026-04-03", 30.0)];
        let rows = rows.map(|(number, date, total)| {
            json!({"bill_number": number, "date": date, "total": total, "vendor_id": "7", "status": "open",
                "last_modified_time": format!("{date}T10:00:00+0530")})
        });
        let page = select(rows.into_iter(), &Query::parse(query), &COLUMNS);
        let numbers: Vec<_> = page.rows.iter().filter_map(|row| row["bill_number"].as_str()).collect();
        format!("{} {}", numbers.join(","), page.context["has_more_page"])
    }

    #[test]
    fn documented_filters_hold_and_others_are_ignored() {
        let table = [
            ("", "B-1,A-2,A-1 false"),
            ("bill_number=A-1", "A-1 false"),
            ("bill_number=a-1", " false"),
            ("bill_number_startswith=a", "A-2,A-1 false"),
            ("bill_number_contains=-1&date_after=2026-04-01", "B-1 false"),
            ("total_less_equals=20.50&sort_column=total&sort_order=A", "A-1,A-2 false"),
            ("date=2026-04-02", "A-2 false"),
            ("date_start=2026-04-02&date_end=2026-04-02", "A-2 false"),
            ("vendor_id=8", " false"),
            ("last_modified_time=2026-04-02T04%3A30%3A00%2B0000", "B-1,A-2 false"),
            ("last_modified_time=2026-04-02T04%3A30%3A01%2B0000", "B-1 false"),
            ("last_modified_time=lately", "B-1,A-2,A-1 false"),
            ("filter_by=Status.Open", "B-1,A-2,A-1 false"),
            ("filter_by=Status.Void", " false"),
            ("search_text=b-", "B-1 false"),
            ("gst_no=unknown&cf_invoice_id=unknown", "B-1,A-2,A-1 false"),
            ("per_page=2", "B-1,A-2 true"),
            ("per_page=2&page=2", "A-1 false"),
            ("page=9", " false"),
        ];
        for (query, expected) in table {
            assert_eq!(numbers(query), expected, "{query}");
        }
    }
}
