//! What `models verify` makes of each file.

use std::path::Path;

use crate::weights::{Item, State};

/// Whether a file is as the engine needs it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    /// It is missing, and the engine can do without it.
    Absent,
    Wrong(State),
}

impl Verdict {
    /// The verdict on a file, given what is at its place.
    pub(super) fn of(item: &Item, state: State) -> Self {
        match state {
            State::There => Self::Right,
            State::Missing if item.weight.optional => Self::Absent,
            wrong => Self::Wrong(wrong),
        }
    }

    /// Whether the engine cannot work like this. An optional file that is there and damaged is wrong, too: the engine reads it.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong(_))
    }

    /// A line on the file of an engine, with a second one on what to do if it is wrong.
    pub(super) fn line(&self, item: &Item, engine: &str) -> String {
        let file = &item.weight.file;
        let pull = format!("`avatar-gateway models pull {engine}`");
        let (state, remedy) = match self {
            Self::Right => {
                let known = if item.sha256().is_some() { "" } else { " (the engine knows no SHA-256 of it)" };
                return format!("ok     {file}{known}");
            }
            Self::Absent => return format!("absent {file}: optional; {pull} fetches it"),
            Self::Wrong(state) => (state, remedy(state, engine, pull)),
        };
        format!("wrong  {file}: {state}\n       -> {remedy}")
    }
}

fn remedy(state: &State, engine: &str, pull: String) -> String {
    match state {
        State::There | State::Missing | State::WrongSize { .. } => pull,
        State::WrongContent { .. } => format!("`avatar-gateway models pull {engine} --force`"),
        State::Unreadable { .. } => "look at what is there and at its permissions".to_owned(),
    }
}

/// A line on all files in a folder.
pub(super) fn summary(verdicts: &[Verdict], folder: &Path) -> String {
    let count = |of: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| of(verdict)).count();
    let (right, absent) = (count(|it| *it == Verdict::Right), count(|it| *it == Verdict::Absent));
    let absent = if absent > 0 { format!("; optional and missing: {absent}") } else { String::new() };
    format!("{right} of {} files in {} are right{absent}", verdicts.len(), folder.display())
}

#[cfg(test)]
mod tests {
    use engine_api::Weight;

    use super::*;
    use crate::weights::items;

    fn item(optional: bool) -> Item {
        let weight =
            Weight { file: "net.bin".into(), source: "ann/net/net.bin".into(), bytes: Some(3), sha256: None, optional };
        items(Path::new("weights"), &[weight]).unwrap().remove(0)
    }

    #[test]
    fn a_missing_file_is_wrong_unless_it_is_optional() {
        let (needed, optional) = (item(false), item(true));
        let verdict = Verdict::of(&needed, State::Missing);
        assert!(verdict.is_wrong());
        assert_eq!(verdict.line(&needed, "net"), "wrong  net.bin: missing\n       -> `avatar-gateway models pull net`");
        let verdict = Verdict::of(&optional, State::Missing);
        assert!(!verdict.is_wrong());
        assert_eq!(
            verdict.line(&optional, "net"),
            "absent net.bin: optional; `avatar-gateway models pull net` fetches it"
        );
    }

    #[test]
    fn an_optional_file_that_is_there_must_be_right() {
        let verdict = Verdict::of(&item(true), State::WrongSize { expected: 3, found: 5 });
        assert!(verdict.is_wrong() && verdict.line(&item(true), "net").contains("wrong size"));
        assert_eq!(Verdict::of(&item(true), State::There), Verdict::Right);
    }

    #[test]
    fn the_summary_tells_of_optional_files_that_are_missing() {
        let summary = |verdicts: &[Verdict]| summary(verdicts, Path::new("w"));
        assert_eq!(summary(&[Verdict::Right, Verdict::Wrong(State::Missing)]), "1 of 2 files in w are right");
        let verdicts = [Verdict::Right, Verdict::Absent];
        assert_eq!(summary(&verdicts), "1 of 2 files in w are right; optional and missing: 1");
    }
}
