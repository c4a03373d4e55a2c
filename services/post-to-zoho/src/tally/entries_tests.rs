use super::*;
use crate::fixture;
use crate::tally::tests::settings;
use contract::{Class, DocumentType};
use proptest::prelude::*;

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn chart(change: impl FnOnce(&mut Tally)) -> Chart {
    let mut settings = settings();
    change(&mut settings);
    Chart::new(&settings)
}

fn debits(chart: &Chart, invoice: &Invoice) -> Vec<(String, String)> {
    let entries = chart.entries(invoice, None).unwrap();
    entries.debits.into_iter().map(|entry| (entry.ledger, format!("{:.2}", entry.debit))).collect()
}

fn said(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(ledger, debit)| ((*ledger).to_owned(), (*debit).to_owned())).collect()
}

#[test]
fn the_printed_taxes_are_booked_and_lines_by_rule() {
    let chart = chart(|settings| {
        settings.account_rules = vec![runtime::settings::AccountRule {
            vendor: None,
            hsn: None,
            keyword: Some("delivery".to_owned()),
            account: "Freight".to_owned(),
        }];
    });
    let expected = [("Purchase", "750.00"), ("Freight", "250.00"), ("Input CGST", "90.00"), ("Input SGST", "90.00")];
    assert_eq!(debits(&chart, &fixture::invoice()), said(&expected));
    let booked_by = chart.entries(&fixture::invoice(), None).unwrap().booked_by;
    assert_eq!(booked_by.into_iter().collect::<Vec<_>>(), ["default", "keyword delivery"]);
}

#[test]
fn a_ledger_with_a_rate_in_its_name_gets_the_tax_of_that_rate() {
    let chart = chart(|settings| {
        settings.cgst_ledger = "CGST {rate}%".to_owned();
        settings.sgst_ledger = "SGST {rate}%".to_owned();
        settings.igst_ledger = "IGST {rate}%".to_owned();
    });
    let mut invoice = fixture::invoice();
    invoice.lines[1].tax_rate = Some(amount("5"));
    (invoice.cgst, invoice.sgst, invoice.total) = (amount("73.75"), amount("73.75"), amount("1147.50"));
    let expected = [
        ("Purchase", "1000.00"),
        ("CGST 2.5%", "6.25"),
        ("CGST 9%", "67.50"),
        ("SGST 2.5%", "6.25"),
        ("SGST 9%", "67.50"),
    ];
    assert_eq!(debits(&chart, &invoice), said(&expected));
    invoice.lines.iter_mut().for_each(|line| line.tax_rate = None);
    assert_eq!(chart.entries(&invoice, None).unwrap_err().code, code::TALLY_UNSUPPORTED);
    (invoice.igst, invoice.cgst, invoice.sgst) = (amount("180"), amount("0"), amount("0"));
    invoice.total = amount("1180");
    assert_eq!(debits(&chart, &invoice), said(&[("Purchase", "1000.00"), ("IGST 18%", "180.00")]));
}

#[test]
fn what_the_amounts_do_not_make_is_shown_to_a_person() {
    let wrong_total = Invoice { total: amount("1200"), ..fixture::invoice() };
    let wrong_lines = Invoice { subtotal: amount("900"), ..fixture::invoice() };
    for invoice in [wrong_total, wrong_lines] {
        let error = chart(|_| {}).entries(&invoice, None).unwrap_err();
        assert_eq!((error.code, error.class), (code::TALLY_TOTAL_DIFFERS, Class::Review));
        assert!(error.evidence.is_some() && error.candidate.is_some());
    }
}

#[test]
fn what_such_a_voucher_cannot_say_is_left_to_a_person() {
    let invoice = fixture::invoice;
    for unsupported in [
        Invoice { currency: "USD".to_owned(), ..invoice() },
        Invoice { document_type: DocumentType::CreditNote, ..invoice() },
        Invoice { reverse_charge: Some(true), ..invoice() },
        Invoice { other_tax: amount("1"), ..invoice() },
        Invoice { total: amount("0"), ..invoice() },
    ] {
        let error = chart(|_| {}).entries(&unsupported, None).unwrap_err();
        assert_eq!((error.code, error.class), (code::TALLY_UNSUPPORTED, Class::Review));
    }
}

