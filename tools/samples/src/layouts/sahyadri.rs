//! Inter-state, Times on US Letter: labels in a grid with their values below them.

use super::furniture::Totals;
use super::rows_with_tax;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{BUYER, SAHYADRI};
use crate::pdf::{Column, Face, LETTER, Page, Paper, Style, Table};

const BODY: Style = Face::Times.at(10.0);
const BOLD: Style = Face::TimesBold.at(10.0);
const GRID: [Column; 4] = [
    Column::Left("Invoice Number", 50.0),
    Column::Left("Invoice Date", 190.0),
    Column::Left("Due Date", 310.0),
    Column::Left("Place of Supply", 430.0),
];
const COLUMNS: [Column; 8] = [
    Column::Left("S.No.", 50.0),
    Column::Left("Particulars", 80.0),
    Column::Left("HSN", 262.0),
    Column::Right("Quantity", 350.0),
    Column::Left("UOM", 360.0),
    Column::Right("Rate (Rs.)", 446.0),
    Column::Right("IGST %", 490.0),
    Column::Right("Amount (Rs.)", 562.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let number = "SPL/2627/1093";
    let draft = Draft::new(SAHYADRI, number, (2026, 9, 28), items());
    let draft = Draft { due: chrono::NaiveDate::from_ymd_opt(2026, 10, 28), ..draft };
    let mut page = Page::new(LETTER);
    head(&mut page, &draft);
    table(&mut page, &draft);
    foot(&mut page, &draft);
    let paper = Paper::new("Patrika Invoicing 2026.3", vec![page]);
    draft.sample(name, "US Letter, Times, inter-state: IGST, values below their labels.", paper.finish())
}

fn head(page: &mut Page, draft: &Draft) {
    page.colour([0.1, 0.25, 0.5]);
    page.text(50.0, 60.0, Face::TimesBold.at(20.0), &draft.seller_name);
    page.colour([0.0, 0.0, 0.0]);
    page.text(50.0, 78.0, BODY, &format!("{}, {}", SAHYADRI.street, SAHYADRI.city));
    page.text(50.0, 92.0, BODY, &format!("GSTIN: {}", draft.seller.gstin()));
    page.text_to(562.0, 92.0, Face::TimesBold.at(14.0), "Tax Invoice");
    page.rule((50.0, 102.0), (562.0, 102.0), 1.2);
    let grid = Table { columns: &GRID, heading: Face::Times.at(8.0), body: BOLD };
    grid.headings(page, 120.0);
    let due = draft.due.map(|due| due.format("%d-%b-%Y").to_string()).unwrap_or_default();
    let values = [draft.number.clone(), draft.date.format("%d-%b-%Y").to_string(), due, draft.place_of_supply.clone()];
    grid.row(page, 134.0, &values);
    page.rule((50.0, 144.0), (562.0, 144.0), 0.5);
    page.text(50.0, 166.0, BOLD, "Billed To:");
    page.text(50.0, 181.0, BODY, &draft.buyer_name);
    page.text(50.0, 195.0, BODY, &format!("{}, {}", BUYER.street, BUYER.city));
    page.text(50.0, 209.0, BODY, &format!("GSTIN: {}", draft.buyer_gstin));
}

fn table(page: &mut Page, draft: &Draft) {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    page.rule((50.0, 226.0), (562.0, 226.0), 1.0);
    table.headings(page, 240.0);
    page.rule((50.0, 247.0), (562.0, 247.0), 0.5);
    for (at, row) in rows_with_tax(&draft.items, indian).iter().enumerate() {
        table.row(page, 265.0 + 20.0 * at as f32, row);
    }
    page.rule((50.0, 360.0), (562.0, 360.0), 1.0);
}

fn foot(page: &mut Page, draft: &Draft) {
    let totals = Totals { left: 380.0, right: 562.0, leading: 18.0, style: BODY, last: Face::TimesBold.at(12.0) };
    let rupees = |amount| format!("Rs. {}", indian(amount));
    totals.draw(
        page,
        380.0,
        &[
            ("Sub Total", rupees(draft.subtotal())),
            ("IGST", rupees(draft.tax())),
            ("Grand Total", rupees(draft.total())),
        ],
    );
    page.text(50.0, 460.0, BODY, "Reverse charge: No");
    page.text(50.0, 476.0, BODY, "Terms: interest at 18% a year is charged on late payment.");
    page.text_to(562.0, 520.0, BOLD, "For Sahyadri Packaging Private Limited");
    page.text_to(562.0, 570.0, BODY, "Authorised Signatory");
}

fn items() -> Vec<Item> {
    vec![
        item(["Corrugated box 5 ply, 18 x 12 x 10", "48191010", "2400", "pcs", "38.50", "18"]),
        item(["BOPP tape 48 mm x 65 m", "39191000", "360", "rolls", "42.00", "18"]),
        item(["Stretch film 23 micron", "39201099", "85.5", "kg", "148.00", "18"]),
        item(["Edge protector 1 m", "48239090", "1500", "pcs", "7.60", "18"]),
    ]
}
