//! The tables.

use crate::Outcome;
use crate::score::{self, FIELDS, Verdict};
use crate::set::Annotated;
use contract::Invoice;
use llm_structure::decode::decode;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt;

/// What a model made of a set.
pub(crate) struct Report<'a> {
    who: &'a str,
    all: usize,
    /// Of each field: right, asked for, invented.
    fields: Vec<(usize, usize, usize)>,
    lines: (usize, usize),
    accepted: usize,
    accepted_right: usize,
    held: BTreeMap<&'a str, usize>,
    usd: Decimal,
}

/// Prints which right answers the checks would hold.
pub(crate) fn right_answers(set: &[Annotated], held: &[Option<String>]) {
    let wrongly: Vec<_> = set.iter().zip(held).filter_map(|(one, held)| Some((&one.name, held.as_ref()?))).collect();
    println!("{} invoices; of their right answers {} are held", set.len(), wrongly.len());
    for (name, code) in wrongly {
        println!("  {name}: {code}");
    }
}

impl<'a> Report<'a> {
    pub(crate) fn of(who: &'a str, set: &[Annotated], outcomes: &'a [Outcome]) -> Self {
        let mut report = Self {
            who,
            all: set.len(),
            fields: vec![(0, 0, 0); FIELDS.len()],
            lines: (0, 0),
            accepted: 0,
            accepted_right: 0,
            held: BTreeMap::new(),
            usd: outcomes.iter().map(|outcome| outcome.cost.usd).sum(),
        };
        for (one, outcome) in set.iter().zip(outcomes) {
            let Some(right) = decode(&one.right, &mut Vec::new()) else { continue };
            report.add(&right, outcome);
        }
        report
    }

    fn add(&mut self, right: &Invoice, outcome: &'a Outcome) {
        let verdicts = match &outcome.invoice {
            Some(answer) => score::fields(right, answer),
            // Nothing that could be read: whatever is printed was missed.
            None => vec![Verdict::Missed; FIELDS.len()],
        };
        for (counts, verdict) in self.fields.iter_mut().zip(verdicts) {
            counts.0 += usize::from(verdict == Verdict::Right);
            counts.1 += usize::from(matches!(verdict, Verdict::Right | Verdict::Wrong | Verdict::Missed));
            counts.2 += usize::from(verdict == Verdict::Invented);
        }
        self.lines.0 += outcome.invoice.as_ref().map_or(0, |answer| score::lines(right, answer));
        self.lines.1 += right.lines.len();
        match &outcome.held {
            Some(code) => *self.held.entry(code).or_default() += 1,
            None => {
                self.accepted += 1;
                self.accepted_right +=
                    usize::from(outcome.invoice.as_ref().is_some_and(|answer| score::is_right(right, answer)));
            }
        }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}: {} invoices", self.who, self.all)?;
        for (field, (right, asked, invented)) in FIELDS.iter().zip(&self.fields) {
            writeln!(
                f,
                "  {field:16} {right:4} of {asked:4} right, {:>6}; {invented} invented",
                percent(*right, *asked)
            )?;
        }
        let (right, asked, invented) =
            self.fields.iter().fold((0, 0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2));
        writeln!(
            f,
            "  all fields       {right:4} of {asked:4} right, {:>6}; {invented} invented",
            percent(right, asked)
        )?;
        let (right, asked) = self.lines;
        writeln!(f, "  lines            {right:4} of {asked:4} right, {:>6}", percent(right, asked))?;
        let (accepted, sound) = (self.accepted, self.accepted_right);
        writeln!(f, "  accepted without review {accepted} ({})", percent(accepted, self.all))?;
        writeln!(f, "  of these entirely right {sound} ({})", percent(sound, accepted))?;
        for (code, number) in &self.held {
            writeln!(f, "  held {number:4} {code}")?;
        }
        let each = self.usd / Decimal::from(self.all.max(1));
        write!(f, "  USD {} in all, {} an invoice", self.usd.round_dp(4), each.round_dp(5))
    }
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of invoices")]
    let share = part as f64 * 100.0 / whole as f64;
    format!("{share:.1} %")
}
