//! The sandbox as a process, and its control plane.

use local::{Launch, Process, http, layout};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// A running sandbox.
#[derive(Debug)]
pub struct Sandbox {
    _process: Process,
    url: String,
}

impl Sandbox {
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(run: &Path, args: &[&str]) -> Self {
        let launch = Launch {
            name: "sandbox".to_owned(),
            program: layout::binary("sandbox").expect("the sandbox is built"),
            args: ["--port", "0"].iter().chain(args).map(Into::into).collect(),
            env: Vec::new(),
            log: run.join("sandbox.log"),
        };
        let mut process = Process::start(&launch).expect("the sandbox starts");
        let url = process.line("listening on ", Duration::from_secs(30)).expect("the sandbox listens");
        Self { _process: process, url }
    }

    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of a sample.
    #[must_use]
    pub fn pdf(&self, name: &str) -> String {
        format!("{}/pdf/{name}.pdf", self.url)
    }

    /// Scripts a fault and returns its id.
    ///
    /// # Panics
    /// When the sandbox does not take it.
    pub fn fault(&self, fault: &Value) -> u64 {
        let answer = http::post_json(&format!("{}/_sandbox/faults", self.url), fault).expect("the fault is taken");
        answer["id"].as_u64().unwrap_or_else(|| panic!("the fault {fault} was refused: {answer}"))
    }

    /// What the sandbox says of one fault: how many calls it hit, in which ways, how many it holds.
    ///
    /// # Panics
    /// When there is none of that id.
    #[must_use]
    pub fn fault_view(&self, id: u64) -> Value {
        let faults = self.read("faults");
        let found = faults.as_array().and_then(|faults| faults.iter().find(|fault| fault["id"] == id));
        found.unwrap_or_else(|| panic!("no fault {id} among {faults}")).clone()
    }

    /// Ends one fault; what it held goes on.
    ///
    /// # Panics
    /// When the sandbox does not answer.
    pub fn clear_fault(&self, id: u64) {
        http::delete(&format!("{}/_sandbox/faults/{id}", self.url)).expect("faults can be cleared");
    }

    /// # Panics
    /// When the sandbox does not answer.
    pub fn clear_faults(&self) {
        http::delete(&format!("{}/_sandbox/faults", self.url)).expect("faults can be cleared");
    }

    /// Every bill as Zoho holds it.
    ///
    /// # Panics
    /// When the sandbox does not answer.
    #[must_use]
    pub fn bills(&self) -> Vec<Value> {
        self.rows("bills")
    }

    /// Every contact as Zoho holds it.
    ///
    /// # Panics
    /// When the sandbox does not answer.
    #[must_use]
    pub fn contacts(&self) -> Vec<Value> {
        self.rows("contacts")
    }

    /// Enters a bill by hand, as in Zoho's own pages, and returns it.
    ///
    /// # Panics
    /// When Zoho would refuse it.
    #[must_use]
    pub fn enter_bill(&self, bill: &Value) -> Value {
        http::post_json(&format!("{}/_sandbox/bills", self.url), bill).expect("the bill is taken")
    }

    /// Changes a bill by hand.
    ///
    /// # Panics
    /// When Zoho would refuse it.
    pub fn change_bill(&self, id: &str, fields: &Value) {
        http::post_json(&format!("{}/_sandbox/bills/{id}", self.url), fields).expect("the change is taken");
    }

    /// Deletes a bill by hand.
    ///
    /// # Panics
    /// When there is none.
    pub fn delete_bill(&self, id: &str) {
        let answer = http::delete(&format!("{}/_sandbox/bills/{id}", self.url)).expect("the sandbox answers");
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// What was called how often.
    ///
    /// # Panics
    /// When the sandbox does not answer.
    #[must_use]
    pub fn calls(&self) -> Value {
        self.read("calls")
    }

    /// Of each invoice, how many answers of the language model were completed.
    #[must_use]
    pub fn llm_answers(&self) -> u64 {
        self.calls()["endpoints"]["llm"]["ok"].as_u64().unwrap_or(0)
    }

    fn rows(&self, of: &str) -> Vec<Value> {
        let found = self.read(of);
        found.as_array().unwrap_or_else(|| panic!("not a list of {of}: {found}")).clone()
    }

    fn read(&self, what: &str) -> Value {
        http::get_json(&format!("{}/_sandbox/{what}", self.url)).expect("the sandbox answers")
    }
}
