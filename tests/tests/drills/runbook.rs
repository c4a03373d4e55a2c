//! The commands of a runbook: the lines that begin with `$` in its fenced blocks, by the section they stand in.

use std::path::{Path, PathBuf};

/// The sections of each runbook that the drills carry out. Those without commands need none.
const TRIED: &[(&str, &[&str])] = &[
    ("broker-disk-lost", &["Make a backup", "With a backup", "Without a backup", "It is over when"]),
    ("offsets-lost", &["What to do", "It is over when"]),
    ("partitions-added", &["What to do", "It is over when"]),
    (
        "topic-deleted",
        &[
            "First",
            "A stage's topic or its retry topic",
            "A dead-letter topic",
            "The status topic",
            "The history or the topic of bills",
            "It is over when",
        ],
    ),
];

/// The commands of one section, in their order.
pub(crate) fn section(runbook: &str, title: &str) -> Vec<String> {
    let sections = sections(&folder().join(format!("{runbook}.md")));
    let found = sections.into_iter().find(|(found, _)| found == title);
    let (_, commands) = found.unwrap_or_else(|| panic!("{runbook} has no section `{title}`"));
    assert!(!commands.is_empty(), "`{title}` of {runbook} has no commands");
    commands
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/runbooks")
}

fn sections(file: &Path) -> Vec<(String, Vec<String>)> {
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        if let Some(title) = line.strip_prefix("## ") {
            sections.push((title.to_owned(), Vec::new()));
        } else if let (Some(command), Some((_, commands))) = (line.strip_prefix("$ "), sections.last_mut()) {
            commands.push(command.to_owned());
        }
    }
    sections
}

#[test]
fn every_command_of_every_runbook_is_tried() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let with_commands = sections(&path).into_iter().filter(|(_, commands)| !commands.is_empty());
        let titles: Vec<String> = with_commands.map(|(title, _)| title).collect();
        let tried = TRIED.iter().find(|(tried, _)| *tried == name).map_or(&[][..], |(_, tried)| tried);
        assert_eq!(titles, tried, "{name}");
    }
}
