//! What happens to an answer that is wrong: every sample's right answer, spoiled in the ways in which models and scanners
//! err, must be held. `make corruptions` prints the table.

#![allow(clippy::unwrap_used, reason = "tests")]

use chrono::{Months, NaiveDate};
use llm_structure::{Company, Judgement, Printed, Source, judge};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use samples::{Expectation, Invoice, Sample};
use serde_json::Value;
use std::collections::BTreeMap;

/// Of each kind and sample; kinds that a sample has no use for are left out.
const EACH: u32 = 30;
const SEED: u64 = 20_261_123;

/// How an answer was spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Digit,
    LineDigit,
    Rupee,
    GstinLetter,
    Month,
    LineDropped,
    VendorReplaced,
    DueForIssued,
    OrderForNumber,
    SubtotalForTotal,
    BuyerForVendor,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Digit,
        Self::LineDigit,
        Self::Rupee,
        Self::GstinLetter,
        Self::Month,
        Self::LineDropped,
        Self::VendorReplaced,
        Self::DueForIssued,
        Self::OrderForNumber,
        Self::SubtotalForTotal,
        Self::BuyerForVendor,
    ];

    /// A value that is printed on the invoice, but as something else.
    const fn is_confusion(self) -> bool {
        matches!(self, Self::DueForIssued | Self::OrderForNumber | Self::SubtotalForTotal | Self::BuyerForVendor)
    }

    /// Spoils the invoice, if it has what this needs.
    fn spoil(self, invoice: &mut Invoice, text: &str, rng: &mut StdRng) -> bool {
        match self {
            Self::Digit => spoil_one(&mut key_values(invoice), rng, swap_digit),
            Self::LineDigit => {
                let lines = invoice.lines.iter_mut();
                let mut values: Vec<&mut String> =
                    lines.flat_map(|line| [&mut line.quantity, &mut line.rate, &mut line.amount]).collect();
                spoil_one(&mut values, rng, swap_digit)
            }
            Self::Rupee => spoil_one(&mut [&mut invoice.total], rng, |total, rng| {
                let paise: i64 = total.replace('.', "").parse().unwrap();
                let off = paise + if rng.random_bool(0.5) { 100 } else { -100 };
                *total = format!("{}.{:02}", off / 100, off % 100);
            }),
            Self::GstinLetter => {
                spoil_one(&mut [&mut invoice.vendor_gstin, &mut invoice.buyer_gstin], rng, |gstin, rng| {
                    let at = rng.random_range(0..gstin.len());
                    let other = other_than(gstin.as_bytes()[at], b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", rng);
                    gstin.replace_range(at..=at, &char::from(other).to_string());
                })
            }
            Self::Month => spoil_one(&mut [&mut invoice.invoice_date, &mut invoice.due_date], rng, |date, rng| {
                let right: NaiveDate = date.parse().unwrap();
                let wrong = if rng.random_bool(0.5) { right + Months::new(1) } else { right - Months::new(1) };
                *date = wrong.to_string();
            }),
            Self::LineDropped => {
                let at = rng.random_range(0..invoice.lines.len());
                invoice.lines.remove(at);
                true
            }
            Self::VendorReplaced => {
                let others = [
                    "Sunrise Traders",
                    "Acme Supplies Pvt Ltd",
                    "Blue Ocean Exports LLP",
                    "Northwind GmbH",
                    "Lotus Polymers",
                ];
                (*others.choose(rng).unwrap()).clone_into(&mut invoice.vendor_name);
                if rng.random_bool(0.5) {
                    invoice.vendor_gstin.clear();
                }
                true
            }
            Self::DueForIssued => {
                let differs = !invoice.due_date.is_empty() && invoice.due_date != invoice.invoice_date;
                invoice.invoice_date.clone_from(&invoice.due_date);
                differs
            }
            Self::OrderForNumber => order_number(text).is_some_and(|order| {
                let differs = order != invoice.invoice_number;
                invoice.invoice_number = order;
                differs
            }),
            Self::SubtotalForTotal => {
                let differs = invoice.subtotal != invoice.total;
                invoice.total.clone_from(&invoice.subtotal);
                differs
            }
            Self::BuyerForVendor => {
                std::mem::swap(&mut invoice.vendor_name, &mut invoice.buyer_name);
                std::mem::swap(&mut invoice.vendor_gstin, &mut invoice.buyer_gstin);
                !invoice.vendor_name.is_empty()
            }
        }
    }
}

/// What a bill is made of, lines aside.
fn key_values(invoice: &mut Invoice) -> Vec<&mut String> {
    let Invoice { invoice_number, invoice_date, due_date, subtotal, cgst, sgst, igst, total, vendor_gstin, .. } =
        invoice;
    vec![invoice_number, invoice_date, due_date, subtotal, cgst, sgst, igst, total, vendor_gstin]
}

fn spoil_one(values: &mut [&mut String], rng: &mut StdRng, spoil: impl FnOnce(&mut String, &mut StdRng)) -> bool {
    let mut printed: Vec<&mut &mut String> =
        values.iter_mut().filter(|value| value.bytes().any(|byte| byte.is_ascii_digit())).collect();
    if printed.is_empty() {
        return false;
    }
    let at = rng.random_range(0..printed.len());
    let before = printed[at].clone();
    spoil(printed[at], rng);
    // A date may not be one any more, and 0.50 with another zero is still 0.50: only a real change counts.
    **printed[at] != before
}

