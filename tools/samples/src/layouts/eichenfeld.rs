//! From abroad in euros: bilingual title, short dotted dates, currency code behind the amount.

use super::furniture::Totals;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::western;
use crate::parties::{BUYER, EICHENFELD};
use crate::pdf::{A4, Column, Face, Page, Paper, Style, Table};

const BODY: Style = Face::Times.at(11.0);
const BOLD: Style = Face::TimesBold.at(11.0);
const COLUMNS: [Column; 6] = [
    Column::Left("Pos.", 70.0),
    Column::Left("Description", 104.0),
    Column::Right("Quantity", 350.0),
    Column::Left("Unit", 362.0),
    Column::Right("Unit price", 450.0),
    Column::Right("Total", 525.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::foreign(EICHENFELD, "RE-2026-0772", (2026, 9, 7), items());
    let draft = Draft { currency: "EUR", ..draft };
    let mut page = Page::new(A4);
    head(&mut page, &draft);
    table(&mut page, &draft);
    let paper = Paper::new("Kontorwerk 12", vec![page]);
    draft.sample(name, "Euros, dd.mm.yy dates, the letter layout of a German seller.", paper.finish())
}

fn head(page: &mut Page, draft: &Draft) {
    page.text_to(525.0, 60.0, Face::TimesBold.at(15.0), &draft.seller_name);
    page.text_to(525.0, 76.0, BODY, &format!("{}, {}", EICHENFELD.street, EICHENFELD.city));
    page.rule((70.0, 84.0), (525.0, 84.0), 0.5);
    page.text(70.0, 130.0, Face::Times.at(8.0), "Recipient:");
    page.block(70.0, 146.0, 14.0, BODY, &[&draft.buyer_name, BUYER.street, BUYER.city, "INDIA"]);
    page.text(70.0, 250.0, Face::TimesBold.at(18.0), "Rechnung / Invoice");
    page.text(70.0, 276.0, BODY, &format!("Invoice No. {}", draft.number));
    page.text_to(525.0, 276.0, BODY, &format!("Date: {}", draft.date.format("%d.%m.%y")));
    page.text(70.0, 296.0, BODY, "Order No. 4500118, incoterm FCA Aalen");
}

fn table(page: &mut Page, draft: &Draft) {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    table.headings(page, 330.0);
    page.rule((70.0, 336.0), (525.0, 336.0), 0.8);
    let mut y = 356.0;
    for (at, item) in draft.items.iter().enumerate() {
        let (quantity, unit) = (item.quantity.to_string(), item.unit.clone());
        let cells = [
            format!("{}.", at + 1),
            item.description.clone(),
            quantity,
            unit,
            western(item.rate),
            western(item.amount()),
        ];
        table.row(page, y, &cells);
        y += 22.0;
    }
    page.rule((70.0, y - 8.0), (525.0, y - 8.0), 0.8);
    let totals = Totals { left: 330.0, right: 525.0, leading: 20.0, style: BODY, last: BOLD };
    let net = format!("€ {}", western(draft.subtotal()));
    let end = totals.draw(
        page,
        y + 10.0,
        &[("Net amount", net), ("Total amount EUR", format!("€ {}", western(draft.total())))],
    );
    page.text(70.0, end + 24.0, BODY, "Export delivery, not subject to German value added tax.");
    page.centred(800.0, Face::Times.at(8.5), "Eichenfeld Werkzeuge GmbH - Sparbank Ostalb - BIC SPOADEXX");
}

fn items() -> Vec<Item> {
    vec![
        item(["Deep drawing die, two cavities", "", "1", "set", "6840.00", ""]),
        item(["Guide pillar 32 x 180", "", "16", "pcs", "41.25", ""]),
        item(["Stripper spring, heavy load", "", "48", "pcs", "6.90", ""]),
    ]
}
