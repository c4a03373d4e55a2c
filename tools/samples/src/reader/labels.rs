//! The words that invoices put before their values, and cutting a line at them.

use std::sync::LazyLock;

use regex::Regex;

use super::values::pattern;

/// What the value after a label is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Number,
    Date,
    Due,
    Place,
    Seller,
    Buyer,
    ShipTo,
    Gstin,
    SellerGstin,
    BuyerGstin,
    Subtotal,
    Cgst,
    Sgst,
    Igst,
    Cess,
    RoundOff,
    GrandTotal,
    Total,
    /// A title, or the label of something that an [`crate::Invoice`] does not have.
    Other,
}

impl Label {
    /// Whether the value is an amount of the foot of the invoice.
    pub(super) fn is_total(self) -> bool {
        use Label::{Cess, Cgst, GrandTotal, Igst, RoundOff, Sgst, Subtotal, Total};
        matches!(self, Subtotal | Cgst | Sgst | Igst | Cess | RoundOff | GrandTotal | Total)
    }
}

/// A stretch of a line: a label and its text, or text without a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment<'t> {
    pub(super) label: Option<Label>,
    /// Without the colon and the like between label and value.
    pub(super) text: &'t str,
    /// Where the segment begins in its line.
    pub(super) start: usize,
}

/// Tried in this order where several fit at one place, so longer labels stand before those they begin with.
const PATTERNS: [(Label, &str); 24] = [
    (Label::SellerGstin, r"(?:seller|supplier|vendor|our)(?:'s)?\s+gst(?:in\b|\s*no\b)"),
    (Label::BuyerGstin, r"(?:buyer|recipient|customer|your|party)(?:'s)?\s+gst(?:in\b|\s*no\b)"),
    (Label::Gstin, r"gstin\s*/\s*uin\b|gstin\b|gst\s+(?:reg(?:istration)?\s+)?no\b"),
    (Label::Other, r"(?:po|order|delivery|challan|dispatch|lr|ack)\s+(?:date|note|no|number)\b|p\.o\.\s*no\b"),
    (Label::Other, r"buyer'?s?\s+order\b|total\s+(?:tax|gst|qty|quantity)\b|original\s+for\s+recipient\b"),
    (
        Label::Number,
        r"(?:tax\s+)?invoice\s+(?:no|number|id)\b|invoice\s*#|(?:bill|document)\s+(?:no|number)\b|inv\.?\s*no\b",
    ),
    (Label::Due, r"due\s+(?:date|on|by)\b|payment\s+due(?:\s+(?:on|by))?\b|pay\s+by\b"),
    (Label::Date, r"(?:invoice|bill|inv\.?|issue)\s+date\b|date\s+of\s+(?:issue|invoice)\b|dated\b|date\b"),
    (Label::Place, r"place\s+of\s+supply\b"),
    (Label::ShipTo, r"(?:ship(?:ped)?|deliver(?:ed|y)?)\s+to\b|consignee\b"),
    (Label::Buyer, r"buyer\s*\(bill\s+to\)|(?:bill(?:ed)?|sold|invoiced?)\s+to\b|buyer\b|customer\b|recipient\b|m/s\b"),
    (Label::Seller, r"(?:sold|issued)\s+by\b|seller\b|supplier\b|vendor\b|^from\b"),
    (
        Label::Subtotal,
        r"sub\s*-?\s*total\b|(?:total\s+)?taxable\s+(?:value|amount)\b|total\s+before\s+tax\b|net\s+amount\b",
    ),
    (Label::Cgst, r"(?:total\s+|add:?\s+)?cgst\b"),
    (Label::Sgst, r"(?:total\s+|add:?\s+)?(?:sgst|utgst)(?:\s*/\s*utgst)?\b"),
    (Label::Igst, r"(?:total\s+|add:?\s+)?igst\b"),
    (Label::Cess, r"(?:gst\s+)?(?:compensation\s+)?cess\b"),
    (Label::RoundOff, r"round(?:ed|ing)?\s*-?\s*off\b"),
    (
        Label::GrandTotal,
        r"(?:grand|invoice)\s+total\b|total\s+(?:invoice\s+value|(?:amount\s+)?(?:due|payable)|amount)\b",
    ),
    (Label::GrandTotal, r"amount\s+(?:due|payable)\b|balance\s+due\b|net\s+payable\b"),
    (Label::Total, r"total\b"),
    (Label::Other, r"tax\s+invoice\b|bill\s+of\s+supply\b|credit\s+note\b|rechnung\b|invoice\b|receipt\b|original\b"),
    (
        Label::Other,
        r"bank\b|ifsc\b|a/c\b|terms\b|declaration\b|notes?\s*:|rupees\b|amount\s+in\s+words\b|e\.\s*&\s*o\b|authori[sz]ed\b",
    ),
    (
        Label::Other,
        r"page\s+[0-9]|continued\b|state\b|address\b|phone\b|vehicle\s+no\b|reverse\s+charge\b|mode\s+of\b|order\s+no\b",
    ),
];

