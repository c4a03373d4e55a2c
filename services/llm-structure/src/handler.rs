//! The stage: ask, read, judge, ask a stronger model if need be, and hand on the invoice, or all that a person needs to decide about it.

use crate::answer::{self, Unreadable};
use crate::check::Company;
use crate::finding::{Finding, Severity};
use crate::judge::{Judgement, Source, judge};
use crate::model::{Answer, Choice, Material, Model, sum};
use chrono::{NaiveDate, Utc};
use contract::{Class, Cost, Extracted, Stage, Structured, Warning, code};
use documents::Documents;
use engine::{Handler, StageError, Work};
use runtime::Settings;
use runtime::settings::{CreditNotes, Llm};

pub use crate::model::SetupError;

/// The `llm-structure` stage.
#[derive(Debug)]
pub struct LlmStructure {
    model: Model,
    documents: Documents,
    company: Company,
    today: fn() -> NaiveDate,
}

impl From<&Settings> for Company {
    fn from(settings: &Settings) -> Self {
        let books_credit_notes = settings.zoho.credit_notes == CreditNotes::VendorCredit;
        Self::new(settings.company.gstins(), settings.company.names()).booking_credit_notes(books_credit_notes)
    }
}

impl LlmStructure {
    /// # Errors
    /// When the API key cannot be sent or the HTTP client cannot be built.
    pub fn new(settings: &Llm, company: Company, documents: Documents) -> Result<Self, SetupError> {
        Self::at(settings, company, documents, || Utc::now().date_naive())
    }

    /// As [`LlmStructure::new`], with a calendar of the caller's choice.
    ///
    /// # Errors
    /// As [`LlmStructure::new`].
    pub fn at(
        settings: &Llm,
        company: Company,
        documents: Documents,
        today: fn() -> NaiveDate,
    ) -> Result<Self, SetupError> {
        Ok(Self { model: Model::new(settings)?, documents, company, today })
    }

    /// Shows what it counts.
    ///
    /// # Errors
    /// When the registry has these metrics already.
    pub fn register(&self, registry: &instruments::Registry) -> instruments::Result<()> {
        self.model.register(registry)
    }

    async fn run(&self, work: Work<Extracted>) -> Result<Structured, StageError> {
        let document = &work.input.document;
        let pdf;
        let material = if work.input.scan {
            pdf = self.documents.pdf(&document.sha256).await?;
            Material::Scan { pdf: &pdf, pages: document.pages }
        } else {
            Material::Text(&work.input.text)
        };
        let first = self.ask(self.model.first(), &work, &material).await;
        let (Err(error), Some(stronger)) = (&first, self.model.stronger()) else { return first };
        if !deserves_another_reading(error) {
            return first;
        }
        let paid = error.cost.clone().unwrap_or_default();
        let again = self.ask(stronger, &work, &material).await;
        again.map(|structured| with_cost_of(&paid, structured)).map_err(|error| with_cost_before(&paid, error))
    }

    /// Has one model read the invoice, and judges what it says.
    async fn ask(
        &self,
        model: &Choice,
        work: &Work<Extracted>,
        material: &Material<'_>,
    ) -> Result<Structured, StageError> {
        let answer = self.model.ask(model, work, material).await?;
        let structured = conclude(&work.input, &answer, &self.company, (self.today)());
        structured.map_err(|error| error.with_cost(answer.cost))
    }
}

impl Handler for LlmStructure {
    const STAGE: Stage = Stage::LlmStructure;
    const PAYS: bool = true;
    type Input = Extracted;
    type Output = Structured;

    async fn handle(&self, work: Work<Extracted>) -> Result<Structured, StageError> {
        let invoice_id = work.invoice_id.clone();
        self.run(work).await.inspect_err(|error| {
            tracing::debug!(invoice.id = %invoice_id, error.code = %error.code, "{}", error.message);
        })
    }
}

/// Whether a better reader could come to another end: not where the text or its nature is what holds the invoice.
fn deserves_another_reading(error: &StageError) -> bool {
    let is_of_the_text = error.code == code::CHECK_INSTRUCTIONS || error.code == code::CHECK_SCAN;
    matches!(error.class, Class::Review | Class::Permanent) && error.cost.is_some() && !is_of_the_text
}

fn with_cost_of(paid: &Cost, structured: Structured) -> Structured {
    Structured { cost: sum(paid, &structured.cost), ..structured }
}

fn with_cost_before(paid: &Cost, error: StageError) -> StageError {
    let cost = error.cost.as_ref().map_or_else(|| paid.clone(), |last| sum(paid, last));
    error.with_cost(cost)
}

fn conclude(
    input: &Extracted,
    answer: &Answer,
    company: &Company,
    today: NaiveDate,
) -> Result<Structured, Box<StageError>> {
    let printed = answer::read(&answer.text).map_err(|unreadable| not_read(&unreadable, &answer.text))?;
    let source = if input.scan { Source::Scan } else { Source::Text(&input.text) };
    let Judgement { invoice, findings, evidence } = judge(&printed, source, company, today);
    let held = hold(&findings);
    let Some(invoice) = invoice else {
        return Err(Box::new(held.unwrap_or_else(no_invoice).with_candidate(&printed)));
    };
    let warnings = findings.into_iter().filter(|finding| finding.severity == Severity::Warning);
    let structured = Structured {
        invoice_id: input.invoice_id.clone(),
        document: input.document.clone(),
        evidence,
        invoice,
        warnings: warnings.map(Warning::from).collect(),
        cost: answer.cost.clone(),
        decision: None,
    };
    match held {
        None => Ok(structured),
        // What the next stage would have got: to approve it is to replay it there.
        Some(error) => Err(Box::new(error.with_candidate(&structured))),
    }
}

/// The error that the first finding of severity error calls for, with all findings as its evidence.
fn hold(findings: &[Finding]) -> Option<StageError> {
    let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let first = errors.next()?;
    let more = match errors.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let class = if first.code == code::LLM_WRONG_SHAPE { Class::Permanent } else { Class::Review };
    let message = format!("{}: {}{more}", first.field, first.message);
    Some(StageError::new(first.code.clone(), class, message).with_evidence(&findings))
}

fn not_read(unreadable: &Unreadable, text: &str) -> Box<StageError> {
    let code = match unreadable {
        Unreadable::NotJson { .. } => code::LLM_NOT_JSON,
        Unreadable::WrongShape { .. } => code::LLM_WRONG_SHAPE,
    };
    Box::new(StageError::permanent(code, unreadable.to_string()).with_candidate(&text))
}

fn no_invoice() -> StageError {
    StageError::permanent(code::LLM_WRONG_SHAPE, "the model's answer holds no invoice")
}
