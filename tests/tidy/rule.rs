//! How a rule is held: the message names it, every place that breaks it, and what to do.

use std::collections::{BTreeMap, BTreeSet};

/// How often a rule is still broken in the crate of each folder. The numbers may only fall, and in the end go.
pub(crate) type Rest = &'static [(&'static str, usize)];

/// Fails if there is a place that breaks the rule.
#[track_caller]
pub(crate) fn hold(rule: &str, remedy: &str, broken: impl IntoIterator<Item = String>) {
    let broken: BTreeSet<String> = broken.into_iter().collect();
    let list = broken.iter().map(|place| format!("\n  {place}")).collect::<String>();
    assert!(broken.is_empty(), "\nrule: {rule}\nbroken by:{list}\nremedy: {remedy}\n");
}

/// Fails if the places in a crate that break the rule are more than those that are left from before it was made.
#[track_caller]
pub(crate) fn rest(rule: &str, remedy: &str, rest: Rest, broken: &BTreeMap<String, Vec<String>>) {
    let left = |folder: &str| rest.iter().find(|(name, _)| *name == folder).map_or(0, |(_, left)| *left);
    let more = broken.iter().filter(|(folder, places)| places.len() > left(folder));
    hold(rule, remedy, more.flat_map(|(_, places)| places.clone()));
}
