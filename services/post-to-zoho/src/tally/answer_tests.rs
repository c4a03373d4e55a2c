use super::*;
use contract::Code;

fn counts(created: u64, altered: u64, exceptions: u64, line_error: &str) -> String {
    let error = if line_error.is_empty() { String::new() } else { format!("<LINEERROR>{line_error}</LINEERROR>") };
    format!(
        "<RESPONSE>\r\n {error}<CREATED>{created}</CREATED>\r\n <ALTERED>{altered}</ALTERED>\r\n <DELETED>0</DELETED>\r\n \
         <LASTVCHID>42</LASTVCHID><LASTMID>0</LASTMID><COMBINED>0</COMBINED><IGNORED>0</IGNORED><ERRORS>0</ERRORS>\
         <CANCELLED>0</CANCELLED><EXCEPTIONS>{exceptions}</EXCEPTIONS></RESPONSE>"
    )
}

#[derive(Debug, PartialEq)]
enum Effect {
    None,
    Unknown,
}

fn failed(answer: &str) -> (Effect, Code, Class) {
    match imported(answer).unwrap_err() {
        CallError::Refused(error) => (Effect::None, error.code, error.class),
        CallError::Unknown(error) => (Effect::Unknown, error.code, error.class),
    }
}

#[test]
fn an_import_is_done_when_tally_counts_it_in_either_envelope() {
    let expected = Imported { created: 1, altered: 0, last_voucher: Some("42".to_owned()) };
    assert_eq!(imported(&counts(1, 0, 0, "")).unwrap(), expected);
    let inner = counts(1, 0, 0, "").replace("RESPONSE", "IMPORTRESULT");
    let envelope = format!("<ENVELOPE><HEADER><STATUS>1</STATUS></HEADER><BODY><DATA>{inner}</DATA></BODY></ENVELOPE>");
    assert_eq!(imported(&envelope).unwrap(), expected);
    assert_eq!(imported(&counts(0, 1, 0, "")).unwrap().altered, 1);
    assert_eq!(imported(&counts(0, 0, 0, "")).unwrap().created, 0);
}

#[test]
fn what_tally_says_is_wrong_has_its_code_class_and_effect() {
    use Class::{Permanent, Transient, Unavailable};
    let table = [
        ("Ledger &apos;Input CGST&apos; does not exist!", code::TALLY_SETUP, Permanent),
        ("Could not set &apos;SVCurrentCompany&apos; to &apos;Acme&apos;", code::TALLY_COMPANY, Unavailable),
        (
            "Voucher date is missing. Verify the data, resolve any errors, and retry Split.",
            code::TALLY_DATE_REFUSED,
            Transient,
        ),
        ("Date cannot be below the Financial Year beginning date", code::TALLY_DATE_REFUSED, Transient),
        ("Voucher totals do not match! Dr: 1180.00 Dr Cr: 1179.00 Cr Diff: 1.00 Dr", code::TALLY_REFUSED, Permanent),
    ];
    for (said, code, class) in table {
        assert_eq!(failed(&counts(0, 0, 1, said)), (Effect::None, code.clone(), class), "{said}");
        assert_eq!(failed(&counts(1, 0, 1, said)), (Effect::Unknown, code, Transient), "{said}");
    }
    assert_eq!(failed(&counts(0, 0, 1, "")), (Effect::None, code::TALLY_REFUSED, Permanent));
    let bare = "<ENVELOPE><BODY><DATA><LINEERROR>Ledger 'x' does not exist!</LINEERROR></DATA></BODY></ENVELOPE>";
    assert_eq!(failed(bare), (Effect::None, code::TALLY_SETUP, Permanent));
}

#[test]
fn what_is_not_tallys_is_never_a_success_and_leaves_everything_open() {
    let cut = &counts(1, 0, 0, "")[..80];
    let running = "<RESPONSE>TallyPrime Server is Running</RESPONSE>";
    for garbage in
        ["", "TallyPrime Server is Running", running, "<html><body/></html>", "<RESPONSE/>", "{}", cut, "<A>", "</A>"]
    {
        assert_eq!(failed(garbage), (Effect::Unknown, code::TALLY_BAD_RESPONSE, Class::Transient), "{garbage}");
        assert!(objects(garbage, "VOUCHER").is_err(), "{garbage}");
    }
}

#[test]
fn what_tally_wrote_stands_in_the_evidence_and_not_in_the_message() {
    let CallError::Refused(error) = imported(&counts(0, 0, 1, "Ledger &apos;Asha&apos; does not exist!")).unwrap_err()
    else {
        panic!("nothing was made")
    };
    assert!(!error.message.contains("Asha"));
    assert!(error.evidence.unwrap().get().contains("Ledger 'Asha' does not exist!"));
}

#[test]
fn the_objects_of_a_collection_are_read_whatever_surrounds_them() {
    let answer = "\u{feff}<ENVELOPE><HEADER><VERSION>1</VERSION><STATUS>1</STATUS></HEADER><BODY><DESC><CMPINFO><LEDGER>2</LEDGER>\
        </CMPINFO></DESC><DATA><COLLECTION ISMSTDEPTYPE=\"Yes\">\
        <LEDGER NAME=\"A &amp; B\" RESERVEDNAME=\"\"><PARENT TYPE=\"String\">&#4; Sundry &amp; Co</PARENT>\
        <LEDGSTREGDETAILS.LIST><GSTIN>29AAKCV4827Q1ZB</GSTIN><PARENT>inner</PARENT></LEDGSTREGDETAILS.LIST></LEDGER>\
        <LEDGER NAME=\"C\"/><LEDGER><NAME>D</NAME></LEDGER></COLLECTION></DATA></BODY></ENVELOPE>";
    let found = objects(answer, "LEDGER").unwrap();
    let ledgers: Vec<&Object> = found.iter().filter(|object| !object.name.is_empty()).collect();
    let names: Vec<&str> = ledgers.iter().map(|object| object.name.as_str()).collect();
    assert_eq!(names, ["A & B", "C", "D"]);
    assert_eq!((ledgers[0].get("PARENT"), ledgers[0].get("GSTIN")), (Some("Sundry & Co"), Some("29AAKCV4827Q1ZB")));
}

#[test]
fn an_empty_collection_is_no_error_and_a_refused_one_is() {
    let empty = "<ENVELOPE><HEADER><VERSION>1</VERSION><STATUS>1</STATUS></HEADER><BODY><DATA><COLLECTION/></DATA></BODY></ENVELOPE>";
    assert_eq!(objects(empty, "VOUCHER").unwrap(), []);
    let refused = "<ENVELOPE><HEADER><STATUS>0</STATUS></HEADER><BODY><DATA><LINEERROR>Could not set 'SVCurrentCompany' to 'A'\
        </LINEERROR></DATA></BODY></ENVELOPE>";
    let CallError::Refused(error) = objects(refused, "VOUCHER").unwrap_err() else { panic!("nothing was made") };
    assert_eq!(error.code, code::TALLY_COMPANY);
}
