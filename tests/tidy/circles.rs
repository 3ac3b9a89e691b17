//! No circle of files: who reads a file need not read it again to understand what it uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::product::targets;
use crate::rule::hold;
use crate::uses::{Uses, uses};

#[test]
fn no_file_uses_itself_by_way_of_others() {
    let mut broken = Vec::new();
    for target in targets() {
        let uses = uses(&target);
        for circle in circles(&uses) {
            let lines = circle.iter().map(|file| {
                let others = uses[*file].iter().filter(|(other, _)| circle.contains(other.as_str()));
                let others: Vec<_> = others.map(|(other, line)| format!("{other} (line {line})")).collect();
                format!("{file} uses {}", others.join(", "))
            });
            broken.extend(lines);
        }
    }
    hold(
        "no file uses itself by way of others; a module that offers its children's items uses them",
        "move what both need into a file of its own below them, or import from the file that defines it",
        broken,
    );
}

/// The largest groups in which each file leads to every other.
pub(crate) fn circles(uses: &Uses) -> Vec<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|file| (file.as_str(), reach(uses, file))).collect();
    let mut circles = Vec::new();
    let mut seen = BTreeSet::new();
    for (file, others) in &reached {
        if seen.contains(file) || !others.contains(file) {
            continue;
        }
        let circle: BTreeSet<&str> = others.iter().filter(|other| reached[*other].contains(file)).copied().collect();
        seen.extend(circle.iter().copied());
        circles.push(circle);
    }
    circles
}

/// All that a file uses, directly or not; itself only on a circle.
fn reach<'a>(uses: &'a Uses, file: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = uses[file].keys().map(String::as_str).collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(uses[file].keys().map(String::as_str));
        }
    }
    reached
}

#[test]
fn a_circle_is_seen_and_a_chain_is_none() {
    let uses = |arrows: &[(&str, &str)]| {
        let mut uses = Uses::new();
        for (from, to) in arrows {
            uses.entry((*to).to_owned()).or_default();
            uses.entry((*from).to_owned()).or_default().insert((*to).to_owned(), 1);
        }
        uses
    };
    let chain = [("a", "b"), ("b", "c"), ("a", "c")];
    assert!(circles(&uses(&chain)).is_empty());
    let closed = uses(&[&chain[..], &[("c", "b"), ("d", "d2"), ("d2", "d")]].concat());
    assert_eq!(circles(&closed), [BTreeSet::from(["b", "c"]), BTreeSet::from(["d", "d2"])]);
}
