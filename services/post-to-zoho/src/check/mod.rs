//! What a new user's Zoho Books lacks for the pipeline, one line per item.
//!
//! It exists so that a mistake in the set-up shows before the first invoice and not as a dead letter. It only reads: it
//! must never change anything in Zoho, and it shows no secret. What it finds is a function of Zoho's answers.

mod access;
mod answers;
mod books;
mod day;
mod finding;

#[cfg(test)]
pub(crate) use answers::Organization;
pub use finding::{Finding, Item, Verdict};

use answers::Answers;
use runtime::settings::Zoho;

/// Asks Zoho for everything that a bill needs and judges the answers. Takes one access token, which is not kept, and
/// about eight calls.
///
/// # Errors
/// When the HTTP client cannot be built. What Zoho refuses is a finding.
pub async fn run(settings: &Zoho) -> anyhow::Result<Vec<Finding>> {
    let mut findings = access::credentials(settings);
    if findings.iter().any(Finding::is_error) {
        findings.extend(untried("without credentials", &Item::AT_ZOHO));
    } else {
        findings.extend(judge(settings, &answers::ask(settings).await?));
    }
    findings.extend(books::of_settings(settings));
    Ok(findings)
}

fn judge(settings: &Zoho, answers: &Answers) -> Vec<Finding> {
    let mut findings = vec![access::token(settings, answers)];
    match &answers.books {
        None => findings.extend(untried("without a token", &Item::AT_ZOHO[1..])),
        Some(books) => {
            findings.push(access::scopes(answers, books));
            findings.push(access::organisation(settings, books));
            findings.push(day::calls(settings, &books.organizations));
            findings.extend(books::all(settings, books));
        }
    }
    findings
}

fn untried(why: &str, items: &[Item]) -> Vec<Finding> {
    items.iter().map(|item| Finding::new(*item, Verdict::Untried, format!("not tried {why}"))).collect()
}
