//! From abroad in US dollars: quantity first, long dates, no GST anywhere.

use super::amount_rows;
use super::furniture::Totals;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::western;
use crate::parties::{BUYER, HARBOURLINE};
use crate::pdf::{Column, Face, LETTER, Page, Paper, Style, Table};

const BODY: Style = Face::Helvetica.at(10.0);
const BOLD: Style = Face::HelveticaBold.at(10.0);
const COLUMNS: [Column; 4] = [
    Column::Right("Qty", 84.0),
    Column::Left("Description", 104.0),
    Column::Right("Unit Price", 460.0),
    Column::Right("Amount", 556.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::foreign(HARBOURLINE, "HL-20931", (2026, 10, 14), items());
    let draft = Draft { currency: "USD", due: chrono::NaiveDate::from_ymd_opt(2026, 11, 13), ..draft };
    let mut page = Page::new(LETTER);
    page.colour([0.0, 0.42, 0.45]);
    page.text(56.0, 72.0, Face::HelveticaBold.at(30.0), "INVOICE");
    page.colour([0.0, 0.0, 0.0]);
    head(&mut page, &draft);
    table(&mut page, &draft);
    let paper = Paper::new("Quayside Billing (web)", vec![page]);
    draft.sample(name, "US dollars, no taxes, quantity before description.", paper.finish())
}

fn head(page: &mut Page, draft: &Draft) {
    let long = "%-d %B %Y";
    let due = draft.due.map(|due| due.format(long).to_string()).unwrap_or_default();
    let meta = [
        ("Invoice #", draft.number.clone()),
        ("Issue date", draft.date.format(long).to_string()),
        ("Payment due", due),
    ];
    let mut y = 110.0;
    for (label, value) in meta {
        page.text(56.0, y, BODY, label);
        page.text(140.0, y, BOLD, &value);
        y += 16.0;
    }
    page.text(56.0, 184.0, BOLD, "From");
    page.block(56.0, 200.0, 14.0, BODY, &[&draft.seller_name, HARBOURLINE.street, HARBOURLINE.city]);
    page.text(330.0, 184.0, BOLD, "Bill To");
    page.block(330.0, 200.0, 14.0, BODY, &[&draft.buyer_name, BUYER.street, BUYER.city, "India"]);
}

fn table(page: &mut Page, draft: &Draft) {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    page.shade(50.0, 282.0, 512.0, 22.0, 0.9);
    table.headings(page, 297.0);
    let mut y = 324.0;
    for [description, quantity, rate, amount] in amount_rows(&draft.items, western) {
        table.row(page, y, &[quantity, description, format!("${rate}"), format!("${amount}")]);
        page.rule((50.0, y + 10.0), (562.0, y + 10.0), 0.3);
        y += 28.0;
    }
    let totals = Totals { left: 340.0, right: 556.0, leading: 20.0, style: BODY, last: Face::HelveticaBold.at(13.0) };
    let dollars = |amount| format!("${}", western(amount));
    let rows = [("Subtotal", dollars(draft.subtotal())), ("Amount due (USD)", dollars(draft.total()))];
    let end = totals.draw(page, y + 16.0, &rows);
    page.text(56.0, end + 40.0, BODY, "Please pay by wire transfer. Thank you for your business.");
}

fn items() -> Vec<Item> {
    vec![
        item(["Warehouse planner, annual licence", "", "12", "", "480.00", ""]),
        item(["Label printing add-on, annual licence", "", "3", "", "195.50", ""]),
        item(["Onboarding workshop, remote, per day", "", "2", "", "1150.00", ""]),
    ]
}
