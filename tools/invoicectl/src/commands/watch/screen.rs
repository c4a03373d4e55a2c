//! The terminal: drawn line by line where something has changed, and given back as it was.

use super::board::Line;
use crossterm::style::{Print, ResetColor, SetForegroundColor};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{cursor, execute, queue};
use std::io::{self, Write};

/// A terminal while it is ours.
#[derive(Debug)]
pub(super) struct Screen {
    drawn: Vec<Line>,
    size: (u16, u16),
}

impl Screen {
    pub(super) fn open() -> io::Result<Self> {
        enable_raw_mode()?;
        let screen = Self { drawn: Vec::new(), size: (0, 0) };
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)?;
        Ok(screen)
    }

    /// Everything is drawn anew next time.
    pub(super) fn forget(&mut self) {
        self.size = (0, 0);
    }

    /// Draws what `lines` makes for this width and height, as far as it differs from what is there.
    pub(super) fn draw(&mut self, lines: impl FnOnce(usize, usize) -> Vec<Line>) -> io::Result<()> {
        let now = size()?;
        let mut out = Vec::new();
        queue!(out, BeginSynchronizedUpdate)?;
        if now != self.size {
            queue!(out, Clear(ClearType::All))?;
            self.drawn.clear();
            self.size = now;
        }
        let lines = lines(now.0.into(), now.1.into());
        changes(&mut out, &self.drawn, &lines)?;
        queue!(out, EndSynchronizedUpdate)?;
        self.drawn = lines;
        let mut stdout = io::stdout().lock();
        stdout.write_all(&out)?;
        stdout.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        execute!(io::stdout(), LeaveAlternateScreen, cursor::Show).ok();
        disable_raw_mode().ok();
    }
}

/// The lines that are not there yet, and those that are too many struck out.
fn changes(out: &mut Vec<u8>, drawn: &[Line], lines: &[Line]) -> io::Result<()> {
    for (row, line) in (0_u16..).zip(lines) {
        if drawn.get(usize::from(row)) == Some(line) {
            continue;
        }
        queue!(out, cursor::MoveTo(0, row))?;
        if let Some(colour) = line.colour {
            queue!(out, SetForegroundColor(colour))?;
        }
        queue!(out, Print(&line.text), ResetColor, Clear(ClearType::UntilNewLine))?;
    }
    for row in (0_u16..).take(drawn.len()).skip(lines.len()) {
        queue!(out, cursor::MoveTo(0, row), Clear(ClearType::CurrentLine))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Line> {
        texts.iter().map(|text| Line { text: (*text).to_owned(), colour: None }).collect()
    }

    fn drawn(before: &[&str], after: &[&str]) -> String {
        let mut out = Vec::new();
        changes(&mut out, &lines(before), &lines(after)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_what_has_changed_is_drawn() {
        assert_eq!(drawn(&["a", "b"], &["a", "b"]), "");
        let changed = drawn(&["one", "two"], &["one", "three"]);
        assert!(changed.contains("three") && !changed.contains("one"), "{changed:?}");
        assert!(changed.starts_with("\u{1b}[2;1H"), "the second line: {changed:?}");
    }

    #[test]
    fn lines_that_are_gone_are_struck_out() {
        assert_eq!(drawn(&["a", "b"], &["a"]), "\u{1b}[2;1H\u{1b}[2K");
    }
}
