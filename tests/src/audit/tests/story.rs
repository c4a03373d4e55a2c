//! A history that is as it must be, told record by record.

use crate::audit::{Evidence, Position, Published};
use contract::history::EventKind;
use contract::{
    Bill, Class, Command, CommandKind, Coordinates, Cost, Headers, HistoryEvent, InvoiceId, Posted, Stage, State,
    Status, Topics,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use stream::read::Record;

/// On one partition, where every key is at its place.
pub(super) fn told() -> Evidence {
    let mut teller = Teller::default();
    let a = teller.submit("A");
    let a = teller.forward("A", &a, Stage::FetchExtract);
    let a = teller.forward("A", &a, Stage::LlmStructure);
    teller.post("A", &a);
    let b = teller.submit("B");
    let b = teller.forward("B", &b, Stage::FetchExtract);
    let letter = teller.die("B", 1, &b);
    let b = teller.replay("B", &letter);
    teller.die("B", 2, &b);
    let c = teller.submit("C");
    teller.die("C", 1, &c);
    teller.erase("C");
    teller.evidence()
}

#[derive(Default)]
struct Teller {
    published: Vec<Published>,
    records: Vec<Record>,
    events: Vec<HistoryEvent>,
    statuses: BTreeMap<InvoiceId, Vec<Status>>,
    letters: Vec<Record>,
    posted: Vec<Record>,
    bills: Vec<Value>,
}

impl Teller {
    fn submit(&mut self, id: &str) -> Coordinates {
        let value = json!({"pdf_url": format!("https://h.example/{id}.pdf"), "invoice_id": id});
        self.publish(id, &value)
    }

    fn forward(&mut self, id: &str, from: &Coordinates, stage: Stage) -> Coordinates {
        self.event(id, EventKind::Forwarded, stage, 1, from);
        let next = stage.next().unwrap();
        self.status(id, next, State::Running, 1);
        let value = json!({"input of": id, "for": next});
        self.append(&topics().main(next), id, &value, Headers { run: Some(1), attempt: Some(1), ..Headers::default() })
    }

    fn post(&mut self, id: &str, from: &Coordinates) {
        self.event(id, EventKind::Forwarded, Stage::PostToZoho, 1, from);
        self.status(id, Stage::PostToZoho, State::Posted, 1);
        let bill = bill();
        self.statuses.get_mut(&id.parse().unwrap()).unwrap().last_mut().unwrap().bill = Some(bill.clone());
        let value = serde_json::to_value(Posted { invoice_id: id.parse().unwrap(), bill, cost: Cost::default() });
        let headers = Headers { run: Some(1), attempt: Some(1), ..Headers::default() };
        self.posted.push(record(topics().posted(), 0, id, &value.unwrap(), headers));
        self.bills.push(json!({
            "reference_number": id, "bill_id": "1", "bill_number": "N1", "vendor": {"contact_id": "7"},
            "times_created": 1
        }));
    }

    fn die(&mut self, id: &str, run: u32, from: &Coordinates) -> Coordinates {
        self.event(id, EventKind::DeadLettered, Stage::LlmStructure, run, from);
        self.status(id, Stage::LlmStructure, State::Dead, run);
        let input: Value = self.records.iter().find(|record| record.coordinates() == *from).map(value_of).unwrap();
        let error = json!({
            "stage": "llm-structure", "code": "llm.bad_request", "class": "permanent", "message": "", "run": run,
            "attempts": 1
        });
        let headers = Headers {
            run: Some(run),
            origin: Some(from.clone()),
            error_class: Some(Class::Permanent),
            ..Headers::default()
        };
        let offset = self.letters.len() as i64;
        let letter = json!({"error": error, "input": input});
        self.letters.push(record(topics().dead_letter(Stage::LlmStructure), offset, id, &letter, headers));
        self.letters.last().unwrap().coordinates()
    }

    fn replay(&mut self, id: &str, letter: &Coordinates) -> Coordinates {
        let input = json!({"input of": id, "for": Stage::LlmStructure});
        let command = Command {
            command: CommandKind::Replay {
                stage: Stage::LlmStructure,
                input: serde_json::value::to_raw_value(&input).unwrap(),
            },
            invoice_id: id.parse().unwrap(),
            run: 1,
            dead_letter: Some(letter.clone()),
            actor: "test".to_owned(),
            reason: None,
        };
        let at = self.publish(id, &serde_json::to_value(command).unwrap());
        self.event(id, EventKind::CommandAccepted, Stage::FetchExtract, 2, &at);
        self.status(id, Stage::LlmStructure, State::Running, 2);
        let headers = Headers { run: Some(2), attempt: Some(1), ..Headers::default() };
        self.append(&topics().main(Stage::LlmStructure), id, &input, headers)
    }

    fn erase(&mut self, id: &str) {
        let command = json!({"command": "erase", "invoice_id": id, "run": 1, "actor": "test"});
        let at = self.publish(id, &command);
        self.event(id, EventKind::Erased, Stage::FetchExtract, 1, &at);
        self.status(id, Stage::LlmStructure, State::Erased, 1);
    }

    fn publish(&mut self, id: &str, value: &Value) -> Coordinates {
        let at = self.append(&topics().main(Stage::FetchExtract), id, value, Headers::default());
        self.published.push(Published { at: at.clone(), value: serde_json::to_vec(value).unwrap() });
        at
    }

    fn append(&mut self, topic: &str, id: &str, value: &Value, headers: Headers) -> Coordinates {
        let offset = self.records.iter().filter(|record| record.topic == topic).count() as i64;
        self.records.push(record(topic.to_owned(), offset, id, value, headers));
        self.records.last().unwrap().coordinates()
    }

    fn event(&mut self, id: &str, kind: EventKind, stage: Stage, run: u32, at: &Coordinates) {
        let event = json!({
            "invoice_id": id, "kind": kind, "stage": stage, "run": run, "attempt": 1, "at_ms": 1, "record": at
        });
        self.events.push(serde_json::from_value(event).unwrap());
    }

    fn status(&mut self, id: &str, stage: Stage, state: State, run: u32) {
        let status = json!({
            "run": run, "stage": stage, "state": state, "attempt": 1, "at_ms": 1, "url_hash": "0123456789ab"
        });
        self.statuses.entry(id.parse().unwrap()).or_default().push(serde_json::from_value(status).unwrap());
    }

    fn evidence(self) -> Evidence {
        let topics_read: HashSet<String> = self.records.iter().map(|record| record.topic.clone()).collect();
        let end = |topic: &str| self.records.iter().filter(|record| record.topic == topic).count() as i64;
        let position = |topic: &String| {
            let end = end(topic);
            Position { topic: topic.clone(), partition: 0, committed: Some(end), end }
        };
        Evidence {
            topics: topics(),
            partitions: 1,
            positions: topics_read.iter().map(position).collect(),
            published: self.published,
            records: self.records.iter().map(|record| (record.coordinates(), record.clone())).collect(),
            events: self.events,
            statuses: self.statuses,
            letters: self.letters,
            posted: self.posted,
            bills: self.bills,
            answers: HashMap::from([("A".to_owned(), 1)]),
        }
    }
}

fn topics() -> Topics {
    Topics::new("t")
}

fn bill() -> Bill {
    serde_json::from_value(json!({
        "bill_id": "1", "bill_number": "N1", "vendor_id": "7", "vendor_name": "V", "currency": "INR", "total": "1.00"
    }))
    .unwrap()
}

fn record(topic: String, offset: i64, id: &str, value: &Value, headers: Headers) -> Record {
    Record {
        topic,
        partition: 0,
        offset,
        timestamp_ms: 1,
        key: Some(id.as_bytes().to_vec().into()),
        value: Some(serde_json::to_vec(value).unwrap().into()),
        headers,
    }
}

fn value_of(record: &Record) -> Value {
    serde_json::from_slice(record.value.as_deref().unwrap()).unwrap()
}
