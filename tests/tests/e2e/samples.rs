use contract::State;
use samples::Expectation;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use testkit::world::{Setup, World};

/// A decimal as text, without trailing zeros.
fn plain(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// All GST that is printed, as text.
fn printed_tax(truth: &samples::Invoice) -> String {
    let paise = |text: &String| {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        whole.parse::<i64>().unwrap_or(0) * 100 + format!("{part:0<2}").parse::<i64>().unwrap_or(0)
    };
    let sum: i64 = [&truth.cgst, &truth.sgst, &truth.igst, &truth.cess].into_iter().map(paise).sum();
    plain(&format!("{}.{:02}", sum / 100, sum % 100))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sample_ends_as_expected_and_each_bill_says_what_its_pdf_says() {
    let world = World::start(&Setup::default());
    let publisher = world.publisher();
    let mut ids = HashMap::new();
    for sample in samples::all() {
        let id = world.submit(&publisher, world.sandbox.pdf(sample.name), None).await;
        ids.insert(id, sample);
    }
    let ended = world.wait_ended(&ids.keys().cloned().collect::<HashSet<_>>(), Duration::from_secs(60)).await;
    let bills = world.sandbox.bills();
    for (id, sample) in &ids {
        let status = &ended[id];
        let found: Vec<_> = bills.iter().filter(|bill| bill["reference_number"] == id.as_str()).collect();
        match sample.expectation {
            Expectation::Bill => {
                assert_eq!(status.state, State::Posted, "{}: {:?}", sample.name, status.code);
                assert_eq!(found.len(), 1, "{}", sample.name);
                let (bill, truth) = (found[0], &sample.truth);
                let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                // The vendor is found by its GSTIN; one invoice prints the name in capitals.
                let vendor = text(&bill["vendor"]["name"]);
                assert!(vendor.eq_ignore_ascii_case(&truth.vendor_name), "{}: {vendor}", sample.name);
                assert_eq!(text(&bill["vendor"]["gst_no"]), truth.vendor_gstin, "{}", sample.name);
                assert_eq!(text(&bill["bill_number"]), truth.invoice_number, "{}", sample.name);
                assert_eq!(text(&bill["date"]), truth.invoice_date, "{}", sample.name);
                assert_eq!(plain(&text(&bill["sub_total"])), plain(&truth.subtotal), "{}", sample.name);
                assert_eq!(plain(&text(&bill["tax_total"])), printed_tax(truth), "{}", sample.name);
                assert_eq!(plain(&text(&bill["total"])), plain(&truth.total), "{}", sample.name);
                let lines = bill["line_items"].as_array().map_or(0, Vec::len);
                assert_eq!(lines, truth.lines.len(), "{}", sample.name);
            }
            Expectation::Review | Expectation::NoText => {
                assert_eq!(status.state, State::Review, "{}", sample.name);
                assert!(found.is_empty(), "{}", sample.name);
            }
        }
    }
}
