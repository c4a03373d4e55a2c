//! One item that waits for a person: looking at it, checking what they type, and deciding.

use super::frame::{Content, noted, sentence};
use super::invoice::parsed;
use super::{Pages, convert, may};
use crate::auth::{Form, Identity, Role, Visitor};
use crate::desk::{Decided, LetterContents};
use crate::pages::draft::Draft;
use crate::pages::findings::Finding;
use crate::pages::item::{self, Approval, Booking, Item, Vendor};
use crate::pages::layout::{Section, Viewer};
use crate::pages::reading::Reading;
use crate::problem::Problem;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use contract::{InvoiceId, Stage, Structured, decision};
use llm_structure::Held;
use operations::{Action, Answer, Selection};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

type Fields = Vec<(String, String)>;
type Asked = Result<Form<Fields>, Problem>;

pub(super) async fn show(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let shown = async {
        let item = pages.item(&parsed(&id)?).await?;
        Ok(content(&item, &by))
    };
    let shown = shown.await;
    pages.answer(&by, query.as_deref(), shown).await
}

/// Runs the checks on what somebody has typed. A script asks for the findings alone.
pub(super) async fn check(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Asked,
) -> Response {
    let checked = pages.checked(&id, form).await;
    if !headers.contains_key("x-part") {
        return pages.answer(&by, None, checked.map(|item| content(&item, &by))).await;
    }
    match checked {
        Ok(item) => item::checked(item.read.findings.as_deref().unwrap_or_default()).into_response(),
        Err(problem) => problem.into_response(),
    }
}

pub(super) async fn approve(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    Path(id): Path<String>,
    form: Asked,
) -> Response {
    let approved = async {
        let Form { by, fields } = form?;
        may(&by, Role::Operate)?;
        pages.approve(&parsed(&id)?, &fields, &by).await
    };
    match approved.await {
        Ok(Approved::Decided(decided)) => told(&decided, "approved"),
        Ok(Approved::Refused(item)) => {
            let content = content(&item, &by).with_status(StatusCode::UNPROCESSABLE_ENTITY);
            pages.answer(&by, None, Ok(content)).await
        }
        Err(problem) => pages.answer(&by, None, Err(problem)).await,
    }
}

pub(super) async fn replay(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    Path(id): Path<String>,
    form: Asked,
) -> Response {
    let action = |fields: &Fields| {
        let to: Option<Stage> = field(fields, "to").and_then(|stage| stage.parse().ok());
        let accept_same_document = field(fields, "accept_same_document").is_some();
        Action::Replay { to, input: None, patch: None, accept_same_document }
    };
    pages.decide(&id, &by, form, action, "replayed").await
}

pub(super) async fn discard(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    Path(id): Path<String>,
    form: Asked,
) -> Response {
    pages.decide(&id, &by, form, |_| Action::Discard, "discarded").await
}

/// What became of an approval.
enum Approved {
    Decided(Decided),
    /// It cannot be approved so; the page says why, with what was typed.
    Refused(Box<Item>),
}

impl Pages {
    async fn decide(
        &self,
        id: &str,
        by: &Identity,
        form: Asked,
        action: impl FnOnce(&Fields) -> Action,
        note: &str,
    ) -> Response {
        let decided = async {
            let Form { by, fields } = form?;
            may(&by, Role::Operate)?;
            let reason = field(&fields, "reason");
            self.desk.act(&parsed(id)?, &action(&fields), &by.name, reason).await.map_err(Problem::from)
        };
        match decided.await {
            Ok(decided) => told(&decided, note),
            Err(problem) => self.answer(by, None, Err(problem)).await,
        }
    }

