//! A DOS-era bill: Courier, one string per line, columns made of spaces, amounts closed with `/-`.

use crate::Sample;
use crate::draft::{Draft, Item, item};
use crate::money::{indian, stroke};
use crate::parties::{BUYER, KONKAN};
use crate::pdf::{A4, Face, Page, Paper, Style};

const TYPEWRITER: Style = Face::Courier.at(9.0);
const LEADING: f32 = 13.0;

pub(super) fn sample(name: &'static str) -> Sample {
    let draft = Draft::new(KONKAN, "4471", (2026, 9, 15), items());
    let draft = Draft { rounded: true, ..draft };
    let mut page = Page::new(A4);
    let mut y = 60.0;
    for line in lines(&draft) {
        page.text(55.0, y, TYPEWRITER, &line);
        y += LEADING;
    }
    let paper = Paper::new("PRN2PDF 1.04", vec![page]);
    draft.sample(name, "Courier, whole lines padded with spaces, round-off, total as 48,380/-.", paper.finish())
}

fn lines(draft: &Draft) -> Vec<String> {
    let rule = "-".repeat(88);
    let mut lines = vec![
        format!("{:^88}", draft.seller_name),
        format!("{:^88}", format!("{}, {}", KONKAN.street, KONKAN.city)),
        format!("{:^88}", format!("GSTIN : {}", draft.seller.gstin())),
        rule.clone(),
        format!("{:<58}{}", "TAX INVOICE", "ORIGINAL"),
        format!(
            "{:<58}{}",
            format!("Bill No.  : {}", draft.number),
            format!("Date : {}", draft.date.format("%d/%m/%Y"))
        ),
        format!("Buyer     : {}", draft.buyer_name),
        format!("            {}, {}", BUYER.street, BUYER.city),
        format!("GSTIN     : {}", draft.buyer_gstin),
        format!("Place of Supply : {}", draft.place_of_supply),
        rule.clone(),
        format!(
            "{:<4}{:<30}{:<9}{:>8} {:<5}{:>10}{:>7}{:>15}",
            "Sl", "Item", "HSN", "Qty", "Unit", "Rate", "GST%", "Amount"
        ),
        rule.clone(),
    ];
    lines.extend(draft.items.iter().enumerate().map(|(at, item)| row(at + 1, item)));
    lines.push(rule.clone());
    lines.extend(totals(draft));
    lines.push(rule);
    lines.push("Goods once sold will not be taken back.".into());
    lines.push(format!("{:>88}", "For Konkan Hardware Mart"));
    lines
}

fn row(number: usize, item: &Item) -> String {
    format!(
        "{number:<4}{:<30}{:<9}{:>8} {:<5}{:>10}{:>7}{:>15}",
        item.description,
        item.hsn,
        item.quantity.to_string(),
        item.unit,
        indian(item.rate),
        item.tax_rate_text(),
        indian(item.amount()),
    )
}

fn totals(draft: &Draft) -> Vec<String> {
    [
        ("Sub Total", indian(draft.subtotal())),
        ("IGST 18%", indian(draft.tax())),
        ("Round Off", indian(draft.round_off())),
        ("GRAND TOTAL  Rs.", stroke(draft.total())),
    ]
    .into_iter()
    .map(|(label, amount)| format!("{label:>68}{amount:>20}"))
    .collect()
}

fn items() -> Vec<Item> {
    vec![
        item(["Door hinge SS 4 in", "8302", "240", "nos", "46.50", "18"]),
        item(["Tower bolt 8 in, brass", "8302", "72", "nos", "118.00", "18"]),
        item(["Wood screw 8 x 35", "7318", "36", "box", "92.25", "18"]),
        item(["Mortice lock set", "8301", "18", "set", "684.00", "18"]),
        item(["Drawer channel 18 in", "8302", "30", "pair", "205.00", "18"]),
    ]
}
