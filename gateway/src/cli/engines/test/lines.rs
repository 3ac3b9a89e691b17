//! The report for people: a line for each check, what was expected and the remedy below those that failed.

use std::fmt::Write;

use crate::cli::job_text::plain;
use crate::cli::out;
use crate::conformance::check::Check;
use crate::conformance::report::{Line, Report};
use crate::conformance::verdict::State;

/// How wide the columns are.
pub(super) struct Lines {
    names: usize,
    has_colours: bool,
    /// Checks in a row that were not tried for the same reason, which share a line.
    not_tried: Vec<Line>,
}

impl Lines {
    /// For a report on these checks.
    pub(super) fn of(checks: &[&Check]) -> Self {
        let names = checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
        Self { names, has_colours: out::has_colours(), not_tried: vec![] }
    }

    /// What is to be printed once a check has come to this; nothing while there may be more that shares a line with it.
    pub(super) fn add(&mut self, line: &Line) -> Vec<String> {
        let goes_on = line.state == State::NotTried
            && self.not_tried.last().is_none_or(|before| before.measured == line.measured);
        let mut lines = if goes_on { vec![] } else { self.rest() };
        match line.state {
            State::NotTried => self.not_tried.push(line.clone()),
            _ => lines.push(self.line(line)),
        }
        lines
    }

    /// What is still to be printed.
    pub(super) fn rest(&mut self) -> Vec<String> {
        let shared = std::mem::take(&mut self.not_tried);
        let (Some(first), Some(last)) = (shared.first(), shared.last()) else { return vec![] };
        let measured = match shared.len() {
            1 => first.measured.clone(),
            count => format!("and the next ones up to {}, {count} in all: {}", last.name, last.measured),
        };
        vec![self.line(&Line { measured, ..first.clone() })]
    }

    /// A check, without the end of its last line.
    fn line(&self, line: &Line) -> String {
        let (word, names) = (format!("{:14}", line.state.words()), self.names);
        let colour = match line.state {
            State::Ok => 32,
            State::Failed => 31,
            State::NotApplicable => 90,
            State::NotTried => 33,
        };
        let word = if self.has_colours { format!("\x1b[{colour}m{word}\x1b[0m") } else { word };
        let mut text = format!("{word}  {:names$}  {}", line.name, plain(&line.measured.replace('\n', " ")));
        if line.state == State::Failed {
            let blank = " ".repeat(14 + 2 + names + 2);
            write!(text, "\n{blank}expected: {}\n{blank}-> {}", line.expected, line.remedy)
                .expect("a string takes any text");
        }
        text
    }

    /// What all of them came to.
    pub(super) fn summary(&self, report: &Report) -> String {
        let counts = State::ALL.map(|state| (report.count(state), state));
        let counts: Vec<_> = counts
            .into_iter()
            .filter(|(count, state)| *count > 0 || *state == State::Failed)
            .map(|(count, state)| format!("{count} {}", state.words()))
            .collect();
        let engine = report.engine.as_deref().unwrap_or("no engine");
        let version = report.version.as_deref().unwrap_or_default();
        let mut text = String::new();
        if !report.conforms && !report.printed.is_empty() {
            text += "\nits processes printed last:\n";
            report.printed.iter().for_each(|line| text += &format!("  {}\n", plain(line)));
        }
        let (library, counts, seconds) = (report.library.display(), counts.join(", "), report.seconds);
        text + format!("\n{engine} {version}").trim_end() + &format!(" in {library}: {counts}; {seconds:.1} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(state: State) -> Line {
        let (measured, remedy) = ("0.60 s of\n1.20 s".into(), "make more");
        Line { name: "rendering.length", state, measured, expected: "as long", remedy, seconds: 0.1 }
    }

    #[test]
    fn what_failed_is_told_with_what_was_expected_and_the_remedy() {
        let mut lines = Lines { names: 18, has_colours: false, not_tried: vec![] };
        assert_eq!(lines.add(&line(State::NotTried)).len() + lines.add(&line(State::NotTried)).len(), 0);
        let shared =
            "not tried       rendering.length    and the next ones up to rendering.length, 2 in all: 0.60 s of 1.20 s";
        assert_eq!(lines.add(&line(State::Ok)), [shared, "ok              rendering.length    0.60 s of 1.20 s"]);
        let told = lines.add(&line(State::Failed)).concat();
        assert!(told.contains("\n                                    expected: as long\n"), "{told}");
        assert!(told.ends_with("  -> make more"), "{told}");
        let report = Report {
            engine: None,
            version: None,
            library: "x.so".into(),
            conforms: false,
            checks: vec![line(State::Failed), line(State::NotTried)],
            printed: vec!["boom".into()],
            seconds: 1.0,
        };
        let summary = "\nits processes printed last:\n  boom\n\nno engine in x.so: 1 failed, 1 not tried; 1.0 s";
        assert_eq!(lines.summary(&report), summary);
    }
}
