//! Three tax rates, and a content stream that runs backwards: totals first, then the table, then the head.

use super::furniture::Totals;
use super::rows_with_tax;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{BUYER, NARMADA};
use crate::pdf::{A4, Column, Face, Page, Paper, Style, Table};

const BODY: Style = Face::Helvetica.at(9.0);
const BOLD: Style = Face::HelveticaBold.at(9.0);
const COLUMNS: [Column; 8] = [
    Column::Left("Sl.No.", 42.0),
    Column::Left("Description of Goods and Services", 76.0),
    Column::Left("HSN/SAC", 262.0),
    Column::Right("Qty", 340.0),
    Column::Left("Per", 348.0),
    Column::Right("Rate", 430.0),
    Column::Right("Tax Rate", 478.0),
    Column::Right("Taxable Value", 553.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(NARMADA, "NFP/26/00981", (2026, 11, 5), items());
    let mut page = Page::new(A4);
    foot(&mut page, &draft);
    table(&mut page, &draft);
    head(&mut page, &draft);
    let paper = Paper::new("Report Composer 18 (reverse spool)", vec![page]);
    draft.sample(name, "GST at 5, 18 and 40 percent; drawn from the bottom of the page upwards.", paper.finish())
}

fn foot(page: &mut Page, draft: &Draft) {
    let mut rows = vec![("Total Taxable Value".to_owned(), indian(draft.subtotal()))];
    for (rate, tax) in draft.tax_by_rate() {
        rows.push((format!("IGST @ {rate}%"), indian(tax)));
    }
    rows.push(("Total Amount Due".into(), format!("INR {}", indian(draft.total()))));
    let rows: Vec<_> = rows.iter().map(|(label, amount)| (label.as_str(), amount.clone())).collect();
    let totals = Totals { left: 360.0, right: 553.0, leading: 17.0, style: BODY, last: Face::HelveticaBold.at(10.0) };
    totals.draw(page, 520.0, &rows);
    page.text_to(553.0, 680.0, BOLD, "For Narmada Foods Private Limited");
    page.text_to(553.0, 730.0, BODY, "Authorised Signatory");
}

fn table(page: &mut Page, draft: &Draft) {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    page.frame(36.0, 224.0, 523.0, 270.0);
    table.headings(page, 240.0);
    page.rule((36.0, 248.0), (559.0, 248.0), 0.6);
    for (at, row) in rows_with_tax(&draft.items, indian).iter().enumerate() {
        table.row(page, 268.0 + 22.0 * at as f32, row);
    }
}

fn head(page: &mut Page, draft: &Draft) {
    page.text(36.0, 60.0, Face::HelveticaBold.at(18.0), "TAX INVOICE");
    page.text(36.0, 88.0, BOLD, &draft.seller_name);
    let seller = format!("GSTIN {}", draft.seller.gstin());
    page.block(36.0, 102.0, 14.0, BODY, &[NARMADA.street, NARMADA.city, &seller]);
    page.text(36.0, 156.0, BOLD, "Buyer");
    let buyer = format!("GSTIN {}", draft.buyer_gstin);
    page.block(36.0, 170.0, 14.0, BODY, &[&draft.buyer_name, BUYER.street, BUYER.city, &buyer]);
    let meta = [
        format!("Invoice No. {}", draft.number),
        format!("Invoice Date {}", draft.date.format("%d.%m.%Y")),
        format!("Place of Supply {}", draft.place_of_supply),
    ];
    for (at, line) in meta.iter().enumerate() {
        page.text(380.0, 88.0 + 18.0 * at as f32, BODY, line);
    }
}

fn items() -> Vec<Item> {
    vec![
        item(["Roasted chana, 1 kg pouch", "2008", "320", "nos", "126.00", "5"]),
        item(["Idli ready mix, 500 g", "2106", "480", "nos", "72.50", "5"]),
        item(["Cocoa biscuits, 24 pack", "1905", "90", "ctn", "612.00", "18"]),
        item(["Malt drink powder, 400 g", "1901", "144", "jar", "188.00", "18"]),
        item(["Aerated lime drink, 24 cans", "2202", "60", "ctn", "540.00", "40"]),
        item(["Cold chain delivery", "996511", "1", "trip", "4200.00", "18"]),
    ]
}
