//! What the demo submits, and how each of it must end.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use local::http;
use samples::Invoice;
use serde::Deserialize;

/// Enough to open the breaker several times over, and few enough to be through in seconds afterwards.
const BURST: u32 = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Bill,
    /// A dead letter, to be repaired or to be looked at.
    DeadLetter,
    /// Nothing of its own: the invoice was submitted before.
    Duplicate,
}

#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) url: String,
    pub(crate) expected: Expected,
    /// What the bill must say.
    pub(crate) truth: Option<Invoice>,
}

#[derive(Debug)]
pub(crate) struct Plan {
    /// Submitted first: all samples, one of them twice, and two links that lead nowhere.
    pub(crate) samples: Vec<Submission>,
    /// Submitted while the language model is overloaded.
    pub(crate) burst: Vec<Submission>,
}

/// One entry of the sandbox's `GET /pdf`.
#[derive(Deserialize)]
struct Listed {
    name: String,
    url: String,
}

impl Plan {
    pub(crate) fn read(sandbox: &str) -> Result<Self> {
        // On brokers that outlive the run, an earlier run's invoices must not make this run's duplicates.
        let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let listed: Vec<Listed> = serde_json::from_value(http::get_json(&format!("{sandbox}/pdf"))?)?;
        let mut samples = listed.iter().map(|sample| sample.submission(run)).collect::<Result<Vec<_>>>()?;
        let first = samples.iter().find(|sample| sample.expected == Expected::Bill);
        let again = first.context("the sandbox lists no good sample")?.url.clone();
        samples.push(Submission { url: again, expected: Expected::Duplicate, truth: None });
        for name in ["gone", "not-a-pdf"] {
            let url = format!("{sandbox}/pdf/{name}.pdf?demo={run}");
            samples.push(Submission { url, expected: Expected::DeadLetter, truth: None });
        }
        let burst = (1..=BURST).map(|n| Submission {
            url: format!("{sandbox}/pdf/numbered/{n}.pdf?demo={run}"),
            expected: Expected::Bill,
            truth: Some(samples::numbered(n).truth),
        });
        Ok(Self { samples, burst: burst.collect() })
    }
}

impl Listed {
    fn submission(&self, run: u128) -> Result<Submission> {
        let Some(sample) = samples::find(&self.name) else { bail!("unknown sample {}", self.name) };
        let expected = match sample.expectation {
            samples::Expectation::Bill => Expected::Bill,
            samples::Expectation::Review | samples::Expectation::NoText => Expected::DeadLetter,
        };
        Ok(Submission { url: format!("{}?demo={run}", self.url), expected, truth: Some(sample.truth) })
    }
}