    async fn approve(&self, id: &InvoiceId, fields: &Fields, by: &Identity) -> Result<Approved, Problem> {
        let item = self.item(id).await?;
        let refused = |item: Item, why: &str| {
            let reason = field(fields, "reason").unwrap_or_default().to_owned();
            let booking = booking(fields);
            Approved::Refused(Box::new(Item { refused: Some(sentence(why)), reason, booking, ..item }))
        };
        let edited = match self.edited(id, &item, fields).await? {
            Edited::Nothing => None,
            Edited::To(structured) => Some(structured),
            Edited::Unreadable(item) => {
                return Ok(refused(*item, "it cannot go on as long as a field cannot be read"));
            }
        };
        let action = match item.approval {
            Approval::Corrects => {
                let input = self.booked(id, edited, &booking(fields)).await?.as_deref().map(raw).transpose()?;
                Action::Replay { to: None, input, patch: None, accept_same_document: false }
            }
            _ => Action::Approve {
                candidate: edited.as_deref().map(raw).transpose()?,
                vendor_id: field(fields, "vendor_id").map(str::to_owned),
                booking: said(&booking(fields)),
            },
        };
        match self.desk.act(id, &action, &by.name, field(fields, "reason")).await {
            Ok(decided) => Ok(Approved::Decided(decided)),
            Err(crate::desk::Error::Refused(refusal)) => {
                let draft = item.draft.as_ref().map(|_| draft_of(fields));
                Ok(refused(Item { draft, ..item }, &refusal.to_string()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What is posted again, with how somebody wants it booked; `None` if it is posted as it was.
    async fn booked(
        &self,
        id: &InvoiceId,
        edited: Option<Box<Structured>>,
        booking: &Booking,
    ) -> Result<Option<Box<Structured>>, Problem> {
        if *booking == Booking::default() {
            return Ok(edited);
        }
        let held = || async { self.desk.held(id).await.map(|held| held?.structured.map(Box::new)) };
        let structured = if edited.is_some() { edited } else { held().await? };
        let said = said(booking);
        Ok(structured.map(|mut structured| {
            let decision = structured.decision.get_or_insert_default();
            (decision.account, decision.tax, decision.remember) = (said.account, said.tax, said.remember);
            structured
        }))
    }

    /// What somebody has made of the fields.
    async fn edited(&self, id: &InvoiceId, item: &Item, fields: &Fields) -> Result<Edited, Problem> {
        let Some(before) = &item.draft else { return Ok(Edited::Nothing) };
        let draft = draft_of(fields);
        let was_read = item.read.invoice.is_some();
        if draft.is_empty() || (was_read && draft.is_same(before)) {
            return Ok(Edited::Nothing);
        }
        let checked = self.desk.check(id, &draft.edited()).await?;
        Ok(match checked.candidate {
            Some(structured) => Edited::To(Box::new(structured)),
            None => {
                let findings = Some(found(checked.judgement.findings));
                let read = crate::pages::invoice::Read { findings, ..item.read.clone() };
                Edited::Unreadable(Box::new(Item { draft: Some(draft), read, ..item.clone() }))
            }
        })
    }

    async fn checked(&self, id: &str, form: Asked) -> Result<Item, Problem> {
        let Form { by, fields } = form?;
        may(&by, Role::Operate)?;
        let id = parsed(id)?;
        let draft = draft_of(&fields);
        let checked = self.desk.check(&id, &draft.edited()).await?;
        let item = self.item(&id).await?;
        let evidence = checked.judgement.evidence;
        let read =
            crate::pages::invoice::Read { findings: Some(found(checked.judgement.findings)), evidence, ..item.read };
        let reason = field(&fields, "reason").unwrap_or_default().to_owned();
        Ok(Item { draft: Some(draft), read, reason, booking: booking(&fields), ..item })
    }

    async fn item(&self, id: &InvoiceId) -> Result<Item, Problem> {
        let contents = self.desk.letter(id).await?;
        let held = self.desk.held(id).await?;
        let facts = self.desk.facts(id).await?;
        let reading = if facts.document.is_some() { self.desk.reading(id).await.unwrap_or_default() } else { None };
        let mut read = convert::read(id.as_str(), facts, reading, None);
        if let Some(held) = &held {
            self.fill(id, &mut read, held).await?;
        }
        let letters =
            self.desk.view().letters(&Selection::default(), None, 2).await.map_err(crate::desk::Error::from)?;
        Ok(Item {
            approval: approval(&contents),
            vendors: contents.evidence.as_ref().map(vendors).unwrap_or_default(),
            booking: Booking::default(),
            draft: held.as_ref().map(|held| Draft::of_json(&held.draft)),
            read,
            refused: None,
            reason: String::new(),
            history: self.desk.view().history(id).await.map_err(crate::desk::Error::from)?,
            next: letters.items.into_iter().map(|letter| letter.invoice_id).find(|other| other != id.as_str()),
            contents: indented(&contents),
            letter: contents.letter.into(),
        })
    }

    /// What the letter itself has: the findings, and the text when no reading was kept. Where others than the checks hold the
    /// invoice, they are run now, for whoever edits it.
    async fn fill(&self, id: &InvoiceId, read: &mut crate::pages::invoice::Read, held: &Held) -> Result<(), Problem> {
        if let Some(extracted) = held.extracted.as_ref().filter(|_| read.reading.pages.is_empty()) {
            let pdf = read.reading.pdf.take();
            read.reading = Reading { pdf, is_scan: extracted.scan, ..Reading::of_text(&extracted.text) };
        }
        read.findings = Some(match held.findings.is_empty() {
            false => found(held.findings.clone()),
            true => found(self.desk.check(id, &held.draft).await?.judgement.findings),
        });
        Ok(())
    }
}

/// What a form's fields come to.
enum Edited {
    /// What was there, or there are no fields.
    Nothing,
    To(Box<Structured>),
    /// With what cannot be read, for the page.
    Unreadable(Box<Item>),
}

fn content(item: &Item, by: &Identity) -> Content {
    Content::new("Review", Section::Review, item::page(item, &Viewer::from(by)))
}

/// Leads to what the decision has begun, or says that there was none.
fn told(decided: &Decided, note: &str) -> Response {
    let note = match decided.answer {
        Answer::Accepted => note,
        Answer::Stale => "stale",
        Answer::Refused => "refused",
        Answer::Unanswered => "unanswered",
    };
    noted(&format!("/invoices/{}", decided.invoice_id), note)
}

fn approval(contents: &LetterContents) -> Approval {
    let is_approvable = decision::APPROVABLE.iter().any(|code| code.as_str() == contents.letter.code);
    match contents.letter.stage {
        _ if !contents.letter.replayable => Approval::None,
        Stage::FetchExtract if contents.candidate.is_some() => Approval::Passes,
        Stage::FetchExtract => Approval::None,
        Stage::LlmStructure => Approval::GoesOn,
        Stage::PostToZoho if is_approvable => Approval::Passes,
        Stage::PostToZoho => Approval::Corrects,
    }
}

/// The vendors of the books that the stage could not choose among.
fn vendors(evidence: &Value) -> Vec<Vendor> {
    let text = |contact: &Value, name: &str| contact[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let vendor = |contact: &Value| {
        let name = text(contact, "contact_name").or_else(|| text(contact, "company_name")).unwrap_or_default();
        Some(Vendor { id: text(contact, "contact_id")?, name, gstin: text(contact, "gst_no") })
    };
    evidence["candidates"].as_array().into_iter().flatten().filter_map(vendor).collect()
}

fn indented(contents: &LetterContents) -> Vec<(&'static str, String)> {
    let parts = [
        ("What the step was given", &contents.input),
        ("What it had made of it", &contents.candidate),
        ("What it found", &contents.evidence),
    ];
    parts.into_iter().filter_map(|(name, value)| Some((name, format!("{:#}", value.as_ref()?)))).collect()
}

fn found(findings: Vec<llm_structure::Finding>) -> Vec<Finding> {
    findings.into_iter().map(Finding::from).collect()
}

fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.iter().find(|(have, _)| have == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

/// How somebody wants it booked.
fn booking(fields: &Fields) -> Booking {
    let text = |name| field(fields, name).unwrap_or_default().to_owned();
    Booking { account: text("account"), tax: text("tax"), remember: field(fields, "remember").is_some() }
}

/// The same in the words of a decision.
fn said(booking: &Booking) -> operations::Booking {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    operations::Booking { account: some(&booking.account), tax: some(&booking.tax), remember: booking.remember }
}

fn draft_of(fields: &Fields) -> Draft {
    Draft::of_form(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn raw(structured: &Structured) -> Result<Box<RawValue>, Problem> {
    to_raw_value(structured).map_err(|_| Problem::bad_request("what was entered cannot be written as JSON"))
}
