//! The same bytes under two ids, and PDFs that come as files.

use contract::{InvoiceId, Stage, State};
use std::time::Duration;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pdf_at_another_link_waits_for_a_person_before_anything_is_paid_for_it() {
    let world = World::start(&Setup::default());
    let publisher = world.publisher();
    let link = world.sandbox.pdf("numbered/21");
    let first = world.submit(&publisher, link.clone(), Some("FIRST")).await;
    world.wait_ended(&[first].into(), SOON).await;
    let second = world.submit(&publisher, format!("{link}?forwarded"), Some("SECOND")).await;
    let ended = world.wait_ended(&[second.clone()].into(), SOON).await;
    let code = ended[&second].code.as_ref().map(contract::Code::as_str);
    assert_eq!((ended[&second].state, code), (State::Review, Some("fetch.same_document")));
    assert_eq!(world.sandbox.llm_answers(), 1);

    // Without the word of a person it is held again; with it, it goes on, and it is Zoho that has the bill already.
    for (run, flags, stage) in [(2, &[][..], Stage::FetchExtract), (3, &["--accept-same-document"], Stage::PostToZoho)]
    {
        let replay = [&["dlq", "replay", "--id", "SECOND", "--reason", "looked"], flags].concat();
        let replayed = world.invoicectl(&replay);
        assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
        let again = |status: &contract::Status| status.run == run && status.state.is_terminal();
        let ended = world.wait_status(&[second.clone()].into(), SOON, again).await;
        assert_eq!((ended[&second].stage, ended[&second].state), (stage, State::Review), "run {run}");
    }
    assert_eq!((world.sandbox.llm_answers(), world.sandbox.bills().len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdf_file_becomes_a_bill_and_the_same_file_again_gets_the_first_result() {
    let world = World::start(&Setup::default());
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("april.pdf"), folder.path().join("april (1).pdf"));
    for path in [&file, &copy] {
        std::fs::write(path, samples::numbered(22).pdf).unwrap();
    }
    let submit = |path: &std::path::Path| {
        let done = world.invoicectl(&["submit", path.to_str().unwrap(), "--wait"]);
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        assert!(said.contains("store:"), "{said}");
        said.split_whitespace().next().unwrap().parse::<InvoiceId>().unwrap()
    };
    assert_eq!(submit(&file), submit(&copy));
    assert_eq!((world.sandbox.llm_answers(), world.sandbox.bills().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_is_read_by_the_model_and_a_bill_once_a_person_has_approved_it() {
    let env = vec![("INVOICES__FETCH__SCANS", "show_model".to_owned())];
    let world = World::start(&Setup { env, ..Setup::default() });
    let scan = samples::all().into_iter().find(|sample| sample.expectation == samples::Expectation::NoText).unwrap();
    let id = world.submit(&world.publisher(), world.sandbox.pdf(scan.name), Some("SCAN")).await;
    let ended = world.wait_ended(&[id.clone()].into(), SOON).await;
    let code = ended[&id].code.as_ref().map(contract::Code::as_str);
    assert_eq!((ended[&id].state, code), (State::Review, Some("check.scan")));
    let letters = world.dead_letters().await;
    let letter: contract::DeadLetter = serde_json::from_slice(letters[0].value.as_deref().unwrap()).unwrap();
    let candidate: contract::Structured = serde_json::from_str(letter.candidate.unwrap().get()).unwrap();
    assert_eq!(candidate.invoice.total.to_string(), scan.truth.total);

    let approved = world.invoicectl(&["dlq", "approve", "SCAN", "--reason", "compared with the scan"]);
    assert!(approved.status.success(), "{}", String::from_utf8_lossy(&approved.stderr));
    let posted = |status: &contract::Status| status.run == 2 && status.state == State::Posted;
    world.wait_status(&[id].into(), SOON, posted).await;
    assert_eq!((world.sandbox.llm_answers(), world.sandbox.bills().len()), (1, 1), "asked once");
}
