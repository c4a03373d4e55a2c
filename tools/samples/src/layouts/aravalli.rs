//! Seller and buyer side by side, drawn line by line across both columns, and a rate and an amount of
//! tax in each row.

use super::furniture::Totals;
use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::indian;
use crate::parties::{ARAVALLI, BUYER};
use crate::pdf::{A4, Column, Face, Page, Paper, Style, Table};

const BODY: Style = Face::Helvetica.at(8.5);
const BOLD: Style = Face::HelveticaBold.at(8.5);
const COLUMNS: [Column; 9] = [
    Column::Left("S.No", 40.0),
    Column::Left("Description", 66.0),
    Column::Left("HSN", 200.0),
    Column::Right("Qty", 286.0),
    Column::Left("Unit", 294.0),
    Column::Right("Rate", 366.0),
    Column::Right("Taxable Value", 440.0),
    Column::Right("IGST %", 482.0),
    Column::Right("IGST Amt", 555.0),
];

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(ARAVALLI, "ACL/INV/2207", (2026, 10, 30), items());
    let draft = Draft { due: chrono::NaiveDate::from_ymd_opt(2026, 12, 14), ..draft };
    let mut page = Page::new(A4);
    head(&mut page, &draft);
    table(&mut page, &draft);
    foot(&mut page, &draft);
    let paper = Paper::new("Marudhar Accounts 5.5 / GhostPrint", vec![page]);
    draft.sample(name, "Seller and buyer side by side, tax rate and amount in each row.", paper.finish())
}

fn head(page: &mut Page, draft: &Draft) {
    page.centred(48.0, Face::HelveticaBold.at(15.0), "Tax Invoice");
    page.frame(36.0, 62.0, 262.0, 92.0);
    page.frame(298.0, 62.0, 262.0, 92.0);
    let both = [
        (BOLD, "Seller".to_owned(), "Buyer".to_owned()),
        (BOLD, draft.seller_name.clone(), draft.buyer_name.clone()),
        (BODY, ARAVALLI.street.into(), BUYER.street.into()),
        (BODY, ARAVALLI.city.into(), BUYER.city.into()),
        (BODY, format!("GSTIN: {}", draft.seller.gstin()), format!("GSTIN: {}", draft.buyer_gstin)),
    ];
    for (at, (style, left, right)) in both.iter().enumerate() {
        let y = 78.0 + 16.0 * at as f32;
        page.text(42.0, y, *style, left);
        page.text(304.0, y, *style, right);
    }
    let due = draft.due.map(|due| due.format("%d %b %Y").to_string()).unwrap_or_default();
    page.text(42.0, 174.0, BODY, &format!("Invoice No: {}", draft.number));
    page.text(200.0, 174.0, BODY, &format!("Date: {}", draft.date.format("%d %b %Y")));
    page.text(304.0, 174.0, BODY, &format!("Due Date: {due}"));
    page.text(430.0, 174.0, BODY, &format!("Place of Supply: {}", draft.place_of_supply));
}

fn table(page: &mut Page, draft: &Draft) {
    let table = Table { columns: &COLUMNS, heading: BOLD, body: BODY };
    page.shade(36.0, 186.0, 524.0, 20.0, 0.85);
    table.headings(page, 199.0);
    for (at, item) in draft.items.iter().enumerate() {
        let y = 222.0 + 20.0 * at as f32;
        table.row(page, y, &cells(at + 1, item));
        page.rule((36.0, y + 7.0), (560.0, y + 7.0), 0.25);
    }
}

fn cells(number: usize, item: &Item) -> [String; 9] {
    let rate = item.tax_rate.unwrap_or_default();
    [
        number.to_string(),
        item.description.clone(),
        item.hsn.clone(),
        item.quantity.to_string(),
        item.unit.clone(),
        indian(item.rate),
        indian(item.amount()),
        format!("{rate:.2}"),
        indian(item.amount() * rate / rust_decimal::Decimal::ONE_HUNDRED),
    ]
}

fn foot(page: &mut Page, draft: &Draft) {
    page.text(42.0, 400.0, BODY, "Bank details");
    page.text(42.0, 418.0, BODY, "Mewar Gramin Bank, Madri");
    page.text(42.0, 436.0, BODY, "A/c No. 30771155");
    let totals = Totals { left: 380.0, right: 555.0, leading: 18.0, style: BODY, last: Face::HelveticaBold.at(10.5) };
    totals.draw(
        page,
        400.0,
        &[
            ("Subtotal", indian(draft.subtotal())),
            ("Total IGST", indian(draft.tax())),
            ("Invoice Total (INR)", indian(draft.total())),
        ],
    );
    page.text(42.0, 500.0, BODY, "This is a computer generated invoice and needs no signature.");
}

fn items() -> Vec<Item> {
    vec![
        item(["Citric acid, food grade", "29181400", "500", "kg", "92.00", "18"]),
        item(["Caustic soda flakes", "28151110", "750", "kg", "48.40", "18"]),
        item(["Isopropyl alcohol", "29051220", "160", "l", "134.00", "18"]),
        item(["Degreaser D-40", "34029099", "25", "can", "1240.00", "18"]),
        item(["HDPE drum, 50 l", "39233090", "12", "nos", "410.00", "18"]),
    ]
}
