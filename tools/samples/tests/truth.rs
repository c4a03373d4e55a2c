//! The samples keep their promises: exact figures, readable text, the same bytes every time.

mod rows;

use rust_decimal::Decimal;
use samples::{Expectation, Invoice, Sample, all, find, gstin, numbered, reader};

fn extracted(sample: &Sample) -> String {
    pdf_extract::extract_text_from_mem(&sample.pdf).expect("the extractor reads every sample")
}

fn readable() -> Vec<Sample> {
    let named = all().into_iter().filter(|sample| sample.expectation != Expectation::NoText);
    named.chain((0..200).map(numbered)).collect()
}

#[test]
fn the_reader_finds_the_truth_in_the_extracted_text() {
    for sample in readable() {
        let text = extracted(&sample);
        assert_eq!(reader::read(&text), sample.truth, "{}\n{text}", sample.name);
    }
}

#[test]
fn the_reader_finds_the_truth_in_rows_joined_across_the_page() {
    for sample in readable() {
        for gap in [" ", "      "] {
            let text = rows::joined(&sample.pdf, gap);
            assert_eq!(reader::read(&text), sample.truth, "{}\n{text}", sample.name);
        }
    }
}

#[test]
fn the_reader_survives_text_that_is_torn_or_absurd() {
    let huge = "7".repeat(29);
    let text = extracted(&find("narmada-foods-mixed-rates").expect("a known sample"));
    let texts =
        [text.replace("12,960.00", &huge), text.replace('5', "₹"), text.replace(' ', "\n"), text.replace('\n', " ")];
    for text in texts {
        for (end, _) in text.char_indices() {
            let torn = reader::read(&text[..end]);
            assert!(torn.lines.len() <= 6, "{torn:?}");
        }
    }
    for text in [format!("IGST @ 5% {huge}\nIGST @ 18% {huge}"), "\u{0}\u{feff}Total".into(), "Date: 99/99/99".into()] {
        assert_eq!(reader::read(&text).invoice_date, "");
    }
}

#[test]
fn a_scan_has_no_text() {
    let scans: Vec<_> = all().into_iter().filter(|sample| sample.expectation == Expectation::NoText).collect();
    assert!(!scans.is_empty());
    for sample in scans {
        assert_eq!(extracted(&sample).trim(), "", "{}", sample.name);
    }
}

#[test]
fn every_total_adds_up_except_those_for_review() {
    for sample in all().into_iter().chain((0..2000).map(numbered)) {
        let adds_up = contradictions(&sample.truth).is_empty();
        assert_eq!(
            adds_up,
            sample.expectation != Expectation::Review,
            "{}: {:?}",
            sample.name,
            contradictions(&sample.truth)
        );
    }
}

#[test]
fn every_tax_number_is_valid() {
    for sample in readable() {
        for number in [&sample.truth.vendor_gstin, &sample.truth.buyer_gstin] {
            assert!(number.is_empty() || gstin::is_valid(number), "{}: {number}", sample.name);
        }
    }
}

#[test]
fn the_same_sample_is_the_same_bytes() {
    for (one, other) in all().iter().zip(all()) {
        assert_eq!(one.pdf, other.pdf, "{}", one.name);
        assert_eq!(find(one.name).map(|found| found.pdf), Some(other.pdf));
    }
    assert_eq!(numbered(7).pdf, numbered(7).pdf);
}

#[test]
fn numbered_samples_all_differ() {
    let samples: Vec<_> = (0..2000).map(numbered).collect();
    let numbers: std::collections::HashSet<_> = samples.iter().map(|sample| &sample.truth.invoice_number).collect();
    let files: std::collections::HashSet<_> = samples.iter().map(|sample| &sample.pdf).collect();
    assert_eq!((numbers.len(), files.len()), (2000, 2000));
}

/// What of an invoice's arithmetic does not hold, to the paisa.
fn contradictions(invoice: &Invoice) -> Vec<String> {
    let figure = |text: &str| if text.is_empty() { Decimal::ZERO } else { text.parse().expect("a plain decimal") };
    let mut out = Vec::new();
    let mut check = |what: &str, printed: &str, computed: Decimal| {
        if figure(printed) != computed {
            out.push(format!("{what}: {printed} printed, {computed} computed"));
        }
    };
    let mut subtotal = Decimal::ZERO;
    let mut tax = Decimal::ZERO;
    for line in &invoice.lines {
        check(&line.description, &line.amount, figure(&line.quantity) * figure(&line.rate));
        subtotal += figure(&line.amount);
        tax += figure(&line.amount) * figure(&line.tax_rate) / Decimal::ONE_HUNDRED;
    }
    check("subtotal", &invoice.subtotal, subtotal);
    if invoice.cgst.is_empty() {
        check("igst", &invoice.igst, tax);
    } else {
        check("cgst", &invoice.cgst, tax / Decimal::TWO);
        check("sgst", &invoice.sgst, tax / Decimal::TWO);
    }
    check("total", &invoice.total, subtotal + tax + figure(&invoice.round_off));
    out
}
