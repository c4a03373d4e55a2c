//! A scan: one picture of a page, 150 dots to the inch, without any text layer.

use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{BUYER, PERIYAR};
use crate::pdf::{A4, Paper, Picture};
use crate::{Expectation, Sample};

const LEFT: usize = 110;
const RIGHT: usize = 1130;
/// Right edges of quantity, rate and amount.
const EDGES: [usize; 3] = [700, 880, RIGHT];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(PERIYAR, "PC/2026/417", (2026, 10, 21), items()).in_capitals();
    let mut picture = Picture::blank(1240, 1754);
    head(&mut picture, &draft);
    let end = table(&mut picture, &draft);
    foot(&mut picture, &draft, end);
    let pdf = Paper::scanned("ScanStation S400", A4, picture).finish();
    let summary = "A scanned page: one picture, no text layer.";
    Sample { expectation: Expectation::NoText, ..draft.sample(name, summary, pdf) }
}

fn head(picture: &mut Picture, draft: &Draft) {
    picture.text(LEFT, 120, 5, &draft.seller_name);
    picture.text(LEFT, 180, 2, &format!("{}, {}", PERIYAR.street, PERIYAR.city).to_uppercase());
    picture.text(LEFT, 210, 2, &format!("GSTIN: {}", draft.seller.gstin()));
    picture.text_to(RIGHT, 210, 3, "TAX INVOICE");
    picture.fill(LEFT, 245, RIGHT - LEFT, 3);
    picture.text(LEFT, 275, 2, &format!("INVOICE NO: {}", draft.number));
    picture.text_to(RIGHT, 275, 2, &format!("DATE: {}", draft.date.format("%d/%m/%Y")));
    picture.text(LEFT, 330, 2, &format!("BILL TO: {}", draft.buyer_name));
    picture.text(LEFT, 360, 2, &format!("{}, {}", BUYER.street, BUYER.city).to_uppercase());
    picture.text(LEFT, 390, 2, &format!("GSTIN: {}", draft.buyer_gstin));
    picture.text(LEFT, 420, 2, &format!("PLACE OF SUPPLY: {}", draft.place_of_supply));
}

fn table(picture: &mut Picture, draft: &Draft) -> usize {
    picture.fill(LEFT, 460, RIGHT - LEFT, 2);
    picture.text(LEFT, 475, 2, "DESCRIPTION");
    picture.text(430, 475, 2, "HSN");
    picture.text(520, 475, 2, "GST%");
    for (edge, heading) in EDGES.into_iter().zip(["QTY", "RATE", "AMOUNT"]) {
        picture.text_to(edge, 475, 2, heading);
    }
    picture.text(720, 475, 2, "UNIT");
    picture.fill(LEFT, 500, RIGHT - LEFT, 2);
    let mut y = 525;
    for item in &draft.items {
        picture.text(LEFT, y, 2, &item.description);
        picture.text(430, y, 2, &item.hsn);
        picture.text(520, y, 2, &item.tax_rate_text());
        picture.text(720, y, 2, &item.unit);
        let figures = [item.quantity.to_string(), indian(item.rate), indian(item.amount())];
        for (edge, figure) in EDGES.into_iter().zip(figures) {
            picture.text_to(edge, y, 2, &figure);
        }
        y += 40;
    }
    picture.fill(LEFT, y, RIGHT - LEFT, 2);
    y
}

fn foot(picture: &mut Picture, draft: &Draft, end: usize) {
    let mut y = end + 25;
    for (label, amount) in
        [("SUB TOTAL", draft.subtotal()), ("IGST @ 18%", draft.tax()), ("GRAND TOTAL", draft.total())]
    {
        picture.text(680, y, 2, label);
        picture.text_to(RIGHT, y, 2, &format!("₹ {}", indian(amount)));
        y += 34;
    }
    picture.text_to(RIGHT, y + 120, 2, "FOR PERIYAR CERAMICS");
}

fn items() -> Vec<Item> {
    vec![
        item(["Stoneware bowl 14 cm", "6912", "240", "nos", "86.00", "18"]),
        item(["Glazed jar with lid", "6912", "96", "nos", "212.00", "18"]),
        item(["Dinner plate 27 cm", "6912", "180", "nos", "134.50", "18"]),
    ]
}
