//! A printed total that its own lines and taxes do not add up to: what a person must look at.

use super::furniture::Totals;
use super::rows_with_tax;
use crate::Sample;
use crate::draft::{Draft, Item, figure, item};
use crate::money::indian;
use crate::parties::{BUYER, YAMUNA};
use crate::pdf::{A4, Column, Face, Page, Paper, Style, Table};

const BODY: Style = Face::Times.at(10.5);
const BOLD: Style = Face::TimesBold.at(10.5);
const COLUMNS: [Column; 8] = [
    Column::Left("Sl", 50.0),
    Column::Left("Description", 76.0),
    Column::Left("HSN", 250.0),
    Column::Right("Qty", 330.0),
    Column::Left("Unit", 340.0),
    Column::Right("Rate", 420.0),
    Column::Right("GST %", 466.0),
    Column::Right("Amount", 545.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(YAMUNA, "YT/1190/26", (2026, 10, 24), items());
    // Two digits changed places when the total was typed.
    let draft = Draft { misprinted_total: Some(figure("93315.00")), ..draft };
    let mut page = Page::new(A4);
    head(&mut page, &draft);
    table(&mut page, &draft);
    let paper = Paper::new("WordPad Bill Template", vec![page]);
    draft.sample(name, "The printed total is not the sum of lines and taxes.", paper.finish())
}

fn head(page: &mut Page, draft: &Draft) {
    page.centred(60.0, Face::TimesBold.at(14.0), "Tax Invoice");
    page.text(50.0, 90.0, BODY, "Supplier:");
    page.text(130.0, 90.0, BOLD, &draft.seller_name);
    page.text(130.0, 105.0, BODY, &format!("{}, {}", YAMUNA.street, YAMUNA.city));
    page.text(50.0, 120.0, BODY, "Supplier GSTIN:");
    page.text(130.0, 120.0, BODY, &draft.seller.gstin());
    page.text(50.0, 145.0, BODY, "Recipient:");
    page.text(130.0, 145.0, BOLD, &draft.buyer_name);
    page.text(130.0, 160.0, BODY, &format!("{}, {}", BUYER.street, BUYER.city));
    page.text(50.0, 175.0, BODY, "Recipient GSTIN:");
    page.text(140.0, 175.0, BODY, &draft.buyer_gstin);
    page.text(50.0, 200.0, BODY, &format!("Invoice No. {}", draft.number));
    page.text(250.0, 200.0, BODY, &format!("Date of Invoice {}", draft.date.format("%d-%b-%y")));
    page.text(50.0, 215.0, BODY, &format!("Place of Supply: {}", draft.place_of_supply));
}

fn table(page: &mut Page, draft: &Draft) {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    page.rule((50.0, 232.0), (545.0, 232.0), 0.7);
    table.headings(page, 247.0);
    page.rule((50.0, 254.0), (545.0, 254.0), 0.7);
    for (at, row) in rows_with_tax(&draft.items, indian).iter().enumerate() {
        table.row(page, 274.0 + 20.0 * at as f32, row);
    }
    page.rule((50.0, 340.0), (545.0, 340.0), 0.7);
    let totals = Totals { left: 370.0, right: 545.0, leading: 18.0, style: BODY, last: BOLD };
    totals.draw(
        page,
        360.0,
        &[
            ("Taxable Value", indian(draft.subtotal())),
            ("IGST @ 5%", indian(draft.tax())),
            ("Total", indian(draft.total())),
        ],
    );
    page.text_to(545.0, 460.0, BOLD, "For Yamuna Textiles Private Limited");
}

fn items() -> Vec<Item> {
    vec![
        item(["Kitchen towel, waffle, 45 x 70", "6302", "900", "nos", "54.00", "5"]),
        item(["Oven mitten, quilted", "6307", "320", "pair", "76.50", "5"]),
        item(["Apron, cotton drill", "6211", "110", "nos", "142.00", "5"]),
    ]
}
