//! A dot-matrix printer on continuous stationery: capitals in a Type 3 font that only its ToUnicode map
//! explains, with the rupee sign that the standard fonts lack.

use super::rows_with_tax;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{BUYER, VINDHYA};
use crate::pdf::{Column, FANFOLD, Face, Page, Paper, Style, Table};

const BODY: Style = Face::Dots.at(9.0);
const WIDE: Style = Face::Dots.at(15.0);
const COLUMNS: [Column; 8] = [
    Column::Left("SL", 54.0),
    Column::Left("PARTICULARS", 80.0),
    Column::Left("SAC", 300.0),
    Column::Right("QTY", 392.0),
    Column::Left("UNIT", 404.0),
    Column::Right("RATE", 500.0),
    Column::Right("GST%", 540.0),
    Column::Right("AMOUNT", 630.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(VINDHYA, "VR/5530/26", (2026, 10, 19), items()).in_capitals();
    let mut page = Page::new(FANFOLD);
    sprocket_holes(&mut page);
    head(&mut page, &draft);
    table(&mut page, &draft);
    let paper = Paper::new("LinePrint Gateway 2.2 (24-pin)", vec![page]);
    draft.sample(name, "Type 3 dot-matrix font with its own codes; amounts with the rupee sign.", paper.finish())
}

fn sprocket_holes(page: &mut Page) {
    for hole in 0..22 {
        let y = 14.0 + 36.0 * hole as f32;
        page.frame(14.0, y, 9.0, 9.0);
        page.frame(661.0, y, 9.0, 9.0);
    }
}

fn head(page: &mut Page, draft: &Draft) {
    page.centred(60.0, WIDE, &draft.seller_name);
    let address = format!("{}, {}", VINDHYA.street, VINDHYA.city).to_uppercase();
    page.centred(78.0, BODY, &address);
    page.centred(94.0, BODY, &format!("GSTIN : {}", draft.seller.gstin()));
    page.centred(118.0, BODY, "*** TAX INVOICE ***");
    page.text(54.0, 146.0, BODY, &format!("INVOICE NO : {}", draft.number));
    page.text_to(630.0, 146.0, BODY, &format!("DATE : {}", draft.date.format("%d/%m/%Y")));
    page.text(54.0, 164.0, BODY, "CONSIGNMENT OF : OCTOBER 2026");
    page.text_to(630.0, 164.0, BODY, "VEHICLE NO : MP20HB4417");
    page.text(54.0, 188.0, BODY, &format!("BILL TO : {}", draft.buyer_name));
    page.text(54.0, 204.0, BODY, &format!("{}, {}", BUYER.street, BUYER.city).to_uppercase());
    page.text(54.0, 220.0, BODY, &format!("GSTIN : {}", draft.buyer_gstin));
    page.text(54.0, 236.0, BODY, &format!("PLACE OF SUPPLY : {}", draft.place_of_supply));
}

fn table(page: &mut Page, draft: &Draft) {
    let dashes = "-".repeat(106);
    let table = Table { columns: &COLUMNS, heading: BODY, body: BODY };
    page.text(54.0, 256.0, BODY, &dashes);
    table.headings(page, 272.0);
    page.text(54.0, 288.0, BODY, &dashes);
    let mut y = 308.0;
    for row in rows_with_tax(&draft.items, indian) {
        table.row(page, y, &row);
        y += 20.0;
    }
    page.text(54.0, y, BODY, &dashes);
    for (label, amount) in
        [("SUB TOTAL", draft.subtotal()), ("IGST @ 12%", draft.tax()), ("GRAND TOTAL", draft.total())]
    {
        y += 20.0;
        page.text(404.0, y, BODY, label);
        page.text_to(630.0, y, BODY, &format!("₹ {}", indian(amount)));
    }
    page.text(54.0, y + 20.0, BODY, &dashes);
    page.text(54.0, y + 60.0, BODY, "E. & O. E.");
    page.text_to(630.0, y + 60.0, BODY, "FOR VINDHYA ROADLINES");
}

fn items() -> Vec<Item> {
    vec![
        item(["Jabalpur to Bengaluru, 9 t", "996511", "2", "trip", "41500.00", "12"]),
        item(["Loading by hand", "996719", "18", "t", "140.00", "12"]),
        item(["Detention at site", "996799", "1.5", "day", "2200.00", "12"]),
    ]
}
