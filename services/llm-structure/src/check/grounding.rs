//! Whether what the model says is printed in the text. This is what a made-up value fails, however plausible it is. Where a
//! value stands is kept, so that whoever looks at the invoice finds it at once.

use super::source_text::{SourceLine, SourceText, append_amounts, squeezed};
use super::{arithmetic, dates_in_text};
use crate::finding::Finding;
use contract::{Evidence, Invoice, Line, code};
use rust_decimal::Decimal;

/// A shorter number that stands in the text only as part of something else proves nothing.
const MIN_GLUED: usize = 6;

/// A cell of a table is broken over as many lines at most.
const CELL_LINES: usize = 5;

/// The longest quote in characters.
const MAX_QUOTE: usize = 160;

const MESSAGE: &str = "it is not printed in the text";

pub(super) fn all(invoice: &Invoice, text: &SourceText<'_>) -> Vec<Finding> {
    [key_fields(invoice, text), lines(invoice, text)].concat()
}

/// Where the key fields are printed, each on one line; of a total the last place, as that of a carried-over sum comes first.
pub(super) fn evidence(invoice: &Invoice, text: &SourceText<'_>) -> Vec<Evidence> {
    let first = |is_there: &dyn Fn(&SourceLine<'_>) -> bool| text.lines().find(|line| is_there(line));
    let last = |is_there: &dyn Fn(&SourceLine<'_>) -> bool| text.lines().rfind(|line| is_there(line));
    let holds = |value: &str| first(&|line| line.squeezed.contains(value));
    let dated = |date| first(&|line| line.dates().any(|printed| printed.date == date));
    let amount = |amount: Decimal| last(&|line| line.has_amount(amount));
    let number = Number::new(&invoice.invoice_number);
    let places = [
        ("vendor_name", holds(&squeezed(&invoice.vendor_name))),
        ("vendor_gstin", invoice.vendor_gstin.as_deref().and_then(holds)),
        ("invoice_number", first(&|line| number.stands_in(line.raw, line.squeezed))),
        ("invoice_date", dated(invoice.invoice_date)),
        ("due_date", invoice.due_date.and_then(dated)),
        ("subtotal", amount(invoice.subtotal)),
        ("total", amount(invoice.total)),
    ];
    let found = places.into_iter().filter_map(|(field, line)| Some((field, line?)));
    found.map(|(field, line)| line.evidence(field)).collect()
}

impl SourceLine<'_> {
    fn evidence(&self, field: &str) -> Evidence {
        let line = self.raw.trim();
        let quote = line.char_indices().nth(MAX_QUOTE).map_or(line, |(end, _)| &line[..end]);
        Evidence { field: field.to_owned(), page: self.page, line: self.number, quote: quote.to_owned() }
    }
}

/// The amount of each line is printed. Quantity and rate must make it, or be printed as they are.
fn lines(invoice: &Invoice, text: &SourceText<'_>) -> Vec<Finding> {
    let missing = |index: usize, name: &str, message: &str, found: Decimal| {
        Some(Finding::error(code::CHECK_NOT_GROUNDED, format!("lines[{index}].{name}"), message).found(&found))
    };
    let is_printed = |figure: Decimal| text.has_amount(figure);
    let of_line = |(index, line): (usize, &Line)| {
        if !is_printed(line.amount) {
            return missing(index, "amount", MESSAGE, line.amount);
        }
        let (quantity, rate) = line.quantity.zip(line.rate)?;
        let off = (arithmetic::product(line)? - line.amount).abs();
        let grounded = if off.is_zero() {
            true
        } else if off <= arithmetic::rounding(line) {
            is_printed(quantity) && is_printed(rate)
        } else {
            are_printed_so([quantity, rate], line.amount, text)
        };
        let message = "quantity and rate do not make the amount, and it is not printed so";
        if grounded { None } else { missing(index, "rate", message, rate) }
    };
    invoice.lines.iter().enumerate().filter_map(of_line).collect()
}

/// Whether quantity and rate stand in the amount's row or around it, as cells may be broken over lines, and no other two
/// figures of the row make the amount: those would be the right ones.
fn are_printed_so(factors: [Decimal; 2], amount: Decimal, text: &SourceText<'_>) -> bool {
    let same = |a: Decimal, b: Decimal| a.abs().normalize() == b.abs().normalize();
    let make_it = |a: Decimal, b: Decimal| {
        let is_one = same(a, Decimal::ONE) || same(b, Decimal::ONE);
        let is_trivial = is_one && !factors.iter().any(|factor| same(*factor, amount));
        let are_ours = factors.iter().all(|factor| same(*factor, a) || same(*factor, b));
        !is_trivial && !are_ours && same((a * b).round_dp(2), amount)
    };
    let rows: Vec<Vec<Decimal>> = text.lines().map(|line| figures(line.raw)).collect();
    rows.iter().enumerate().any(|(at, row)| {
        let around = &rows[at.saturating_sub(1)..(at + CELL_LINES).min(rows.len())];
        let near = |factor: Decimal| around.iter().flatten().any(|figure| same(*figure, factor));
        row.iter().any(|figure| same(*figure, amount))
            && factors.iter().all(|factor| near(*factor))
            && !row.iter().enumerate().any(|(index, a)| row[index + 1..].iter().any(|b| make_it(*a, *b)))
    })
}

/// The figures of a row that stand by themselves, with a sign of currency before or a unit behind: not those of an
/// article's number.
fn figures(row: &str) -> Vec<Decimal> {
    let tokens = row.split_whitespace().map(|token| token.trim_start_matches(|first: char| !first.is_alphanumeric()));
    let plain = tokens.filter(|token| token.starts_with(|first: char| first.is_ascii_digit()));
    let mut figures = Vec::new();
    for token in plain {
        let end = token.find(char::is_alphabetic).unwrap_or(token.len());
        append_amounts(&mut figures, &token[..end]);
    }
    figures.into_iter().map(Decimal::from).collect()
}

fn key_fields(invoice: &Invoice, text: &SourceText<'_>) -> Vec<Finding> {
    let gstin = invoice.vendor_gstin.as_deref();
    let issued = invoice.invoice_date;
    // A due date may also follow from a term of payment.
    let is_date = |date| dates_in_text::is_printed(date, text);
    let is_due = |due| is_date(due) || dates_in_text::is_term(&text.words, issued, due);
    let due = invoice.due_date.filter(|due| !is_due(*due));
    let is_printed = |amount: Decimal| amount.is_zero() || text.has_amount(amount);
    // Where none is printed it is the sum of the lines.
    let sum: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
    let is_sum = invoice.lines_with_tax || sum - invoice.discount == invoice.subtotal;
    // Where a tax is printed rate by rate, its sum stands nowhere; then it has to be right to the last paisa.
    let is_exact = invoice.subtotal + invoice.tax() + invoice.tcs + invoice.round_off == invoice.total;
    let vendor_gstin = gstin.is_none_or(|gstin| text.squeezed.contains(gstin));
    let checks: [(&str, bool, &dyn ToString); 12] = [
        (
            "invoice_number",
            Number::new(&invoice.invoice_number).stands_in(text.raw, &text.squeezed),
            &invoice.invoice_number,
        ),
        ("total", text.has_amount(invoice.total), &invoice.total),
        ("invoice_date", is_date(issued), &issued),
        ("due_date", due.is_none(), &due.unwrap_or_default()),
        ("vendor_gstin", vendor_gstin, &gstin.unwrap_or_default()),
        ("subtotal", is_sum || is_printed(invoice.subtotal), &invoice.subtotal),
        ("cgst", is_exact || is_printed(invoice.cgst), &invoice.cgst),
        ("sgst", is_exact || is_printed(invoice.sgst), &invoice.sgst),
        ("igst", is_exact || is_printed(invoice.igst), &invoice.igst),
        ("cess", is_exact || is_printed(invoice.cess), &invoice.cess),
        ("round_off", is_printed(invoice.round_off), &invoice.round_off),
        ("currency", currency_is_possible(&invoice.currency, text), &invoice.currency),
    ];
    let missing = checks.into_iter().filter(|(_, grounded, _)| !grounded);
    missing.map(|(field, _, value)| Finding::error(code::CHECK_NOT_GROUNDED, field, MESSAGE).found(value)).collect()
}

/// A number to look for that stands in a text by itself; a long one may touch its neighbours or be broken by spaces.
struct Number {
    /// In capitals.
    upper: String,
    /// As [`squeezed`].
    squeezed: String,
}

impl Number {
    fn new(number: &str) -> Self {
        Self { upper: number.trim().to_uppercase(), squeezed: squeezed(number) }
    }

    fn stands_in(&self, text: &str, squeezed_text: &str) -> bool {
        // A text that holds it holds it without white space, too.
        squeezed_text.contains(&self.squeezed) && (self.squeezed.len() >= MIN_GLUED || self.stands_free_in(text))
    }

    fn stands_free_in(&self, text: &str) -> bool {
        let upper = text.to_uppercase();
        let free = |at: usize| {
            let before = upper[..at].chars().next_back();
            let after = upper[at + self.upper.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        };
        upper.match_indices(&self.upper).any(|(at, _)| free(at))
    }
}

/// Signs and words of the currencies that invoices in India name; words as [`super::words::words`]. One sign may be that of
/// several.
const CURRENCY_MARKS: [(&str, &[&str]); 8] = [
    ("INR", &["₹", " inr ", " rs ", " rupee ", " rupees "]),
    ("USD", &["$", " usd ", " dollars "]),
    ("EUR", &["€", " eur ", " euro "]),
    ("GBP", &["£", " gbp "]),
    ("JPY", &["¥", " jpy "]),
    ("AED", &[" aed ", " dirhams "]),
    ("SGD", &[" sgd "]),
    ("CHF", &[" chf "]),
];

/// False only if the text names other currencies and not this one: many an invoice names none.
fn currency_is_possible(currency: &str, text: &SourceText<'_>) -> bool {
    let is_marked =
        |mark: &str| if mark.starts_with(' ') { text.words.contains(mark) } else { text.raw.contains(mark) };
    let is_named = |marks: &[&str]| marks.iter().any(|mark| is_marked(mark));
    let known = CURRENCY_MARKS.iter().find(|(code, _)| *code == currency);
    let by_code = || is_marked(&format!(" {} ", currency.to_lowercase()));
    let own = known.map_or_else(by_code, |(_, marks)| is_named(marks));
    let dollars = currency.ends_with('D') && is_marked("$");
    own || dollars || !CURRENCY_MARKS.iter().any(|(_, marks)| is_named(marks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::example;

    #[test]
    fn a_number_stands_by_itself_or_is_long_enough() {
        for (number, text) in [
            ("17", "Invoice 17 of"),
            ("KK/2026/017", "No:KK/2026/017Date"),
            ("kk 2026 017", "KK 2026\n017"),
            ("993548900", "993548900Invoice"),
        ] {
            assert!(Number::new(number).stands_in(text, &squeezed(text)), "{number}");
        }
        for (number, text) in [("17", "Invoice 170"), ("17", "A17"), ("KK/18", "KK/017"), ("12345", "9123456")] {
            assert!(!Number::new(number).stands_in(text, &squeezed(text)), "{number}");
        }
    }

    #[test]
    fn a_currency_that_the_text_does_not_name_beside_another_that_it_does_is_wrong() {
        for (currency, text, possible) in [
            ("INR", "Total ₹ 5", true),
            ("INR", "Total 5", true),
            ("INR", "Polishing compound 5 pounds", true),
            ("INR", "Rs.5/-, beside $ 1", true),
            ("USD", "Total Rs. 5", false),
            ("INR", "Total $5.00", false),
            ("CAD", "Total $5.00", true),
            ("SEK", "Summa 5 SEK", true),
            ("SEK", "Total 5 EUR", false),
        ] {
            assert_eq!(currency_is_possible(currency, &SourceText::new(text)), possible, "{currency} {text}");
        }
    }

    #[test]
    fn whoever_looks_at_an_invoice_is_told_where_its_key_fields_stand() {
        let text = format!("Page 1\nCarried over 1,45,678.00\n\u{c}\n{}", example::text());
        let evidence = evidence(&example::invoice(), &SourceText::new(&text));
        let places: Vec<_> = evidence.iter().map(|one| (one.field.as_str(), one.page, one.line)).collect();
        let expected = [
            ("vendor_name", 2, 2),
            ("vendor_gstin", 2, 2),
            ("invoice_number", 2, 3),
            ("invoice_date", 2, 3),
            ("due_date", 2, 4),
            ("subtotal", 2, 6),
            ("total", 2, 8),
        ];
        assert_eq!(places, expected);
        assert_eq!(evidence[6].quote, "Grand Total Rs. 1,45,678.00/-");
    }
}
