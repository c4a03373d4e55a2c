//! The head and the foot of an invoice: labelled values, wherever they stand.

use std::sync::LazyLock;

use regex::Regex;

use super::labels::{Label, Segment, segments};
use super::names;
use super::totals::Totals;
use super::values::{self, Found, pattern};

/// A value may stand so many lines below its label.
const REACH: usize = 4;

static PERCENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"([0-9]+(?:\.[0-9]+)?)\s*%"));
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[0-9]{2}\s*-\s*)?[A-Za-z][A-Za-z &]*(?:\(\s*[0-9]{2}\s*\))?"));

/// What was found; "" where nothing was.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// The seller's name from a label such as `Supplier:`.
    pub(super) seller_label: String,
    /// The first text of the page that has no label.
    pub(super) top: String,
    pub(super) buyer: String,
    pub(super) seller_gstin: String,
    pub(super) buyer_gstin: String,
    pub(super) number: String,
    pub(super) date: String,
    pub(super) due: String,
    pub(super) place: String,
    pub(super) totals: Totals,
}

pub(super) fn scan(lines: &[&str]) -> Fields {
    let mut scan = Scan { found: Fields::default(), waiting: Vec::new(), parties: vec![Label::Seller] };
    for (at, line) in lines.iter().enumerate() {
        scan.waiting.retain(|(_, since)| at - since <= REACH);
        scan.line(at, line);
    }
    scan.found
}

#[derive(Debug)]
struct Scan {
    found: Fields,
    /// Labels that had no value beside them, with their line.
    waiting: Vec<(Label, usize)>,
    /// Whose block this is; of blocks side by side, from left to right.
    parties: Vec<Label>,
}

impl Scan {
    fn line(&mut self, at: usize, line: &str) {
        let segments = segments(line);
        self.enter_blocks(&segments);
        self.assign_gstins(line, &segments);
        let alone = segments.len() == 1;
        for segment in &segments {
            match segment.label {
                Some(label) => self.labelled(label, segment.text, at, alone),
                None => self.unlabelled(segment.text),
            }
        }
    }

    /// A party's label opens its block. Text left of the label still belongs to the block before.
    fn enter_blocks(&mut self, segments: &[Segment<'_>]) {
        let is_party = |label: &Label| matches!(label, Label::Seller | Label::Buyer | Label::ShipTo);
        let opened: Vec<_> = segments.iter().filter_map(|segment| segment.label).filter(is_party).collect();
        if opened.is_empty() {
            return;
        }
        let beside = segments.first().is_some_and(|first| first.label.is_none());
        let kept = if beside { self.parties.first().copied() } else { None };
        self.parties = kept.into_iter().chain(opened).collect();
    }

    /// By its own label if that names a party, else by the block it stands in.
    fn assign_gstins(&mut self, line: &str, segments: &[Segment<'_>]) {
        for (order, (start, gstin)) in values::gstins(line).enumerate() {
            let label = segments.iter().rev().find(|segment| segment.start <= start).and_then(|segment| segment.label);
            let block = self.parties[order.min(self.parties.len() - 1)];
            let slot = match (label, block) {
                (Some(Label::SellerGstin), _) => &mut self.found.seller_gstin,
                (Some(Label::BuyerGstin), _) | (_, Label::Buyer) => &mut self.found.buyer_gstin,
                (_, Label::Seller) => &mut self.found.seller_gstin,
                _ => continue,
            };
            keep_first(slot, gstin.into());
        }
    }

    fn labelled(&mut self, label: Label, text: &str, at: usize, alone: bool) {
        if label.is_total() {
            if let Some(amount) = values::last_amount(text) {
                self.found.totals.put(label, rate(text), amount);
            } else if alone {
                self.waiting.push((label, at));
            }
        } else if text.is_empty() {
            self.waiting.push((label, at));
        } else {
            self.take(label, text);
        }
    }

    /// Text without a label is the value of those that wait, in their order; before all, it is the letterhead.
    fn unlabelled(&mut self, text: &str) {
        let mut rest = text;
        for (label, since) in std::mem::take(&mut self.waiting) {
            match self.take(label, rest) {
                Some(left) => rest = left,
                None => self.waiting.push((label, since)),
            }
        }
        if rest == text && self.parties == [Label::Seller] && text.chars().any(char::is_alphabetic) {
            keep_first(&mut self.found.top, text.into());
        }
    }

    /// Reads the label's value from the front of the text and returns what follows it.
    fn take<'t>(&mut self, label: Label, text: &'t str) -> Option<&'t str> {
        if text.is_empty() {
            return None;
        }
        let (slot, (value, rest)) = match label {
            Label::Number => (&mut self.found.number, values::number(text)?),
            Label::Date => (&mut self.found.date, values::date(text)?),
            Label::Due => (&mut self.found.due, values::date(text)?),
            Label::Place => (&mut self.found.place, place(text)?),
            Label::Seller => (&mut self.found.seller_label, name(text)),
            Label::Buyer => (&mut self.found.buyer, name(text)),
            Label::ShipTo => return Some(name(text).1),
            _ if label.is_total() => {
                let (amount, rest) = values::amount(text)?;
                self.found.totals.put(label, String::new(), amount);
                return Some(rest);
            }
            _ => return None,
        };
        keep_first(slot, value);
        Some(rest.trim_start())
    }
}

fn keep_first(slot: &mut String, value: String) {
    if slot.is_empty() {
        *slot = value;
    }
}

fn name(text: &str) -> Found<'_> {
    let (name, rest) = names::split(text);
    (name.to_owned(), rest)
}

fn place(text: &str) -> Option<Found<'_>> {
    let found = PLACE.find(text)?;
    Some((found.as_str().trim().to_owned(), &text[found.end()..]))
}

/// The percentage in `@ 9% 810.00`, or "".
fn rate(text: &str) -> String {
    PERCENT.captures(text).map(|groups| groups[1].to_owned()).unwrap_or_default()
}
