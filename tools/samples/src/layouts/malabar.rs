//! A wide table printed across a landscape page that the file then turns to portrait.

use super::furniture::Totals;
use super::rows_with_tax;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{BUYER, MALABAR};
use crate::pdf::{A4, Column, Face, Page, Paper, Style, Table};

const BODY: Style = Face::Times.at(11.0);
const BOLD: Style = Face::TimesBold.at(11.0);
const COLUMNS: [Column; 8] = [
    Column::Left("No.", 60.0),
    Column::Left("Details of Goods", 90.0),
    Column::Left("HSN/SAC", 330.0),
    Column::Right("Quantity", 460.0),
    Column::Left("Unit", 472.0),
    Column::Right("Rate per unit", 590.0),
    Column::Right("Tax %", 650.0),
    Column::Right("Amount (INR)", 782.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(MALABAR, "MSW-3307", (2026, 11, 2), items());
    let mut page = Page::turned((A4.1, A4.0), 90);
    head(&mut page, &draft);
    table(&mut page, &draft);
    let paper = Paper::new("Vilakku Desk 3.0; PortraitTray driver", vec![page]);
    draft.sample(name, "Landscape content on a page with /Rotate 90: it shows lying on its side.", paper.finish())
}

fn head(page: &mut Page, draft: &Draft) {
    page.frame(40.0, 30.0, 762.0, 530.0);
    page.centred(60.0, Face::TimesBold.at(18.0), &draft.seller_name);
    page.centred(78.0, BODY, &format!("{}, {}", MALABAR.street, MALABAR.city));
    page.centred(94.0, BODY, &format!("GSTIN: {}", draft.seller.gstin()));
    page.centred(116.0, BOLD, "TAX INVOICE");
    page.rule((40.0, 124.0), (802.0, 124.0), 0.6);
    page.text(60.0, 144.0, BODY, &format!("Invoice No. : {}", draft.number));
    page.text(330.0, 144.0, BODY, &format!("Date : {}", draft.date.format("%d-%b-%Y")));
    page.text(560.0, 144.0, BODY, &format!("Place of Supply : {}", draft.place_of_supply));
    page.text(60.0, 166.0, BODY, &format!("M/s. {}", draft.buyer_name));
    page.text(60.0, 182.0, BODY, &format!("{}, {}", BUYER.street, BUYER.city));
    page.text(60.0, 198.0, BODY, &format!("Buyer's GSTIN: {}", draft.buyer_gstin));
    page.rule((40.0, 210.0), (802.0, 210.0), 0.6);
}

fn table(page: &mut Page, draft: &Draft) {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    table.headings(page, 226.0);
    page.rule((40.0, 234.0), (802.0, 234.0), 0.6);
    for (at, row) in rows_with_tax(&draft.items, indian).iter().enumerate() {
        table.row(page, 256.0 + 22.0 * at as f32, row);
    }
    page.rule((40.0, 400.0), (802.0, 400.0), 0.6);
    let totals = Totals { left: 570.0, right: 782.0, leading: 20.0, style: BODY, last: Face::TimesBold.at(13.0) };
    totals.draw(
        page,
        420.0,
        &[
            ("Total before tax", indian(draft.subtotal())),
            ("IGST 5%", indian(draft.tax())),
            ("Amount payable", indian(draft.total())),
        ],
    );
    page.text(60.0, 540.0, BODY, "Certified that the particulars above are correct.");
    page.text_to(782.0, 540.0, BOLD, "For Malabar Spice Works LLP");
}

fn items() -> Vec<Item> {
    vec![
        item(["Black pepper, garbled, bold", "0904", "220", "kg", "640.00", "5"]),
        item(["Green cardamom, 8 mm", "0908", "35.500", "kg", "2460.00", "5"]),
        item(["Dried ginger, bleached", "0910", "140", "kg", "318.00", "5"]),
        item(["Cloves, hand picked", "0907", "60", "kg", "910.00", "5"]),
        item(["Jute bag, 25 kg", "6305", "20", "nos", "44.00", "5"]),
    ]
}
