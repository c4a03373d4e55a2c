//! CGST and SGST as columns of their own in each row, and a total rounded down to the rupee.

use super::furniture::Totals;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{BUYER, TUNGABHADRA};
use crate::pdf::{Column, Face, LETTER, Page, Paper, Style, Table};

const BODY: Style = Face::Times.at(9.5);
const BOLD: Style = Face::TimesBold.at(9.5);
const COLUMNS: [Column; 10] = [
    Column::Left("Particulars", 45.0),
    Column::Left("HSN/SAC", 176.0),
    Column::Right("Qty", 254.0),
    Column::Left("Unit", 262.0),
    Column::Right("Rate", 318.0),
    Column::Right("Amount", 376.0),
    Column::Right("CGST %", 426.0),
    Column::Right("CGST", 476.0),
    Column::Right("SGST %", 524.0),
    Column::Right("SGST", 573.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(TUNGABHADRA, "TP-1189", (2026, 10, 6), items());
    let draft = Draft { rounded: true, ..draft };
    let mut page = Page::new(LETTER);
    head(&mut page, &draft);
    table(&mut page, &draft);
    foot(&mut page, &draft);
    let paper = Paper::new("Akshara Books 4 (Print to PDF)", vec![page]);
    draft.sample(name, "CGST and SGST columns in each row, negative round-off.", paper.finish())
}

fn head(page: &mut Page, draft: &Draft) {
    page.text(45.0, 56.0, Face::TimesBold.at(22.0), &draft.seller_name);
    page.text(45.0, 72.0, BODY, "Offset, letterpress and cartons");
    page.text(45.0, 86.0, BODY, &format!("{}, {}", TUNGABHADRA.street, TUNGABHADRA.city));
    page.text(45.0, 100.0, BODY, &format!("GSTIN: {}", draft.seller.gstin()));
    page.rule((45.0, 108.0), (573.0, 108.0), 2.0);
    page.text(45.0, 130.0, Face::TimesBold.at(13.0), "TAX INVOICE");
    page.text(260.0, 130.0, BODY, "Inv. No:");
    page.text(305.0, 130.0, BOLD, &draft.number);
    page.text(440.0, 130.0, BODY, "Inv. Date:");
    page.text(495.0, 130.0, BOLD, &draft.date.format("%d/%m/%Y").to_string());
    page.text(45.0, 156.0, BODY, "Sold To:");
    page.text(300.0, 156.0, BODY, "Ship To:");
    page.text(45.0, 171.0, BOLD, &draft.buyer_name);
    page.text(300.0, 171.0, BOLD, "Saral Kitchenware Warehouse 2");
    page.text(45.0, 185.0, BODY, BUYER.street);
    page.text(300.0, 185.0, BODY, "Bommasandra Link Road");
    page.text(45.0, 199.0, BODY, &format!("GSTIN: {}", draft.buyer_gstin));
    page.text(300.0, 199.0, BODY, &format!("Place of Supply: {}", draft.place_of_supply));
}

fn table(page: &mut Page, draft: &Draft) {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    page.rule((45.0, 216.0), (573.0, 216.0), 0.8);
    table.headings(page, 230.0);
    page.rule((45.0, 237.0), (573.0, 237.0), 0.8);
    for (at, item) in draft.items.iter().enumerate() {
        table.row(page, 256.0 + 20.0 * at as f32, &cells(item));
    }
    page.rule((45.0, 340.0), (573.0, 340.0), 0.8);
}

fn cells(item: &Item) -> [String; 10] {
    let half = item.tax_rate.unwrap_or_default() / rust_decimal::Decimal::TWO;
    let tax = indian(item.amount() * half / rust_decimal::Decimal::ONE_HUNDRED);
    [
        item.description.clone(),
        item.hsn.clone(),
        item.quantity.to_string(),
        item.unit.clone(),
        indian(item.rate),
        indian(item.amount()),
        half.normalize().to_string(),
        tax.clone(),
        half.normalize().to_string(),
        tax,
    ]
}

fn foot(page: &mut Page, draft: &Draft) {
    let totals = Totals { left: 400.0, right: 573.0, leading: 17.0, style: BODY, last: Face::TimesBold.at(12.0) };
    totals.draw(
        page,
        360.0,
        &[
            ("Sub-Total", indian(draft.subtotal())),
            ("Add CGST", indian(draft.half_tax())),
            ("Add SGST", indian(draft.half_tax())),
            ("Rounding Off (+/-)", signed(draft.round_off())),
            ("Grand Total", format!("Rs. {}", indian(draft.total()))),
        ],
    );
    page.text(45.0, 480.0, BODY, "Thank you. Please quote the invoice number when paying.");
    page.text_to(573.0, 520.0, BOLD, "For Tungabhadra Printers");
}

/// The sign in brackets before the amount: `(-) 0.40`.
fn signed(amount: rust_decimal::Decimal) -> String {
    let sign = if amount.is_sign_negative() { '-' } else { '+' };
    format!("({sign}) {}", indian(amount.abs()))
}

fn items() -> Vec<Item> {
    vec![
        item(["Carton 300 gsm, 4 colours", "4819", "5200", "nos", "6.45", "18"]),
        item(["Recipe booklet, 16 pages", "4901", "3000", "nos", "11.20", "5"]),
        item(["Warranty card", "4911", "6000", "nos", "0.85", "18"]),
        item(["Plate making", "998912", "4", "nos", "610.00", "18"]),
    ]
}
