//! `invoicectl submit`.

mod upload;

use crate::context::{Context, actor};
use crate::exit::Exit;
use crate::output::Format;
use crate::view::StatusView;
use crate::{duration, output};
use anyhow::Context as _;
use clap::Args;
use contract::url::{CanonicalUrl, shown};
use contract::{Code, InvoiceId, Request, State};
use operations::{Outcome, Outcomes};
use serde::Serialize;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;
use stream::publish::{Publisher, Receipt};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Requests on their way to the brokers at once.
const IN_FLIGHT: usize = 256;

/// Something to submit.
#[derive(Debug)]
enum Wanted {
    Request(Request),
    /// A PDF that goes into the document store first.
    File(PathBuf),
}

/// The id of each invoice is printed, in the order given. A URL's query is a credential and not printed.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// http(s) URLs of PDFs, and PDF files, which are put into the document store.
    #[arg(required_unless_present = "file", value_name = "URL|PDF")]
    pdfs: Vec<String>,
    /// The invoice's id in place of one made from the URL or from the file's content; for one of them only.
    #[arg(long)]
    id: Option<InvoiceId>,
    /// A file with one URL, or one `{"pdf_url":…,"invoice_id":…}`, per line; `-` is standard input.
    #[arg(long, value_name = "LIST", conflicts_with = "id")]
    file: Option<PathBuf>,
    /// Waits until each invoice has ended; exit code 1 unless each has become a bill.
    #[arg(long)]
    wait: bool,
    /// How long to wait: 500ms, 60s, 5m, 2h. Exit code 4 when it is over.
    #[arg(long, requires = "wait", default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
    /// `{"invoice_id","pdf_url"}` per request, then, with --wait, the status per invoice.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Submitted<'a> {
    invoice_id: &'a InvoiceId,
    pdf_url: String,
}

#[derive(Debug, Serialize)]
struct Rejected<'a> {
    invoice_id: &'a InvoiceId,
    state: &'static str,
    error_code: Option<&'a Code>,
}

impl Submit {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        if self.id.is_some() && self.pdfs.len() > 1 {
            eprintln!("invoicectl: --id names one invoice and there are {}", self.pdfs.len());
            return Ok(Exit::Usage);
        }
        let (wanted, mistakes) = self.wanted(context.max_pdf_bytes)?;
        if !mistakes.is_empty() {
            eprintln!("invoicectl: nothing was submitted\n{}", mistakes.join("\n"));
            return Ok(Exit::Usage);
        }
        let requests = self.requests(wanted, context).await?;
        let publisher = context.publisher().await?;
        let format = Format::new(self.json);
        if !self.wait {
            publish(&publisher, requests, format).await?;
            return Ok(Exit::Done);
        }
        let mut outcomes = Outcomes::follow(&context.kafka, &context.topics).await?;
        outcomes.expect(publish(&publisher, requests, format).await?);
        wait(outcomes, self.timeout, format).await
    }

    /// What is to be submitted, and what of it cannot be.
    fn wanted(&self, max_pdf_bytes: u64) -> anyhow::Result<(Vec<Wanted>, Vec<String>)> {
        let (mut all, mut mistakes) = (Vec::new(), Vec::new());
        let mut take = |place: String, wanted: Result<Wanted, String>| match wanted {
            Ok(wanted) => all.push(wanted),
            Err(mistake) => mistakes.push(format!("  {place}: {mistake}")),
        };
        for (index, pdf) in self.pdfs.iter().enumerate() {
            if Path::new(pdf).is_file() {
                take(pdf.clone(), upload::check(pdf.as_ref(), max_pdf_bytes).map(|()| Wanted::File(pdf.into())));
            } else {
                take(format!("URL {}", index + 1), checked(Request::of(pdf.clone())));
            }
        }
        if let Some(file) = &self.file {
            let name = if file.as_os_str() == "-" { "standard input".into() } else { file.display().to_string() };
            let lines: Box<dyn BufRead> = if file.as_os_str() == "-" {
                Box::new(io::stdin().lock())
            } else {
                let opened = std::fs::File::open(file).with_context(|| format!("cannot open {name}"))?;
                Box::new(BufReader::new(opened))
            };
            for (index, line) in lines.lines().enumerate() {
                let line = line.with_context(|| format!("cannot read {name}"))?;
                if let Some(request) = listed(&line) {
                    take(format!("{name} line {}", index + 1), request.and_then(checked));
                }
            }
        }
        Ok((all, mistakes))
    }

    /// With every file in the document store.
    async fn requests(&self, wanted: Vec<Wanted>, context: &Context) -> anyhow::Result<Vec<Request>> {
        let mut requests = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            let request = match wanted {
                Wanted::Request(request) => request,
                Wanted::File(file) => upload::keep(&file, &context.documents()?).await?,
            };
            let request = Request { submitted_by: request.submitted_by.clone().or_else(|| Some(actor())), ..request };
            requests.push(if self.id.is_some() { request.named(self.id.clone()) } else { request });
        }
        Ok(requests)
    }
}

