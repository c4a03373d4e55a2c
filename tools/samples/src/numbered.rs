//! Invoices by the thousand for load tests: small, cheap, every one of them different.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use crate::Sample;
use crate::draft::{Draft, Item, Supply};
use crate::layouts::rows_with_tax;
use crate::money::indian;
use crate::parties::{BUYER, SELLERS};
use crate::pdf::{A4, Column, Face, Page, Paper, Style, Table};

const GOODS: [(&str, &str, &str); 12] = [
    ("Pressure cooker gasket", "4016", "nos"),
    ("Aluminium sheet 2 mm", "7606", "kg"),
    ("Bakelite handle", "3926", "nos"),
    ("Safety valve", "8481", "nos"),
    ("Carton, printed", "4819", "nos"),
    ("Polishing compound", "3405", "kg"),
    ("Rivet, aluminium", "7616", "box"),
    ("Forklift hire", "997319", "day"),
    ("Machine servicing", "998717", "visit"),
    ("Stainless circle 240 mm", "7219", "kg"),
    ("Tempered glass lid", "7013", "nos"),
    ("Hydraulic oil 68", "2710", "l"),
];
const COLUMNS: [Column; 8] = [
    Column::Left("Sl", 42.0),
    Column::Left("Description", 64.0),
    Column::Left("HSN/SAC", 230.0),
    Column::Right("Qty", 320.0),
    Column::Left("Unit", 330.0),
    Column::Right("Rate", 420.0),
    Column::Right("GST %", 464.0),
    Column::Right("Amount", 553.0),
];

/// The `n`-th of a series of small one-page invoices: its own number, seller, date, lines and amounts.
///
/// Made in well under a millisecond, and the same for the same `n` on every machine.
#[must_use]
pub fn numbered(n: u32) -> Sample {
    paper(n, |_| {})
}

/// The `n`-th with something more on its page.
pub(crate) fn paper(n: u32, more: impl FnOnce(&mut Page)) -> Sample {
    let draft = draft(n);
    let mut page = Page::new(A4);
    let [body, bold] = faces(n);
    head(&mut page, &draft, body, bold, date_format(n));
    let table = Table { columns: &COLUMNS, heading: bold, body };
    table.headings(&mut page, 220.0);
    let mut y = 242.0;
    for row in rows_with_tax(&draft.items, indian) {
        table.row(&mut page, y, &row);
        y += 18.0;
    }
    for (label, amount) in totals(&draft) {
        y += 18.0;
        page.text(370.0, y, body, label);
        page.text_to(553.0, y, body, &indian(amount));
    }
    more(&mut page);
    let paper = Paper::new("Series printer", vec![page]);
    draft.sample("numbered", "One of a series, for load tests.", paper.finish())
}

fn draft(n: u32) -> Draft {
    let seller = *SELLERS[n as usize % SELLERS.len()];
    let items = (0..=mixed(n, 1) % 4).map(|line| goods(n, line)).collect();
    let date = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap_or_default() + Days::new(mixed(n, 2) % 140);
    Draft { date, ..Draft::new(seller, &format!("{}/{n:06}", seller.series), (2026, 7, 1), items) }
}

fn goods(n: u32, line: u64) -> Item {
    let draw = |salt| mixed(n, 16 * (line + 1) + salt);
    let (description, hsn, unit) = GOODS[(draw(0) % 12) as usize];
    Item {
        description: description.into(),
        hsn: hsn.into(),
        quantity: Decimal::from(draw(1) % 90 + 1),
        unit: unit.into(),
        // Even rupees, so that half of five percent is whole paise.
        rate: Decimal::from(2 * (draw(2) % 700) + 20),
        tax_rate: Some(Decimal::from(if draw(3).is_multiple_of(3) { 5 } else { 18 })),
    }
}

fn totals(draft: &Draft) -> Vec<(&'static str, Decimal)> {
    let taxes = match draft.supply {
        Supply::IntraState => vec![("CGST", draft.half_tax()), ("SGST", draft.half_tax())],
        Supply::InterState => vec![("IGST", draft.tax())],
        Supply::Untaxed => Vec::new(),
    };
    [vec![("Sub Total", draft.subtotal())], taxes, vec![("Grand Total", draft.total())]].concat()
}

fn head(page: &mut Page, draft: &Draft, body: Style, bold: Style, date_format: &str) {
    page.text(42.0, 60.0, Style { size: 15.0, ..bold }, &draft.seller_name);
    page.text(42.0, 76.0, body, &format!("{}, {}", draft.seller.street, draft.seller.city));
    page.text(42.0, 90.0, body, &format!("GSTIN: {}", draft.seller.gstin()));
    page.text_to(553.0, 60.0, bold, "TAX INVOICE");
    page.text(42.0, 116.0, body, &format!("Invoice No: {}", draft.number));
    page.text(320.0, 116.0, body, &format!("Invoice Date: {}", draft.date.format(date_format)));
    page.text(42.0, 142.0, body, &format!("Bill To: {}", draft.buyer_name));
    page.text(42.0, 157.0, body, &format!("{}, {}", BUYER.street, BUYER.city));
    page.text(42.0, 172.0, body, &format!("GSTIN: {}", draft.buyer_gstin));
    page.text(42.0, 187.0, body, &format!("Place of Supply: {}", draft.place_of_supply));
}

fn faces(n: u32) -> [Style; 2] {
    match n % 3 {
        0 => [Face::Helvetica.at(9.0), Face::HelveticaBold.at(9.0)],
        1 => [Face::Times.at(10.0), Face::TimesBold.at(10.0)],
        _ => [Face::Courier.at(7.0), Face::Courier.at(7.0)],
    }
}

fn date_format(n: u32) -> &'static str {
    ["%d/%m/%Y", "%d-%b-%Y", "%d.%m.%y"][(n / 3) as usize % 3]
}

/// A number that looks random but depends on its arguments only (the finaliser of SplitMix64).
fn mixed(n: u32, salt: u64) -> u64 {
    let mut z = (u64::from(n) << 20 | salt).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}
