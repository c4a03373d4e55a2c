//! What a replay says of itself.

use super::Replay;
use crate::commands::dlq;
use crate::exit::Exit;
use crate::output::{line, moment};
use operations::{Answers, Histogram, LEFT, Letter, Refusal, Row};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) dry_run: bool,
    /// What was found, by stage, code and what became of it.
    pub(super) letters: Histogram,
    /// Admission's; none if nothing was asked or nobody waited.
    pub(super) answers: Option<Answers>,
    /// Whether single invoices were named, about each of which something is said.
    #[serde(skip)]
    named: bool,
    /// Whether something was refused that could have been meant.
    #[serde(skip)]
    refused: bool,
}

impl Report {
    pub(super) fn new(replay: &Replay) -> Self {
        let named = !replay.which.id.is_empty();
        Self { dry_run: replay.dry_run, letters: Histogram::default(), answers: None, named, refused: false }
    }

    pub(super) fn replayed(&mut self, letter: &Letter) {
        self.count(letter, None);
    }

    pub(super) fn left(&mut self, letter: &Letter) {
        self.count(letter, Some(LEFT));
    }

    pub(super) fn refused(&mut self, letter: &Letter, refusal: &Refusal) {
        self.refused |= !matches!(refusal, Refusal::Poison | Refusal::Rejected);
        self.count(letter, Some(refusal.reason()));
        if self.named {
            eprintln!("invoicectl: {}: {refusal}", letter.key());
        }
    }

    pub(super) fn write(&self, json: bool) -> anyhow::Result<()> {
        if json {
            return line(&serde_json::to_string(self)?);
        }
        let verb = if self.dry_run { "would replay" } else { "asked for a replay of" };
        for row in self.letters.rows() {
            line(&text(row, verb))?;
        }
        line(&format!("{verb} {} dead letters", self.letters.replayed()))?;
        match &self.answers {
            Some(answers) => line(&format!("replay: {}", answers.text())),
            None => Ok(()),
        }
    }

    pub(super) fn exit(&self) -> Exit {
        let answered = self.answers.as_ref().map_or(Exit::Done, dlq::exit);
        match self.letters.replayed() {
            0 if self.named && !self.refused => Exit::NotFound,
            _ if self.dry_run || answered != Exit::Done => answered,
            _ if self.refused => Exit::Failed,
            _ => Exit::Done,
        }
    }

    fn count(&mut self, letter: &Letter, skipped: Option<&str>) {
        self.letters.add(letter.stage, &letter.code(), letter.record.timestamp_ms, skipped);
    }
}

fn text(row: &Row, verb: &str) -> String {
    let Row { stage, code, letters, .. } = row;
    let when = format!("{} to {}", moment(row.oldest_ms), moment(row.newest_ms));
    match row.skipped.as_deref() {
        None => format!("{verb} {letters} of {stage} with {code}, {when}"),
        Some(reason) => format!("not {letters} of {stage} with {code}, {when}: {}", why(reason)),
    }
}

fn why(reason: &str) -> &str {
    match reason {
        "poison" | "rejected" => "there is nothing to run again; publish a proper request in their place",
        "loop_guard" => "more than five runs have ended so; correct the cause, then --force",
        "too_large" => "the input is larger than topics.max_message_bytes",
        "patch" => "the patch does not fit",
        "wrong_input" | "other_invoice" => "the stage would not take the input, see --id ID for what is wrong",
        "input_unknown" => "what the stage was given is not known any more",
        "not_passed" | "nothing_made" => "the stage that failed made nothing that could go on",
        LEFT => "more than --max; the same command again goes on with them",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Stage;

    fn report(named: bool, skipped: &[Option<&str>]) -> Report {
        let mut letters = Histogram::default();
        skipped.iter().for_each(|skipped| letters.add(Stage::LlmStructure, "llm.timeout", 0, *skipped));
        Report { dry_run: false, letters, answers: None, named, refused: false }
    }

    #[test]
    fn exit_codes_tell_what_a_script_must_know() {
        let answered = |answers| Report { answers: Some(answers), ..report(true, &[None]) };
        let table = [
            (report(false, &[]), Exit::Done),
            (report(true, &[]), Exit::NotFound),
            (report(true, &[Some("poison")]), Exit::NotFound),
            (report(false, &[Some("poison")]), Exit::Done),
            (Report { refused: true, ..report(true, &[Some("patch")]) }, Exit::Failed),
            (Report { refused: true, ..report(false, &[None, Some("loop_guard")]) }, Exit::Failed),
            (Report { refused: true, dry_run: true, ..report(false, &[None, Some("loop_guard")]) }, Exit::Done),
            (report(false, &[None, Some(LEFT)]), Exit::Done),
            (answered(Answers { accepted: 1, ..Answers::default() }), Exit::Done),
            (answered(Answers { stale: 1, ..Answers::default() }), Exit::Failed),
            (answered(Answers { stale: 1, unanswered: 1, ..Answers::default() }), Exit::TimedOut),
        ];
        for (report, exit) in table {
            assert_eq!(report.exit(), exit, "{report:?}");
        }
    }

    #[test]
    fn a_row_says_what_becomes_of_its_letters_and_why() {
        let report = report(false, &[None, Some("loop_guard")]);
        let lines: Vec<String> = report.letters.rows().map(|row| text(row, "would replay")).collect();
        assert!(lines[0].starts_with("would replay 1 of llm-structure with llm.timeout, 1970"), "{lines:?}");
        assert!(lines[1].starts_with("not 1 of") && lines[1].contains("--force"), "{lines:?}");
    }
}
