//! `local demo`: starts everything, does the main job once, and checks the result.

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use local::os::signal::Shutdown;
use local::{RunLock, Stack, layout};

use crate::demo::{
    Books, Ctl, Expected, Outcome, Overload, Plan, Report, Submission, Table, await_all, await_duplicates,
};

const OVERLOAD: Duration = Duration::from_secs(30);
const DEADLINE: Duration = Duration::from_secs(180);

/// Succeeds only if nothing was lost and the books agree; the closing line is printed either way.
pub(crate) fn run(shutdown: &Shutdown) -> Result<ExitCode> {
    let run = layout::run();
    let _alone = RunLock::take(&run)?;
    println!("starting the broker, the sandbox and the three services");
    let stack = Stack::start(&run)?;
    let Demonstrated { report, wrong } = demonstrate(&stack, shutdown)?;
    stack.stop()?;
    for what in &wrong {
        println!("WRONG {what}");
    }
    println!("{report}");
    Ok(if wrong.is_empty() && report.adds_up() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Demonstrated {
    report: Report,
    /// One sentence for each thing that is not as it must be.
    wrong: Vec<String>,
}

type Submitted<'a> = Vec<(String, &'a Submission)>;

fn demonstrate(stack: &Stack, shutdown: &Shutdown) -> Result<Demonstrated> {
    let (ctl, sandbox) = (Ctl(stack), stack.endpoints().sandbox);
    let plan = Plan::read(&sandbox)?;
    let deadline = Instant::now() + DEADLINE;
    let (submitted, overload) = submit(stack, &ctl, &plan)?;
    let ids: Vec<String> = submitted.iter().map(|(id, _)| id.clone()).collect();
    let outcomes = await_all(&ctl, &ids, deadline, shutdown)?;
    let repeated = submitted.iter().filter(|(_, one)| one.expected == Expected::Duplicate).count();
    let duplicates = await_duplicates(&ctl, &ids, repeated, deadline, shutdown)?;
    overload.map_or(Ok(()), Overload::end)?;

    let mut wrong = unexpected(&submitted, &outcomes);
    if stack.upstreams().sandbox_zoho {
        let books = Books::read(&sandbox)?;
        print_bills(&books);
        wrong.extend(books.disagreements(&submitted));
    } else {
        println!("\nThe bills are in Zoho Books; only how each invoice ended was checked.");
    }
    print_dead_letters(&ctl, &ids)?;
    Ok(Demonstrated { report: Report::new(&submitted, &outcomes, duplicates), wrong })
}

/// The samples at once, then the burst into an overloaded model.
fn submit<'p>(stack: &Stack, ctl: &Ctl<'_>, plan: &'p Plan) -> Result<(Submitted<'p>, Option<Overload>)> {
    let mut submitted = submit_all(ctl, &plan.samples)?;
    println!("submitted {} sample invoices", submitted.len());
    let overload = if stack.upstreams().sandbox_llm {
        println!("the language model is overloaded (529) for the next {} s", OVERLOAD.as_secs());
        Some(Overload::begin(&stack.endpoints().sandbox, OVERLOAD)?)
    } else {
        None
    };
    submitted.extend(submit_all(ctl, &plan.burst)?);
    println!("submitted {} more; waiting until each has ended", plan.burst.len());
    Ok((submitted, overload))
}

fn submit_all<'p>(ctl: &Ctl<'_>, submissions: &'p [Submission]) -> Result<Submitted<'p>> {
    let ids = ctl.submit(submissions.iter().map(|one| one.url.as_str()))?;
    Ok(ids.into_iter().zip(submissions).collect())
}

fn unexpected(submitted: &[(String, &Submission)], outcomes: &[Outcome]) -> Vec<String> {
    let wrong = |((id, one), outcome): (&(String, &Submission), &Outcome)| match (one.expected, outcome) {
        (_, Outcome::Open(seen)) => Some(format!("{id} ({}) has not ended: {seen}", one.url)),
        (Expected::Bill, Outcome::DeadLettered) => Some(format!("{id} ({}) is a dead letter", one.url)),
        (Expected::DeadLetter, Outcome::Posted) => Some(format!("{id} ({}) was posted", one.url)),
        _ => None,
    };
    submitted.iter().zip(outcomes).filter_map(wrong).collect()
}

fn print_bills(books: &Books) {
    let rows = books.bills.iter().map(|bill| {
        let (vendor, number) = (bill.vendor.name.clone(), bill.bill_number.clone());
        let total = format!("{} {}", bill.currency_code, bill.total);
        [vendor, number, bill.date.clone(), total, bill.tax_total.clone()]
    });
    let head = ["vendor", "number", "date", "total", "GST"];
    println!("\nBills\n{}", Table { head, rows: rows.collect(), right: 2 });
}

/// Only this run's: brokers that outlive the run may hold others.
fn print_dead_letters(ctl: &Ctl<'_>, ids: &[String]) -> Result<()> {
    let ours: HashSet<&String> = ids.iter().collect();
    let letters = ctl.dead_letters()?.into_iter().filter(|letter| ours.contains(&letter.invoice_id));
    let rows = letters.map(|letter| [letter.invoice_id, letter.stage, letter.code, letter.class]);
    let head = ["invoice", "stage", "code", "class"];
    println!("Dead letters\n{}", Table { head, rows: rows.collect(), right: 0 });
    Ok(())
}
