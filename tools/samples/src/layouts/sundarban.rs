//! A bill of supply on A5: exempt goods, so no tax and no tax columns.

use super::amount_rows;
use super::furniture::Totals;
use crate::Sample;
use crate::draft::{Draft, Item, Supply, item};
use crate::money::indian;
use crate::parties::{BUYER, SUNDARBAN};
use crate::pdf::{A5, Column, Face, Page, Paper, Style, Table};

const BODY: Style = Face::Helvetica.at(8.0);
const BOLD: Style = Face::HelveticaBold.at(8.0);
const COLUMNS: [Column; 6] = [
    Column::Left("Particulars", 30.0),
    Column::Left("HSN", 180.0),
    Column::Right("Qty", 244.0),
    Column::Left("Unit", 252.0),
    Column::Right("Rate", 320.0),
    Column::Right("Amount", 390.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(SUNDARBAN, "BOS/311", (2026, 11, 9), items());
    let draft = Draft { document_type: "bill_of_supply", supply: Supply::Untaxed, ..draft };
    let mut page = Page::new(A5);
    head(&mut page, &draft);
    table(&mut page, &draft);
    let paper = Paper::new("Hathkhata Mobile 1.8", vec![page]);
    draft.sample(name, "A5 bill of supply: exempt goods, no tax.", paper.finish())
}

fn head(page: &mut Page, draft: &Draft) {
    page.frame(20.0, 20.0, 380.0, 555.0);
    page.colour([0.1, 0.4, 0.15]);
    page.centred(48.0, Face::HelveticaBold.at(16.0), &draft.seller_name);
    page.colour([0.0, 0.0, 0.0]);
    page.centred(62.0, BODY, &format!("{}, {}", SUNDARBAN.street, SUNDARBAN.city));
    page.centred(74.0, BODY, &format!("GSTIN: {}", draft.seller.gstin()));
    page.centred(94.0, Face::HelveticaBold.at(10.0), "BILL OF SUPPLY");
    page.text(30.0, 116.0, BODY, &format!("Bill No: {}", draft.number));
    page.text_to(390.0, 116.0, BODY, &format!("Dated: {}", draft.date.format("%d-%m-%y")));
    page.text(30.0, 134.0, BODY, &format!("Customer: {}", draft.buyer_name));
    page.text(30.0, 146.0, BODY, &format!("{}, {}", BUYER.street, BUYER.city));
    page.text(30.0, 158.0, BODY, &format!("GSTIN: {}", draft.buyer_gstin));
    page.text_to(390.0, 158.0, BODY, &format!("Place of Supply: {}", draft.place_of_supply));
}

fn table(page: &mut Page, draft: &Draft) {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    page.rule((20.0, 168.0), (400.0, 168.0), 0.6);
    table.headings(page, 181.0);
    page.rule((20.0, 188.0), (400.0, 188.0), 0.6);
    let mut y = 204.0;
    for (item, [description, quantity, rate, amount]) in draft.items.iter().zip(amount_rows(&draft.items, indian)) {
        table.row(page, y, &[description, item.hsn.clone(), quantity, item.unit.clone(), rate, amount]);
        y += 18.0;
    }
    page.rule((20.0, 440.0), (400.0, 440.0), 0.6);
    let totals = Totals { left: 250.0, right: 390.0, leading: 17.0, style: BODY, last: Face::HelveticaBold.at(10.0) };
    totals.draw(
        page,
        456.0,
        &[("Subtotal", indian(draft.subtotal())), ("Total", format!("Rs. {}", indian(draft.total())))],
    );
    page.text(30.0, 510.0, BODY, "Exempt supply: no tax is charged.");
    page.text_to(390.0, 550.0, BOLD, "For Sundarban Organics");
}

fn items() -> Vec<Item> {
    vec![
        item(["Gobindobhog rice, loose", "1006", "125", "kg", "118.00", ""]),
        item(["Fresh turmeric root", "0910", "32.250", "kg", "88.00", ""]),
        item(["Mustard seed, unprocessed", "1207", "60", "kg", "96.40", ""]),
        item(["Date palm jaggery, loose", "1701", "18", "kg", "240.00", ""]),
    ]
}