fn swap_digit(value: &mut String, rng: &mut StdRng) {
    let digits: Vec<usize> =
        value.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()).map(|(at, _)| at).collect();
    let at = *digits.choose(rng).unwrap();
    let other = other_than(value.as_bytes()[at], b"0123456789", rng);
    value.replace_range(at..=at, &char::from(other).to_string());
}

fn other_than(this: u8, all: &[u8], rng: &mut StdRng) -> u8 {
    let others: Vec<u8> = all.iter().copied().filter(|other| *other != this).collect();
    *others.choose(rng).unwrap()
}

/// The order's number, as the text has it behind its label.
fn order_number(text: &str) -> Option<String> {
    let labels = ["PO No:", "PO No.", "PO Number", "Order No.", "Order No:", "P.O. No"];
    let behind = labels.iter().find_map(|label| text.split_once(label)).map(|(_, rest)| rest)?;
    let number = behind.trim_start_matches([' ', ':', '.']).split([' ', ',', '\n']).next()?;
    number.bytes().any(|byte| byte.is_ascii_digit()).then(|| number.to_owned())
}

fn text_of(sample: &Sample) -> String {
    fetch_extract::extract::in_this_process(sample.pdf.clone(), &Default::default()).unwrap().text()
}

fn judged(invoice: &Invoice, text: &str, company: &Company) -> Judgement {
    let printed: Printed = serde_json::from_str(&serde_json::to_string(invoice).unwrap()).unwrap();
    judge(&printed, Source::Text(text), company, NaiveDate::from_ymd_opt(2026, 11, 22).unwrap())
}

/// The settings of the company that the samples are addressed to.
fn company(samples: &[Sample]) -> Company {
    let buyers = samples.iter().map(|sample| &sample.truth);
    Company::new(buyers.clone().map(|truth| truth.buyer_gstin.as_str()), buyers.map(|truth| truth.buyer_name.as_str()))
}

#[test]
fn a_spoiled_answer_is_held_and_a_right_one_passes() {
    let samples: Vec<Sample> =
        samples::all().into_iter().filter(|sample| sample.expectation == Expectation::Bill).collect();
    let company = company(&samples);
    let mut rng = StdRng::seed_from_u64(SEED);
    let (mut table, mut passed) = (BTreeMap::<Kind, (u32, u32)>::new(), Vec::new());
    for sample in &samples {
        let text = text_of(sample);
        let right = judged(&sample.truth, &text, &company);
        assert_eq!(right.error(), None, "the right answer for {}", sample.name);
        let mut of_sample = 0;
        for kind in Kind::ALL {
            for _ in 0..EACH {
                let mut spoiled = sample.truth.clone();
                if !kind.spoil(&mut spoiled, &text, &mut rng) {
                    continue;
                }
                let held = judged(&spoiled, &text, &company).error().is_some();
                let (tried, caught) = table.entry(kind).or_default();
                (*tried, *caught) = (*tried + 1, *caught + u32::from(held));
                of_sample += 1;
                if !held {
                    passed.push(format!("{} {kind:?}: {}", sample.name, differences(&sample.truth, &spoiled)));
                }
            }
        }
        assert!(of_sample >= 200, "{} was spoiled {of_sample} times only", sample.name);
    }
    for (kind, (tried, held)) in &table {
        println!(
            "{:17} {tried:5} tried, {held:5} held, {:6.2} %",
            format!("{kind:?}"),
            f64::from(*held) * 100.0 / f64::from(*tried)
        );
    }
    for line in &passed {
        println!("passed: {line}");
    }
    let share = |is_confusion: bool| {
        let of = table.iter().filter(|(kind, _)| kind.is_confusion() == is_confusion).map(|(_, counts)| counts);
        let (tried, held) = of.fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
        f64::from(held) / f64::from(tried)
    };
    println!(
        "{} samples: {:.2} % of the misread and {:.2} % of the confused held, no right answer held",
        samples.len(),
        share(false) * 100.0,
        share(true) * 100.0
    );
    assert!(share(false) >= 0.99 && share(true) >= 0.95);
}

/// What differs, a line's figures with its number.
fn differences(right: &Invoice, wrong: &Invoice) -> String {
    let value = |invoice: &Invoice| serde_json::to_value(invoice).unwrap();
    let mut found = Vec::new();
    collect("", &value(right), &value(wrong), &mut found);
    found.join(", ")
}

fn collect(path: &str, right: &Value, wrong: &Value, found: &mut Vec<String>) {
    match (right, wrong) {
        (Value::Object(right), Value::Object(wrong)) => {
            right.iter().for_each(|(name, value)| collect(&format!("{path}.{name}"), value, &wrong[name], found));
        }
        (Value::Array(right), Value::Array(wrong)) if right.len() == wrong.len() => {
            let pairs = right.iter().zip(wrong).enumerate();
            pairs.for_each(|(index, (right, wrong))| collect(&format!("{path}[{index}]"), right, wrong, found));
        }
        _ if right != wrong => found.push(format!("{path} {right} as {wrong}")),
        _ => {}
    }
}