/// One line of a list; `None` for an empty one or a comment.
fn listed(line: &str) -> Option<Result<Request, String>> {
    match line.trim() {
        "" => None,
        comment if comment.starts_with('#') => None,
        object if object.starts_with('{') => {
            let place = |error: serde_json::Error| format!("not a request (column {})", error.column());
            Some(serde_json::from_str(object).map_err(place))
        }
        url => Some(Ok(Request::of(url.to_owned()))),
    }
}

fn checked(request: Request) -> Result<Wanted, String> {
    CanonicalUrl::parse(&request.pdf_url).map(|_| Wanted::Request(request)).map_err(|error| error.to_string())
}

async fn publish(publisher: &Publisher, requests: Vec<Request>, format: Format) -> anyhow::Result<Vec<Receipt>> {
    let mut receipts = Vec::with_capacity(requests.len());
    for chunk in requests.chunks(IN_FLIGHT) {
        let mut sending = JoinSet::new();
        for (index, request) in chunk.iter().cloned().enumerate() {
            let publisher = publisher.clone();
            sending.spawn(async move { (index, publisher.submit(&request).await) });
        }
        let mut sent = sending.join_all().await;
        sent.sort_by_key(|(index, _)| *index);
        for (index, receipt) in sent {
            let receipt = receipt?;
            let submitted = Submitted { invoice_id: &receipt.invoice_id, pdf_url: shown(&chunk[index].pdf_url) };
            format.write(&submitted, |submitted| format!("{}  {}", submitted.invoice_id, submitted.pdf_url))?;
            receipts.push(receipt);
        }
    }
    Ok(receipts)
}

async fn wait(mut outcomes: Outcomes, patience: Duration, format: Format) -> anyhow::Result<Exit> {
    let mut all_posted = true;
    let deadline = Instant::now() + patience;
    while let Some(outcome) = outcomes.next(deadline).await? {
        all_posted &= matches!(&outcome, Outcome::Ended(_, status) if status.state == State::Posted);
        write(&outcome, format)?;
    }
    let unfinished = outcomes.left();
    if unfinished > 0 {
        eprintln!("invoicectl: {unfinished} invoices have not ended after {} s", patience.as_secs_f64());
        return Ok(Exit::TimedOut);
    }
    Ok(if all_posted { Exit::Done } else { Exit::Failed })
}

fn write(outcome: &Outcome, format: Format) -> anyhow::Result<()> {
    match outcome {
        Outcome::Ended(id, status) => format.write(&StatusView::new(id, status), StatusView::text),
        Outcome::Rejected(id, code) => {
            let rejected = Rejected { invoice_id: id, state: "rejected", error_code: code.as_ref() };
            format.write(&rejected, |rejected| {
                let code = rejected.error_code.map(output::word).unwrap_or_default();
                format!("{}  rejected  {code}", rejected.invoice_id)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_urls_requests_and_comments() {
        assert!(listed("").is_none() && listed("  # invoices of May").is_none());
        let request = |line| listed(line).unwrap().unwrap();
        assert_eq!(request(" https://h/a.pdf ").pdf_url, "https://h/a.pdf");
        let named = request(r#"{"pdf_url":"https://h/a.pdf","invoice_id":"A-1"}"#);
        assert_eq!(named.invoice_id.unwrap().as_str(), "A-1");
        assert!(listed("{\"pdf_url\":3}").unwrap().is_err());
    }

    #[test]
    fn what_is_no_url_is_not_submitted() {
        for bad in ["invoice.pdf", "ftp://h/a.pdf", ""] {
            let request = Request::of(bad.to_owned());
            assert!(checked(request).is_err(), "{bad}");
        }
    }
}
