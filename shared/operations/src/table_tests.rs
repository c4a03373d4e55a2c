use super::*;
use crate::{Particulars, Summary};
use contract::{HistoryEvent, Status};

fn written<R: Row>(rows: &[R], form: Form) -> String {
    let mut table = Table::begin::<R>(Vec::new(), form).unwrap();
    rows.iter().for_each(|row| table.write(row).unwrap());
    String::from_utf8(table.close().unwrap()).unwrap()
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
    total: &'static str,
}

impl Row for Named {
    const COLUMNS: &'static [&'static str] = &["name", "total"];

    fn cells(&self) -> Vec<String> {
        vec![self.name.to_owned(), self.total.to_owned()]
    }
}

#[test]
fn no_cell_is_a_formula_and_numbers_stay_numbers() {
    let formulas = [
        "=HYPERLINK(\"http://x\")",
        "+cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "-inf",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\u{ff1d}1",
    ];
    for name in formulas {
        assert_eq!(inert(name), format!("'{name}"));
    }
    for cell in ["-118.00", "+5", "Acme = Co", "", "a-b"] {
        assert_eq!(inert(cell), cell);
    }
}

#[test]
fn rows_are_a_table_with_a_header_or_lines_of_json() {
    let rows = [Named { name: "A, \"B\"\nC", total: "-1.50" }, Named { name: "=1", total: "2" }];
    assert_eq!(written(&rows, Form::Csv), "name,total\n\"A, \"\"B\"\"\nC\",-1.50\n'=1,2\n");
    let json = written(&rows, Form::JsonLines);
    assert_eq!(json.lines().count(), 2);
    assert!(json.ends_with("{\"name\":\"=1\",\"total\":\"2\"}\n"), "{json}");
    assert_eq!(written::<Named>(&[], Form::Csv), "name,total\n", "nothing is a table, too");
}

#[test]
fn a_table_that_goes_on_has_its_header_once() {
    let mut table = Table::go_on(Vec::new(), Form::Csv);
    table.write(&Named { name: "b", total: "2" }).unwrap();
    assert_eq!(table.close().unwrap(), b"b,2\n");
}

#[test]
fn an_event_is_a_row_of_who_when_and_why() {
    let text = r#"{"invoice_id":"A-1","kind":"command_accepted","stage":"fetch-extract","run":2,"attempt":1,"at_ms":7,
        "actor":"asha","reason":"=cmd","record":{"topic":"t","partition":0,"offset":7}}"#;
    let event: HistoryEvent = serde_json::from_str(text).unwrap();
    let row = "1970-01-01T00:00:00.007Z,A-1,command_accepted,fetch-extract,2,1,,,,asha,'=cmd,,t:0:7";
    assert_eq!(written(&[event], Form::Csv).lines().nth(1), Some(row));
}

#[test]
fn a_dead_letter_is_a_row() {
    let text = r#"{"invoice_id":"A-1","stage":"llm-structure","code":"llm.timeout","class":"transient","run":1,
        "attempts":5,"message":"m","at_ms":0,"record":{"topic":"t","partition":0,"offset":7},"vendor":"@Acme","total":"-5.0",
        "replayable":true,"open":true}"#;
    let letter: Summary = serde_json::from_str(text).unwrap();
    let row = "1970-01-01T00:00:00.000Z,A-1,llm-structure,llm.timeout,transient,1,5,'@Acme,,,-5.0,m,true,true,t:0:7";
    assert_eq!(written(&[letter], Form::Csv).lines().nth(1), Some(row));
}

#[test]
fn an_invoice_is_a_row_with_its_bill_or_with_what_it_prints() {
    let text = r#"{"run":1,"stage":"post-to-zoho","state":"posted","attempt":1,"at_ms":0,"url_hash":"00",
        "bill":{"bill_id":"9","bill_number":"A-1","vendor_id":"7","vendor_name":"Acme","currency":"INR",
        "total":"-118.00"}}"#;
    let status: Status = serde_json::from_str(text).unwrap();
    let invoice_id = "A-1".parse().unwrap();
    let row = |bill, particulars: &Particulars| {
        let invoice = Invoice {
            invoice_id: &invoice_id,
            state: status.state,
            stage: status.stage,
            run: status.run,
            attempt: status.attempt,
            at_ms: status.at_ms,
            due_ms: None,
            error_code: None,
            bill,
            particulars,
            cost_usd: None,
            model: None,
            first_seen_ms: Some(1),
        };
        assert_eq!(invoice.cells().len(), Invoice::COLUMNS.len());
        invoice.cells()[8..].join(",")
    };
    let printed = Particulars { vendor: Some("ACME".to_owned()), ..Particulars::default() };
    assert_eq!(row(None, &printed), ",,,ACME,,,,,,1970-01-01T00:00:00.001Z");
    let bill = status.bill.as_ref();
    let posted = row(bill, &printed.with_bill(bill));
    assert_eq!(posted, "bill,9,false,Acme,A-1,INR,-118.00,,,1970-01-01T00:00:00.001Z");
}
