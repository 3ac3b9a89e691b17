//! Every check, in the order in which they are tried: what later ones rest on comes first.

mod cancel;
mod description;
mod device;
mod endurance;
mod garbage;
mod loading;
mod output;
mod parameters;
mod rendering;
mod seeds;

use crate::conformance::check::Check;

/// The groups of checks.
const GROUPS: [&[Check]; 10] = [
    &description::CHECKS,
    &loading::CHECKS,
    &rendering::CHECKS,
    &parameters::CHECKS,
    &seeds::CHECKS,
    &cancel::CHECKS,
    &endurance::CHECKS,
    &garbage::CHECKS,
    &device::CHECKS,
    &output::CHECKS,
];

/// Every check.
pub fn all() -> impl Iterator<Item = &'static Check> {
    GROUPS.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// docs/writing-an-engine.md tells authors of every check, in order and in the same words.
    #[test]
    fn the_authors_list_is_complete() {
        let document = include_str!("../../../docs/writing-an-engine.md");
        let (_, table) = document.split_once("| check | what an engine does |\n| --- | --- |\n").unwrap();
        let listed: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
        let rows: Vec<String> = all().map(|check| format!("| `{}` | {} |", check.name, check.expected)).collect();
        assert_eq!(listed, rows, "put this in its place:\n{}", rows.join("\n"));
    }

    #[test]
    fn names_are_unique_words_and_each_group_is_whole() {
        let names: Vec<&str> = all().map(|check| check.name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        for group in GROUPS {
            assert!(group.iter().all(|check| check.group() == group[0].group()), "{}", group[0].name);
        }
        for check in all() {
            let word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            let (group, own) = check.name.split_once('.').unwrap();
            assert!(word(group) && word(own), "{}", check.name);
            assert!(!check.expected.ends_with('.') && !check.remedy.is_empty(), "{}", check.name);
        }
    }
}
