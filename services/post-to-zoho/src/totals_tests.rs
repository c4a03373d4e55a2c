//! Whatever an invoice adds up to, Zoho makes a bill of just that total of our body. Zoho's arithmetic is the sandbox's.

use crate::amounts;
use crate::bill::{self, Ids};
use crate::cess::{self, Part};
use crate::charge::{self, Booked};
use crate::reconcile::{self, BillRow};
use crate::reference::Account;
use crate::reverse_charge;
use crate::tax::{self, LineTax, Supply, Tax, paise};
use crate::wire::Id;
use crate::{fixture, resource::Resource};
use contract::{DocumentType, Invoice, InvoiceId, Line};
use proptest::collection::vec;
use proptest::prelude::*;
use rust_decimal::Decimal;
use sandbox::ledger::{Ledger, ListLag, Moment};
use serde_json::{Map, Value, json};
use std::time::Instant;

const PURCHASES: &str = "460000000000000411";
const ASSETS: &str = "460000000000000441";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taxed {
    Within,
    Across,
    Not,
    Reversed,
}

/// An invoice as programs print it: taxes per line or of the sum, the total rounded or not.
#[derive(Debug, Clone)]
struct Printed {
    lines: Vec<(i64, u32, Option<u32>)>,
    taxed: Taxed,
    per_line: bool,
    rounded: bool,
    discount: i64,
    cess: Option<Decimal>,
    charged: (i64, i64),
    is_credit: bool,
}

fn printed() -> impl Strategy<Value = Printed> {
    let rate = prop::sample::select(vec![0_u32, 5, 12, 18, 28, 40]);
    let line = (1_i64..50_000_000, rate, prop::option::of(2_u32..500));
    let taxed = prop::sample::select(vec![Taxed::Within, Taxed::Across, Taxed::Not, Taxed::Reversed]);
    let cess = prop::option::of((0_i64..1_000_000).prop_map(|paise| Decimal::new(paise, 2)));
    let charged = (0_i64..100_000, 0_i64..100_000);
    (vec(line, 1..8), taxed, any::<(bool, bool, bool)>(), 0_i64..100, cess, charged).prop_map(
        |(lines, taxed, (per_line, rounded, is_credit), discount, cess, charged)| Printed {
            lines,
            taxed,
            per_line,
            rounded,
            discount,
            cess,
            charged,
            is_credit,
        },
    )
}

impl Printed {
    fn invoice(&self) -> Invoice {
        let zero = Decimal::ZERO;
        let lines: Vec<Line> =
            self.lines.iter().map(|(amount, rate, quantity)| self.line(*amount, *rate, *quantity)).collect();
        let mut invoice = Invoice { lines, cgst: zero, sgst: zero, ..fixture::invoice() };
        if self.is_credit {
            invoice.document_type = DocumentType::CreditNote;
        }
        invoice.discount = Decimal::new(self.discount.min(self.lines.iter().map(|line| line.0).sum()), 2);
        let net = amounts::net(&invoice);
        invoice.subtotal = net.iter().sum();
        let half = |of: Decimal| self.tax(&net, of);
        match self.taxed {
            Taxed::Within => (invoice.cgst, invoice.sgst) = (half(Decimal::new(5, 1)), half(Decimal::new(5, 1))),
            Taxed::Across => {
                invoice.igst = half(Decimal::ONE);
                invoice.place_of_supply = Some("Kerala".to_owned());
            }
            Taxed::Reversed => invoice.reverse_charge = Some(true),
            Taxed::Not => invoice.other_tax = Decimal::new(self.charged.0, 2),
        }
        if matches!(self.taxed, Taxed::Within | Taxed::Across) {
            invoice.cess = self.cess.unwrap_or_else(|| self.cess_of_cars(&net));
            invoice.tcs = Decimal::new(self.charged.1, 2);
        }
        let sum = invoice.subtotal + invoice.tax() + invoice.tcs;
        invoice.total = if self.rounded { sum.round() } else { sum };
        invoice.round_off = invoice.total - sum;
        invoice
    }

    fn line(&self, amount: i64, rate: u32, quantity: Option<u32>) -> Line {
        let amount = Decimal::new(amount, 2);
        // Under reverse charge each line has a rate that is owed.
        let rate = if self.taxed == Taxed::Reversed && rate == 0 { 18 } else { rate };
        let rate = (self.taxed != Taxed::Not).then(|| Decimal::from(rate));
        let line = Line { amount, tax_rate: rate, quantity: None, rate: None, ..fixture::line("x", "1", "1", "1") };
        match quantity.map(Decimal::from) {
            Some(quantity) => Line { quantity: Some(quantity), rate: Some((amount / quantity).round_dp(2)), ..line },
            None => line,
        }
    }

    /// The tax at this part of each line's rate.
    fn tax(&self, net: &[Decimal], part: Decimal) -> Decimal {
        let of_line = |((_, rate, _), amount): (&(i64, u32, Option<u32>), &Decimal)| {
            *amount * Decimal::from(*rate) * part / Decimal::ONE_HUNDRED
        };
        let taxes = self.lines.iter().zip(net).map(of_line);
        if self.per_line { taxes.map(paise).sum() } else { paise(taxes.sum()) }
    }

