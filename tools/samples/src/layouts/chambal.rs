//! Deflated content streams, and a card-like web design with the labels above and beside the values.

use super::furniture::Totals;
use super::rows_with_tax;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{BUYER, CHAMBAL};
use crate::pdf::{A4, Column, Face, Page, Paper, Style, Table};

const BODY: Style = Face::Helvetica.at(9.0);
const BOLD: Style = Face::HelveticaBold.at(9.0);
const LABEL: Style = Face::Helvetica.at(7.0);
const COLUMNS: [Column; 8] = [
    Column::Left("#", 50.0),
    Column::Left("Service", 70.0),
    Column::Left("SAC Code", 258.0),
    Column::Right("Qty", 346.0),
    Column::Left("Unit", 356.0),
    Column::Right("Price", 430.0),
    Column::Right("GST", 470.0),
    Column::Right("Amount", 545.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(CHAMBAL, "CFS-88-2640", (2026, 11, 12), items());
    let draft = Draft { due: chrono::NaiveDate::from_ymd_opt(2026, 11, 27), ..draft };
    let mut page = Page::new(A4);
    head(&mut page, &draft);
    table(&mut page, &draft);
    let paper = Paper::new("cargo-desk.example headless renderer", vec![page]).compressed();
    draft.sample(name, "Deflated content streams; a web design with cards.", paper.finish())
}

fn head(page: &mut Page, draft: &Draft) {
    page.text(50.0, 66.0, Face::HelveticaBold.at(17.0), &draft.seller_name);
    page.text(50.0, 82.0, BODY, &format!("{}, {}", CHAMBAL.street, CHAMBAL.city));
    page.text(50.0, 96.0, BODY, &format!("GSTIN {}", draft.seller.gstin()));
    page.text_to(545.0, 66.0, Face::Helvetica.at(17.0), "Tax invoice");
    page.shade(50.0, 116.0, 240.0, 92.0, 0.95);
    page.text(60.0, 132.0, LABEL, "BILLED TO");
    page.text(60.0, 148.0, BOLD, &draft.buyer_name);
    page.block(60.0, 163.0, 14.0, BODY, &[BUYER.street, BUYER.city, &format!("GSTIN {}", draft.buyer_gstin)]);
    page.shade(305.0, 116.0, 240.0, 92.0, 0.95);
    let due = draft.due.map(|due| due.format("%d %b %Y").to_string()).unwrap_or_default();
    for (at, (label, value)) in [
        ("Invoice number", draft.number.clone()),
        ("Date of issue", draft.date.format("%d %b %Y").to_string()),
        ("Pay by", due),
        ("Place of supply", draft.place_of_supply.clone()),
    ]
    .iter()
    .enumerate()
    {
        let y = 136.0 + 20.0 * at as f32;
        page.text(315.0, y, BODY, label);
        page.text_to(535.0, y, BOLD, value);
    }
}

fn table(page: &mut Page, draft: &Draft) {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    page.shade(50.0, 226.0, 495.0, 22.0, 0.85);
    table.headings(page, 241.0);
    let mut y = 268.0;
    for row in rows_with_tax(&draft.items, indian) {
        table.row(page, y, &row);
        page.rule((50.0, y + 9.0), (545.0, y + 9.0), 0.25);
        y += 26.0;
    }
    let totals = Totals { left: 360.0, right: 545.0, leading: 20.0, style: BODY, last: Face::HelveticaBold.at(12.0) };
    let rows = [
        ("Subtotal", indian(draft.subtotal())),
        ("IGST (18%)", indian(draft.tax())),
        ("Balance due", format!("INR {}", indian(draft.total()))),
    ];
    let end = totals.draw(page, y + 14.0, &rows);
    page.text(50.0, end + 40.0, BODY, "Notes: payment by bank transfer only. Page 1 of 1");
}

fn items() -> Vec<Item> {
    vec![
        item(["Part load, Kota to Bengaluru", "996511", "3", "load", "18400.00", "18"]),
        item(["Warehouse storage, per pallet", "996729", "46", "pallet", "112.00", "18"]),
        item(["Stretch wrapping", "998540", "46", "pallet", "58.50", "18"]),
        item(["Transit insurance handling", "997136", "3", "load", "650.00", "18"]),
    ]
}
