//! The closing line, and whether it is a good one.

use std::fmt;

use super::{Expected, Outcome, Submission};

/// Every submission is in exactly one of the counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    submitted: usize,
    posted: usize,
    dead_lettered: usize,
    duplicates: usize,
}

impl Report {
    /// `outcomes` in the order of `submitted`; a repeated submission has no outcome of its own.
    pub(crate) fn new(submitted: &[(String, &Submission)], outcomes: &[Outcome], duplicates: usize) -> Self {
        let ended = |wanted: Outcome| {
            let own = submitted.iter().zip(outcomes).filter(|((_, one), _)| one.expected != Expected::Duplicate);
            own.filter(|(_, outcome)| **outcome == wanted).count()
        };
        let (posted, dead_lettered) = (ended(Outcome::Posted), ended(Outcome::DeadLettered));
        Self { submitted: submitted.len(), posted, dead_lettered, duplicates }
    }

    pub(crate) fn lost(&self) -> usize {
        self.submitted.saturating_sub(self.posted + self.dead_lettered + self.duplicates)
    }

    /// Neither lost nor counted twice.
    pub(crate) fn adds_up(&self) -> bool {
        self.submitted == self.posted + self.dead_lettered + self.duplicates
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { submitted, posted, dead_lettered, duplicates } = self;
        let lost = self.lost();
        write!(
            f,
            "demo: {submitted} submitted, {posted} posted, {dead_lettered} dead-lettered, \
             {duplicates} duplicates dropped, {lost} lost"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission(expected: Expected) -> (String, Submission) {
        ("id".to_owned(), Submission { url: String::new(), expected, truth: None })
    }

    #[test]
    fn invoice_that_has_not_ended_is_lost_and_a_duplicate_is_counted_once() {
        let all = [Expected::Bill, Expected::Duplicate, Expected::DeadLetter, Expected::Bill].map(submission);
        let all: Vec<_> = all.iter().map(|(id, one)| (id.clone(), one)).collect();
        let outcomes =
            [Outcome::Posted, Outcome::Posted, Outcome::DeadLettered, Outcome::Open("never seen".to_owned())];
        let report = Report::new(&all, &outcomes, 1);
        assert_eq!(report.to_string(), "demo: 4 submitted, 1 posted, 1 dead-lettered, 1 duplicates dropped, 1 lost");
        assert!(!report.adds_up());
    }
}
