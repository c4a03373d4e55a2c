//! The checker of a run: pure rules over what stands in the topics and in the sandbox's books.
//!
//! It never believes a service. Every rule says what is wrong in a sentence that names the record or the invoice; no
//! sentence means that nothing was lost, nothing was done twice, and every trail leads where it says.

mod books;
mod evidence;
mod flow;
mod letters;
mod life;
mod offsets;
mod runs;
mod statuses;
#[cfg(test)]
mod tests;

pub(crate) use books::used_an_answer;
pub use evidence::{Evidence, Position, Published};
pub use offsets::positions;

use life::Lives;

/// What is wrong, one sentence each; empty if nothing is.
#[must_use]
pub fn audit(evidence: &Evidence) -> Vec<String> {
    let lives = Lives::of(evidence);
    let mut wrong = Vec::new();
    flow::published_records_are_there(evidence, &mut wrong);
    flow::every_record_is_settled_once(evidence, &mut wrong);
    flow::every_settlement_led_to_one_record(evidence, &mut wrong);
    runs::every_run_starts_once_and_ends_once(&lives, &mut wrong);
    runs::a_run_follows_only_a_dead_letter(&lives, &mut wrong);
    letters::every_dead_run_has_one_letter(evidence, &lives, &mut wrong);
    letters::every_rejected_record_has_one_letter(evidence, &mut wrong);
    letters::origins_lead_to_the_input(evidence, &mut wrong);
    statuses::the_latest_state_is_that_of_the_last_run(evidence, &lives, &mut wrong);
    statuses::a_run_ends_in_one_state(evidence, &mut wrong);
    books::a_posted_run_has_the_one_bill_and_nobody_else_has_one(evidence, &lives, &mut wrong);
    offsets::committed_offsets_cover_everything(evidence, &mut wrong);
    wrong
}

/// Whether nothing is on its way any more and nothing is left to commit.
#[must_use]
pub fn is_at_rest(evidence: &Evidence) -> bool {
    let mut wrong = Vec::new();
    flow::every_record_is_settled_once(evidence, &mut wrong);
    offsets::committed_offsets_cover_everything(evidence, &mut wrong);
    wrong.is_empty()
}

/// What a run came to, in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Ids that a run was started for.
    pub invoices: usize,
    pub bills: usize,
    /// Dead letters, those of rejected records included.
    pub dead_letters: usize,
    /// Submissions of an id that was taken.
    pub duplicates: usize,
    pub commands_accepted: usize,
    pub commands_stale: usize,
    /// Answers of the language model beyond one for each settlement that used one.
    pub repeated_answers: u64,
}

impl Figures {
    #[must_use]
    pub fn of(evidence: &Evidence) -> Self {
        use contract::history::EventKind;
        let count = |kind| evidence.events.iter().filter(|event| event.kind == kind).count();
        Self {
            invoices: Lives::of(evidence).started(),
            bills: evidence.bills.len(),
            dead_letters: evidence.letters.len(),
            duplicates: count(EventKind::Duplicate),
            commands_accepted: count(EventKind::CommandAccepted),
            commands_stale: count(EventKind::StaleCommand),
            repeated_answers: books::repeated_answers(evidence),
        }
    }
}
