//! Three pages: the head on each, the table broken twice, totals on the last page only.

use super::furniture::{Totals, full_rate};
use super::rows_with_tax;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{BUYER, DECCAN};
use crate::pdf::{A4, Column, Face, Page, Paper, Style, Table};

const BODY: Style = Face::Helvetica.at(9.5);
const BOLD: Style = Face::HelveticaBold.at(9.5);
const ROWS_PER_PAGE: usize = 18;
const COLUMNS: [Column; 8] = [
    Column::Right("#", 50.0),
    Column::Left("Item Description", 60.0),
    Column::Left("HSN Code", 262.0),
    Column::Right("Qty", 346.0),
    Column::Left("UQC", 354.0),
    Column::Right("Unit Price", 424.0),
    Column::Right("GST Rate", 474.0),
    Column::Right("Taxable Amount", 563.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(DECCAN, "DE-26-004471", (2026, 8, 3), items());
    let rows = rows_with_tax(&draft.items, indian);
    let parts: Vec<_> = rows.chunks(ROWS_PER_PAGE).collect();
    let mut pages = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let mut page = Page::new(A4);
        head(&mut page, &draft);
        let end = table(&mut page, part);
        if at + 1 < parts.len() {
            page.text_to(563.0, 790.0, BODY, &format!("Continued on page {} of {}", at + 2, parts.len()));
        } else {
            foot(&mut page, &draft, end);
        }
        page.centred(820.0, Face::Helvetica.at(7.5), &format!("Page {} of {}", at + 1, parts.len()));
        pages.push(page);
    }
    draft.sample(name, "Three pages, totals on the last page only.", Paper::new("Tarang ERP R7", pages).finish())
}

fn head(page: &mut Page, draft: &Draft) {
    page.shade(0.0, 0.0, 595.0, 64.0, 0.88);
    page.text(40.0, 32.0, Face::HelveticaBold.at(16.0), &draft.seller_name);
    page.text(40.0, 50.0, BODY, &format!("{}, {}", DECCAN.street, DECCAN.city));
    page.text_to(563.0, 32.0, Face::HelveticaBold.at(14.0), "TAX INVOICE");
    page.text_to(563.0, 50.0, BODY, &format!("GSTIN: {}", draft.seller.gstin()));
    page.text(40.0, 86.0, BOLD, "Invoice No:");
    page.text(110.0, 86.0, BODY, &draft.number);
    page.text(300.0, 86.0, BOLD, "Invoice Date:");
    page.text(380.0, 86.0, BODY, &draft.date.format("%d-%m-%Y").to_string());
    page.text(40.0, 104.0, BOLD, "Customer:");
    page.text(110.0, 104.0, BODY, &draft.buyer_name);
    page.text(300.0, 104.0, BOLD, "Customer GSTIN:");
    page.text(396.0, 104.0, BODY, &draft.buyer_gstin);
    page.text(40.0, 122.0, BOLD, "Address:");
    page.text(110.0, 122.0, BODY, &format!("{}, {}", BUYER.street, BUYER.city));
    page.text(40.0, 140.0, BOLD, "Place of Supply:");
    page.text(130.0, 140.0, BODY, &draft.place_of_supply);
    page.text(300.0, 140.0, BOLD, "PO No:");
    page.text(380.0, 140.0, BODY, "SKP/PO/2291");
}

/// Returns where the table ends.
fn table(page: &mut Page, rows: &[Vec<String>]) -> f32 {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    page.rule((40.0, 158.0), (563.0, 158.0), 1.0);
    table.headings(page, 172.0);
    page.rule((40.0, 179.0), (563.0, 179.0), 1.0);
    let mut y = 198.0;
    for row in rows {
        table.row(page, y, row);
        page.rule((40.0, y + 8.0), (563.0, y + 8.0), 0.2);
        y += 30.0;
    }
    y
}

fn foot(page: &mut Page, draft: &Draft, y: f32) {
    let totals = Totals { left: 380.0, right: 563.0, leading: 18.0, style: BODY, last: BOLD };
    let end = totals.draw(
        page,
        y + 10.0,
        &[
            ("Total Taxable Value", indian(draft.subtotal())),
            (&format!("IGST @ {}%", full_rate(draft)), indian(draft.tax())),
            ("Total Invoice Value (INR)", indian(draft.total())),
        ],
    );
    page.text(40.0, end + 20.0, BODY, "E. & O. E. Subject to Hyderabad jurisdiction.");
    page.text_to(563.0, end + 50.0, BOLD, "For Deccan Electricals");
}

fn items() -> Vec<Item> {
    let kinds = [
        ("Copper cable 1.5 sq mm FR, 90 m coil", "8544", "coil", 1460),
        ("Copper cable 2.5 sq mm FR, 90 m coil", "8544", "coil", 2380),
        ("MCB single pole 16 A, C curve", "8536", "nos", 142),
        ("MCB double pole 32 A, C curve", "8536", "nos", 468),
        ("RCCB four pole 63 A, 100 mA", "8536", "nos", 2950),
        ("Distribution board 12 way, SPN", "8537", "nos", 1875),
        ("Modular switch 6 A, one way", "8536", "nos", 38),
        ("Modular socket 16 A, shuttered", "8536", "nos", 124),
        ("LED batten 20 W, cool white", "9405", "nos", 215),
        ("Conduit pipe PVC 25 mm, 3 m", "3917", "nos", 64),
        ("Junction box four way, deep", "3925", "nos", 22),
        ("Cable gland brass 25 mm", "7419", "nos", 96),
        ("Contactor three pole 25 A, 230 V", "8536", "nos", 1240),
    ];
    (0..44_i64)
        .map(|at| {
            let (description, hsn, unit, rate) = kinds[at as usize % kinds.len()];
            let lot = format!("{description}, lot {}", at / 13 + 1);
            let quantity = (at * 7 % 36 + 4).to_string();
            item([&lot, hsn, &quantity, unit, &rate.to_string(), "18"])
        })
        .collect()
}
