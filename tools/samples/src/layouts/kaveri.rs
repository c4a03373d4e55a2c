//! The plain case: A4, Helvetica, CGST and SGST, a boxed table.

use super::furniture::{Totals, half_rate};
use super::rows_with_tax;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{BUYER, KAVERI};
use crate::pdf::{A4, Column, Face, Page, Paper, Style, Table};

const SMALL: Style = Face::Helvetica.at(9.0);
const BOLD: Style = Face::HelveticaBold.at(9.0);
const COLUMNS: [Column; 8] = [
    Column::Left("Sl", 46.0),
    Column::Left("Description of Goods", 66.0),
    Column::Left("HSN/SAC", 236.0),
    Column::Right("Qty", 326.0),
    Column::Left("Unit", 336.0),
    Column::Right("Rate", 424.0),
    Column::Right("GST %", 466.0),
    Column::Right("Amount", 549.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(KAVERI, "KST/26-27/0418", (2026, 10, 12), items());
    let mut page = Page::new(A4);
    page.centred(44.0, Face::HelveticaBold.at(13.0), "TAX INVOICE");
    page.text_to(555.0, 44.0, Face::Helvetica.at(7.0), "(ORIGINAL FOR RECIPIENT)");
    page.frame(40.0, 54.0, 515.0, 740.0);
    seller(&mut page, &draft);
    buyer(&mut page, &draft);
    table(&mut page, &draft);
    foot(&mut page, &draft);
    let paper = Paper::new("Ledgerline 9.1 PDF Export", vec![page]);
    draft.sample(name, "A4, Helvetica, intra-state: CGST and SGST.", paper.finish())
}

fn seller(page: &mut Page, draft: &Draft) {
    page.text(46.0, 72.0, Face::HelveticaBold.at(12.0), &draft.seller_name);
    let gstin = format!("GSTIN/UIN: {}", draft.seller.gstin());
    page.block(46.0, 88.0, 13.0, SMALL, &[KAVERI.street, KAVERI.city, &gstin, "State Name: Karnataka, Code: 29"]);
    page.rule((320.0, 54.0), (320.0, 222.0), 0.6);
    for (at, (label, value)) in [
        ("Invoice No.", draft.number.clone()),
        ("Dated", draft.date.format("%d/%m/%Y").to_string()),
        ("Delivery Note", "DN-1187".into()),
        ("Mode of Payment", "30 days".into()),
    ]
    .iter()
    .enumerate()
    {
        let y = 72.0 + 20.0 * at as f32;
        page.text(328.0, y, SMALL, label);
        page.text(430.0, y, BOLD, value);
        page.rule((320.0, y + 7.0), (555.0, y + 7.0), 0.4);
    }
}

fn buyer(page: &mut Page, draft: &Draft) {
    page.rule((40.0, 140.0), (320.0, 140.0), 0.6);
    page.text(46.0, 156.0, SMALL, "Buyer (Bill to)");
    page.text(46.0, 170.0, BOLD, &draft.buyer_name);
    let gstin = format!("GSTIN/UIN: {}", draft.buyer_gstin);
    let place = format!("Place of Supply: {}", draft.place_of_supply);
    page.block(46.0, 183.0, 12.0, SMALL, &[BUYER.street, BUYER.city, &gstin]);
    page.text(328.0, 207.0, SMALL, &place);
    page.rule((40.0, 222.0), (555.0, 222.0), 0.6);
}

fn table(page: &mut Page, draft: &Draft) {
    page.shade(40.3, 222.3, 514.4, 19.4, 0.92);
    let table = Table { columns: &COLUMNS, heading: BOLD, body: SMALL };
    table.headings(page, 236.0);
    page.rule((40.0, 242.0), (555.0, 242.0), 0.6);
    for (at, row) in rows_with_tax(&draft.items, indian).iter().enumerate() {
        table.row(page, 260.0 + 18.0 * at as f32, row);
    }
    page.rule((40.0, 560.0), (555.0, 560.0), 0.6);
}

fn foot(page: &mut Page, draft: &Draft) {
    let rate = half_rate(draft);
    let totals = Totals { left: 370.0, right: 549.0, leading: 18.0, style: SMALL, last: Face::HelveticaBold.at(11.0) };
    totals.draw(
        page,
        578.0,
        &[
            ("Taxable Value", indian(draft.subtotal())),
            (&format!("CGST @ {rate}%"), indian(draft.half_tax())),
            (&format!("SGST @ {rate}%"), indian(draft.half_tax())),
            ("Total", format!("Rs. {}", indian(draft.total()))),
        ],
    );
    page.rule((40.0, 648.0), (555.0, 648.0), 0.6);
    page.text(46.0, 664.0, SMALL, "Declaration: the goods are sold at the prices shown and all particulars are true.");
    page.text(46.0, 690.0, SMALL, "Bank: Hebbal Co-operative Bank, A/c 004471002, IFSC HCBX0000047");
    page.text_to(549.0, 740.0, BOLD, "for Kaveri Steel Traders");
    page.text_to(549.0, 782.0, SMALL, "Authorised Signatory");
}

fn items() -> Vec<Item> {
    vec![
        item(["TMT bar Fe 500D 12 mm", "7214", "1250", "kg", "62.40", "18"]),
        item(["MS angle 50 x 50 x 6", "7216", "480", "kg", "66.00", "18"]),
        item(["MS flat 40 x 6", "7211", "310.50", "kg", "64.00", "18"]),
        item(["Binding wire 18 gauge", "7217", "60", "kg", "84.50", "18"]),
        item(["Cutting and bundling", "9988", "1", "job", "1800.00", "18"]),
    ]
}
