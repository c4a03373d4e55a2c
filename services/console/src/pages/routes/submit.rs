//! Submitting invoices.

use super::frame::{Content, sentence};
use super::{Pages, Shown, may};
use crate::auth::{Form, Identity, Role, Visitor};
use crate::desk::{self, Upload};
use crate::pages::layout::{Section, Viewer};
use crate::pages::submit::{self, Receipt, Submitted};
use crate::problem::Problem;
use axum::extract::{Multipart, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use contract::url::{CanonicalUrl, shown};
use contract::{InvoiceId, Request, code};
use serde::Deserialize;

/// Links that one form may have.
const MOST_LINKS: usize = 1000;

pub(super) async fn show(State(pages): State<Pages>, Visitor(by): Visitor) -> Response {
    let content = may(&by, Role::Submit).map(|()| pages.submitted(Vec::new(), &by));
    pages.answer(&by, None, content).await
}

/// The links of the form.
#[derive(Debug, Deserialize)]
pub(super) struct Links {
    urls: String,
    #[serde(default)]
    invoice_id: String,
}

pub(super) async fn links(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    form: Result<Form<Links>, Problem>,
) -> Response {
    let shown = pages.submit_links(form).await;
    pages.answer(&by, None, shown).await
}

/// Takes files; a script asks for the receipts alone.
pub(super) async fn files(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    headers: HeaderMap,
    files: Multipart,
) -> Response {
    let receipts = pages.submit_files(&by, files).await;
    if !headers.contains_key("x-part") {
        return pages.answer(&by, None, receipts.map(|receipts| pages.submitted(receipts, &by))).await;
    }
    match receipts {
        Ok(receipts) => submit::receipts(&receipts).into_response(),
        Err(problem) => problem.into_response(),
    }
}

impl Pages {
    fn submitted(&self, receipts: Vec<Receipt>, by: &Identity) -> Content {
        let submitted = Submitted { receipts, max_bytes: self.desk.limits().pdf_bytes };
        Content::new("Submit", Section::Submit, submit::page(&submitted, &Viewer::from(by)))
    }

    async fn submit_links(&self, form: Result<Form<Links>, Problem>) -> Shown {
        let Form { by, fields } = form?;
        may(&by, Role::Submit)?;
        let urls: Vec<&str> = fields.urls.lines().map(str::trim).filter(|url| !url.is_empty()).collect();
        let id = named(&fields.invoice_id, &urls)?;
        if urls.len() > MOST_LINKS {
            return Err(Problem::bad_request(format!(
                "these are {} links, and {MOST_LINKS} fit into one form",
                urls.len()
            )));
        }
        let (good, bad): (Vec<&str>, Vec<&str>) = urls.iter().partition(|url| CanonicalUrl::parse(url).is_ok());
        let requests = good.iter().map(|url| Request::of((*url).to_owned()).named(id.clone())).collect();
        let taken = self.desk.submit(requests, &by.name).await?;
        let refused = bad
            .into_iter()
            .map(|url| Receipt { name: shown(url), outcome: Err("this is no link to a PDF".to_owned()) });
        let receipts = taken.into_iter().map(of_receipt).chain(refused).collect();
        Ok(self.submitted(receipts, &by))
    }

    /// The form's word comes before its files, so that nothing is kept of a form that is not ours.
    async fn submit_files(&self, by: &Identity, mut files: Multipart) -> Result<Vec<Receipt>, Problem> {
        may(by, Role::Submit)?;
        let mut is_ours = false;
        let mut receipts = Vec::new();
        while let Some(part) = files.next_field().await.map_err(|_| broken_off())? {
            let (name, file) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
            let bytes = part.bytes().await.map_err(|_| broken_off())?;
            match name.as_str() {
                "csrf" => is_ours = std::str::from_utf8(&bytes).is_ok_and(|word| by.is_csrf(word)),
                "file" if is_ours => receipts.push(self.upload(file.unwrap_or_default(), bytes, by).await?),
                "file" => return Err(not_ours()),
                _ => {}
            }
        }
        Ok(receipts)
    }

    async fn upload(&self, name: String, pdf: bytes::Bytes, by: &Identity) -> Result<Receipt, Problem> {
        let outcome = match self.desk.upload(vec![Upload { pdf, invoice_id: None }], &by.name).await {
            Ok(receipts) => {
                receipts.into_iter().next().map(|receipt| receipt.invoice_id.to_string()).ok_or_else(String::new)
            }
            Err(desk::Error::Mistakes(mistakes)) => {
                Err(mistakes.first().map(|mistake| sentence(&mistake.detail)).unwrap_or_default())
            }
            Err(desk::Error::TooLarge(detail)) => Err(sentence(&detail)),
            Err(error) => return Err(error.into()),
        };
        Ok(Receipt { name, outcome })
    }
}

fn of_receipt(receipt: desk::Receipt) -> Receipt {
    Receipt { name: receipt.source, outcome: Ok(receipt.invoice_id.to_string()) }
}

fn named(id: &str, urls: &[&str]) -> Result<Option<InvoiceId>, Problem> {
    match id.trim() {
        "" => Ok(None),
        _ if urls.len() > 1 => Err(Problem::bad_request("an id of your own is for a single link")),
        id => id
            .parse()
            .map(Some)
            .map_err(|error: contract::id::InvalidInvoiceId| Problem::bad_request(error.to_string())),
    }
}

fn broken_off() -> Problem {
    Problem::bad_request("the upload broke off, or it is larger than one form may be: send fewer files at once")
}

fn not_ours() -> Problem {
    let detail = "the form is not of this session: load the page again and send it once more";
    Problem::new(axum::http::StatusCode::FORBIDDEN, code::API_CROSS_SITE, detail)
}
