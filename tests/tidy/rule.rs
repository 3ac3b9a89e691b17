//! How a rule is held: the message names it, every place that breaks it, and what to do.

use std::collections::BTreeSet;

/// Fails if there is a place that breaks the rule.
#[track_caller]
pub(crate) fn hold(rule: &str, remedy: &str, broken: impl IntoIterator<Item = String>) {
    let broken: BTreeSet<String> = broken.into_iter().collect();
    let list = broken.iter().map(|place| format!("\n  {place}")).collect::<String>();
    assert!(broken.is_empty(), "\nrule: {rule}\nbroken by:{list}\nremedy: {remedy}\n");
}