    /// Twelve percent on what bears 28 % of GST.
    fn cess_of_cars(&self, net: &[Decimal]) -> Decimal {
        let cars = self.lines.iter().zip(net).filter(|((_, rate, _), _)| *rate == 28);
        cars.map(|(_, amount)| paise(*amount * Decimal::new(12, 2))).sum()
    }
}

fn moment() -> Moment {
    let wall = chrono::DateTime::parse_from_rfc3339("2025-11-03T12:00:00+05:30").unwrap();
    Moment { now: Instant::now(), wall, lag: ListLag::default() }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}

/// What the stage reads from Zoho before it posts.
fn ids(ledger: &mut Ledger, invoice: &Invoice) -> Ids {
    let contact = json!({"contact_name": "Vindhya Paper Mart", "contact_type": "vendor"});
    let contact = ledger.create_contact(&object(contact), moment()).unwrap();
    let taxes: Vec<Tax> = serde_json::from_value(ledger.taxes()).unwrap();
    let gst = match reverse_charge::supply(invoice).unwrap() {
        Some(supply) => tax::assign_reversed(&taxes, invoice, supply, None).unwrap(),
        None => tax::assign(&taxes, invoice, None).unwrap(),
    };
    let with_cess = with_cess(ledger, invoice, &taxes, &gst);
    let has_cess = with_cess.is_some();
    let charged =
        charge::charged(invoice).into_iter().filter(|(charge, _)| *charge != charge::Charge::Cess || !has_cess);
    let account = Account { id: Id::new(PURCHASES), rule: "default".to_owned() };
    Ids {
        vendor: Id::new(contact["contact_id"].as_str().unwrap()),
        currency: Id::new("460000000000000097"),
        accounts: vec![account; invoice.lines.len()],
        taxes: with_cess.unwrap_or(gst),
        charges: charged.map(|(charge, amount)| Booked { charge, amount, account: Id::new(ASSETS) }).collect(),
        tax_rule: None,
        round_off: None,
    }
}

fn with_cess(
    ledger: &Ledger,
    invoice: &Invoice,
    taxes: &[Tax],
    gst: &[Option<LineTax>],
) -> Option<Vec<Option<LineTax>>> {
    let made = |candidate: &cess::Candidate| {
        let group = ledger.tax_group(candidate.group.as_str()).unwrap();
        let parts: Vec<Part> = serde_json::from_value(group["taxes"].clone()).unwrap();
        candidate.applied(taxes, &parts, Supply::of(invoice), gst)
    };
    let candidates = cess::candidates(taxes, invoice, &amounts::net(invoice), gst);
    let mut made = candidates.iter().filter_map(made);
    made.next().filter(|_| made.next().is_none())
}

/// Posts the invoice, and returns what Zoho answers and what it holds.
fn posted(invoice: &Invoice) -> (BillRow, Value) {
    let mut ledger = Ledger::new(&sandbox::Settings::for_tests());
    let ids = ids(&mut ledger, invoice);
    let id: InvoiceId = "inv-42".parse().unwrap();
    let body =
        bill::of(&id, invoice, &ids, None, false).unwrap_or_else(|error| panic!("{error}: {:?}", error.evidence));
    let body = object(serde_json::from_str(&serde_json::to_string(&body).unwrap()).unwrap());
    let (made, held) = if Resource::of(invoice).is_bill() {
        (ledger.create_bill(body, moment()).unwrap(), ledger.audit())
    } else {
        (ledger.create_credit(body, true, moment()).unwrap(), ledger.audit_credits())
    };
    (serde_json::from_str(&made.to_string()).unwrap(), held[0].clone())
}

proptest! {
    #[test]
    fn zoho_makes_the_printed_total_of_every_consistent_invoice_to_the_paisa(printed in printed()) {
        let invoice = printed.invoice();
        let (row, held) = posted(&invoice);
        let total: Decimal = held["total"].as_str().unwrap().parse().unwrap();
        prop_assert_eq!(total, invoice.total);
        let accepted = reconcile::accept(&row, &invoice);
        prop_assert!(accepted.is_ok(), "{:?}", accepted);
    }
}

#[test]
fn cess_goes_by_the_group_that_makes_it_and_is_told_from_gst_of_the_same_rate() {
    let cars = Printed {
        lines: vec![(10_000_000, 28, None), (100_000, 40, None)],
        taxed: Taxed::Across,
        per_line: true,
        rounded: false,
        discount: 0,
        cess: None,
        charged: (0, 0),
        is_credit: false,
    };
    let (_, held) = posted(&cars.invoice());
    let taxes: Vec<&str> =
        held["taxes"].as_array().unwrap().iter().map(|tax| tax["tax_name"].as_str().unwrap()).collect();
    assert_eq!(taxes, ["IGST28", "Cess12", "IGST40"]);
    assert_eq!(held["line_items"].as_array().unwrap().len(), 2);
    let by_quantity = Printed { cess: Some(Decimal::from(77)), taxed: Taxed::Within, ..cars };
    let (_, held) = posted(&by_quantity.invoice());
    assert_eq!(held["line_items"][2]["description"], "GST compensation cess");
}