#[test]
fn lines_with_tax_are_booked_without_it() {
    let mut invoice = fixture::invoice();
    invoice.lines_with_tax = true;
    invoice.lines[0].amount = amount("885");
    invoice.lines[1].amount = amount("295");
    let expected = [("Purchase", "1000.00"), ("Input CGST", "90.00"), ("Input SGST", "90.00")];
    assert_eq!(debits(&chart(|_| {}), &invoice), said(&expected));
}

fn paise_up_to(limit: i64) -> impl Strategy<Value = Decimal> {
    (0..limit).prop_map(|paise| Decimal::new(paise, 2))
}

prop_compose! {
    fn invoices()(
        lines in prop::collection::vec((1_i64..10_000_000_000, 0_usize..6, any::<bool>()), 1..12),
        discount in paise_up_to(100),
        cess in paise_up_to(10_000),
        tcs in paise_up_to(10_000),
        off in -100_i64..=100,
        across in any::<bool>(),
    ) -> Invoice {
        let rates = ["0", "0.25", "5", "12", "18", "28"];
        let mut invoice = fixture::invoice();
        invoice.lines = lines
            .iter()
            .map(|(paise, rate, is_extra)| {
                let name = if *is_extra { "Delivery" } else { "Paper" };
                let text = Decimal::new(*paise, 2).to_string();
                Line { tax_rate: Some(amount(rates[*rate])), ..fixture::line(name, "1", &text, &text) }
            })
            .collect();
        let sum: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
        let tax: Decimal = invoice.lines.iter().map(|line| line.amount * line.tax_rate.unwrap() / amount("200")).sum();
        invoice.discount = discount.min(sum);
        invoice.subtotal = sum - invoice.discount;
        (invoice.cgst, invoice.sgst, invoice.igst) =
            if across { (amount("0"), amount("0"), paise(tax * amount("2"))) } else { (paise(tax), paise(tax), amount("0")) };
        (invoice.cess, invoice.tcs, invoice.round_off) = (cess, tcs, Decimal::new(off, 2));
        invoice.total = invoice.subtotal + invoice.tax() + invoice.tcs + invoice.round_off;
        invoice
    }
}

use contract::Line;

proptest! {
    #[test]
    fn debits_and_credits_of_every_voucher_balance_to_the_paisa(invoice in invoices(), by_rate in any::<bool>()) {
        prop_assume!(invoice.total > Decimal::ZERO);
        let chart = chart(|settings| {
            if by_rate {
                settings.cgst_ledger = "CGST {rate}%".to_owned();
                settings.sgst_ledger = "SGST {rate}%".to_owned();
                settings.igst_ledger = "IGST {rate}%".to_owned();
            }
        });
        match chart.entries(&invoice, None) {
            Ok(entries) => {
                let debits: Decimal = entries.debits.iter().map(|entry| entry.debit).sum();
                prop_assert_eq!(debits, entries.total);
                prop_assert_eq!(entries.total, invoice.total);
                prop_assert!(entries.debits.iter().all(|entry| entry.debit.normalize().scale() <= 2));
            }
            // A discount can take a rate's tax further from the printed one than rounding may.
            Err(error) => prop_assert!(by_rate && error.code == code::TALLY_TOTAL_DIFFERS, "{}", error),
        }
    }

    #[test]
    fn an_arbitrary_sum_is_spread_without_a_rest(paise in -1_000_000_i64..1_000_000, weights in prop::collection::vec(-1_000_i64..1_000, 1..9)) {
        let weights: Vec<Decimal> = weights.into_iter().map(|weight| Decimal::new(weight, 2)).collect();
        let parts = spread(Decimal::new(paise, 2), &weights);
        prop_assert_eq!(parts.iter().sum::<Decimal>(), Decimal::new(paise, 2));
    }
}