static LABELS: LazyLock<Regex> = LazyLock::new(|| {
    let groups: Vec<_> = PATTERNS.iter().map(|(_, source)| format!("({source})")).collect();
    pattern(&format!(r"(?i)\b(?:{})", groups.join("|")))
});

/// So many spaces part two columns.
const GAP: &str = "   ";

/// What may stand between a label and its value, or before a title.
const BEFORE_VALUE: [char; 7] = [':', '.', '#', ' ', ')', '*', '|'];

/// Cuts a line before every label and at every wide gap; amounts belong to their label across gaps.
pub(super) fn segments(line: &str) -> Vec<Segment<'_>> {
    let mut out = Vec::new();
    let mut unlabelled = 0;
    let mut open: Option<(Label, usize, usize)> = None;
    for groups in LABELS.captures_iter(line) {
        let Some(whole) = groups.get(0) else { continue };
        let Some(kind) = (1..groups.len()).find(|at| groups.get(*at).is_some()) else { continue };
        close(line, open, unlabelled, whole.start(), &mut out);
        open = Some((PATTERNS[kind - 1].0, whole.start(), whole.end()));
        unlabelled = whole.end();
    }
    close(line, open, unlabelled, line.len(), &mut out);
    out
}

/// Ends the stretch that runs up to `end`: that of the open label, or text before any label.
fn close<'t>(
    line: &'t str,
    open: Option<(Label, usize, usize)>,
    unlabelled: usize,
    end: usize,
    out: &mut Vec<Segment<'t>>,
) {
    let (label, start, from) =
        open.map_or((None, unlabelled, unlabelled), |(label, start, from)| (Some(label), start, from));
    let mut text = &line[from..end];
    if let Some(label) = label {
        let (own, rest) = if label.is_total() { (text, "") } else { first_part(text) };
        out.push(Segment { label: Some(label), text: cleaned(own), start });
        text = rest;
    }
    while !cleaned(text).is_empty() {
        let (part, rest) = first_part(text);
        out.push(Segment { label: None, text: cleaned(part), start: from });
        text = rest;
    }
}

/// Up to the first wide gap that has something before it, and what follows.
fn first_part(text: &str) -> (&str, &str) {
    let inset = text.len() - text.trim_start_matches(BEFORE_VALUE).len();
    let end = text[inset..].find(GAP).map_or(text.len(), |gap| inset + gap);
    (&text[..end], &text[end..])
}

fn cleaned(text: &str) -> &str {
    text.trim_start_matches(BEFORE_VALUE).trim_end_matches(['*', '|', ' ', '('])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joined_row_is_cut_at_its_labels() {
        let found = segments("Kaveri Steel Traders Invoice No. K/1 Date : 12/10/2026");
        let found: Vec<_> = found.iter().map(|segment| (segment.label, segment.text)).collect();
        let wanted = [(None, "Kaveri Steel Traders"), (Some(Label::Number), "K/1"), (Some(Label::Date), "12/10/2026")];
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_longer_label_wins_over_the_one_it_contains() {
        for (line, label) in [
            ("Due Date", Label::Due),
            ("PO Date", Label::Other),
            ("Customer GSTIN", Label::BuyerGstin),
            ("Total Taxable Value", Label::Subtotal),
            ("Total IGST", Label::Igst),
            ("Invoice Total", Label::GrandTotal),
            ("Tax Invoice", Label::Other),
        ] {
            let found = segments(line);
            assert_eq!(found.iter().map(|segment| segment.label).collect::<Vec<_>>(), [Some(label)], "{line}");
        }
    }
}
