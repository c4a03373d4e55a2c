//! Sixty-four rows in small print over two pages, and wrapped descriptions among them.

use super::furniture::Totals;
use super::rows_with_tax;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{BUYER, GODAVARI};
use crate::pdf::{A4, Column, Face, Page, Paper, Style, Table};

const BODY: Style = Face::Helvetica.at(7.5);
const BOLD: Style = Face::HelveticaBold.at(7.5);
const FIRST_PAGE_ROWS: usize = 38;
const COLUMNS: [Column; 8] = [
    Column::Right("Sr. No.", 52.0),
    Column::Left("Product", 60.0),
    Column::Left("HSN", 260.0),
    Column::Right("Qty.", 330.0),
    Column::Left("Unit", 338.0),
    Column::Right("Rate", 420.0),
    Column::Right("IGST%", 460.0),
    Column::Right("Value", 555.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(GODAVARI, "GS/2026/8812", (2026, 7, 1), items());
    let rows = rows_with_tax(&draft.items, indian);
    let (first_rows, second_rows) = rows.split_at(FIRST_PAGE_ROWS);
    let mut first = Page::new(A4);
    head(&mut first, &draft);
    table(&mut first, 150.0, first_rows);
    first.text_to(555.0, 815.0, BODY, "Page 1/2");
    let mut second = Page::new(A4);
    second.text(40.0, 40.0, BOLD, "Page 2/2");
    let end = table(&mut second, 60.0, second_rows);
    foot(&mut second, &draft, end);
    let paper = Paper::new("Godown Print Service", vec![first, second]);
    draft.sample(name, "64 rows in small print over two pages, some descriptions wrapped.", paper.finish())
}

fn head(page: &mut Page, draft: &Draft) {
    page.centred(50.0, Face::HelveticaBold.at(14.0), &draft.seller_name);
    page.centred(63.0, BODY, &format!("{}, {}", GODAVARI.street, GODAVARI.city));
    page.centred(75.0, BODY, &format!("GST No. {}", draft.seller.gstin()));
    page.centred(94.0, Face::HelveticaBold.at(10.0), "TAX INVOICE");
    page.text(40.0, 112.0, BODY, &format!("Bill To: {}", draft.buyer_name));
    page.text_to(555.0, 112.0, BODY, &format!("Bill No.: {}", draft.number));
    page.text(40.0, 124.0, BODY, &format!("{}, {}", BUYER.street, BUYER.city));
    page.text_to(555.0, 124.0, BODY, &format!("Bill Date: {}", draft.date.format("%d/%m/%y")));
    page.text(40.0, 136.0, BODY, &format!("GST No. {}", draft.buyer_gstin));
    page.text_to(555.0, 136.0, BODY, &format!("Place of Supply: {}", draft.place_of_supply));
}

/// Long descriptions break at their last comma; their figures stand on the first line.
fn table(page: &mut Page, top: f32, rows: &[Vec<String>]) -> f32 {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    table.headings(page, top);
    page.rule((30.0, top + 4.0), (560.0, top + 4.0), 0.5);
    let mut y = top + 18.0;
    for row in rows {
        let mut cells = row.clone();
        let (first_line, rest) = wrapped(&row[1]);
        cells[1] = first_line.into();
        table.row(page, y, &cells);
        if !rest.is_empty() {
            y += 9.0;
            page.text(60.0, y, BODY, rest);
        }
        y += 14.0;
    }
    page.rule((30.0, y - 8.0), (560.0, y - 8.0), 0.5);
    y
}

/// Breaks what is too long for its column at the last comma.
fn wrapped(description: &str) -> (&str, &str) {
    let at = description.rfind(", ").filter(|_| description.len() > 40);
    at.map_or((description, ""), |at| (&description[..=at], &description[at + 2..]))
}

fn foot(page: &mut Page, draft: &Draft, y: f32) {
    let totals = Totals { left: 400.0, right: 555.0, leading: 14.0, style: BODY, last: Face::HelveticaBold.at(9.0) };
    let end = totals.draw(
        page,
        y + 8.0,
        &[
            ("Taxable Amount", indian(draft.subtotal())),
            ("Add: IGST", indian(draft.tax())),
            ("Net Payable", format!("Rs {}", indian(draft.total()))),
        ],
    );
    page.text(40.0, end + 10.0, BODY, "Goods once sold are not taken back.");
    page.text_to(555.0, end + 30.0, BOLD, "For Godavari Stationers");
}

fn items() -> Vec<Item> {
    let kinds = [
        ("A4 copier paper 75 gsm", "4802", "ream", 236),
        ("Ball pen blue, box of 20", "9608", "box", 118),
        ("Lever arch file, foolscap, with index sheets, assorted colours", "4820", "nos", 94),
        ("Stapler pins 24/6", "8305", "box", 22),
        ("Whiteboard marker", "9608", "nos", 26),
        ("Correspondence envelope 10 x 4, window on the left, pack of 100", "4817", "pack", 152),
        ("Spiral notebook A5", "4820", "nos", 48),
        ("Paper clips 32 mm", "8305", "box", 14),
    ];
    (0..64_i64)
        .map(|at| {
            let (description, hsn, unit, rate) = kinds[at as usize % kinds.len()];
            let name = format!("{description} no. {}", at + 101);
            let quantity = (at * 11 % 40 + 2).to_string();
            item([&name, hsn, &quantity, unit, &rate.to_string(), "18"])
        })
        .collect()
}
