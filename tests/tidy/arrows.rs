//! Which module of the gateway uses which: the code and the table in docs/architecture.md tell the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::circles::circles;
use crate::product::targets;
use crate::rule::hold;
use crate::uses::{Uses, uses};
use crate::workspace::{root, text};

const DOCUMENT: &str = "docs/architecture.md";
/// The first line of the table in it.
const HEAD: &str = "| module of the gateway | uses |\n|---|---|\n";

#[test]
fn the_table_of_arrows_is_the_codes_own() {
    let written = text(&root().join(DOCUMENT));
    let table = written.split_once(HEAD).map(|(_, rest)| rest.lines().take_while(|line| line.starts_with('|')));
    let table: Vec<String> = table.into_iter().flatten().map(str::to_owned).collect();
    let found = lines(&arrows());
    let wrong = |one: &[String], other: &[String], what: &str| -> Vec<String> {
        one.iter().filter(|line| !other.contains(line)).map(|line| format!("{what}: {line}")).collect()
    };
    let broken = [wrong(&found, &table, "the code"), wrong(&table, &found, "the table")].concat();
    let whole = found.iter().fold(HEAD.to_owned(), |mut table, line| {
        writeln!(table, "{line}").expect("a string takes any text");
        table
    });
    hold(
        &format!("a module of the gateway uses those that {DOCUMENT} names for it, and no others"),
        &format!("if the arrow is meant, put this table into {DOCUMENT} in the place of the old one:\n\n{whole}"),
        broken,
    );
}

#[test]
fn no_module_of_the_gateway_uses_itself_by_way_of_others() {
    let arrows = arrows();
    let mut broken = Vec::new();
    for circle in circles(&arrows) {
        broken.extend(circle.iter().map(|module| {
            let others = arrows[*module].keys().map(String::as_str).filter(|other| circle.contains(other));
            format!("{module} uses {}", others.collect::<Vec<_>>().join(", "))
        }));
    }
    hold("no module of the gateway uses itself by way of others", "move what both need into one below them", broken);
}

/// From each module at the gateway's top to those that it uses.
fn arrows() -> Uses {
    let mut arrows = Uses::new();
    let files = targets().into_iter().filter(|target| target.folder == "gateway").flat_map(|target| uses(&target));
    for (file, others) in files.collect::<BTreeMap<_, _>>() {
        let Some(module) = module(&file) else { continue };
        let used: BTreeSet<&str> = others.keys().filter_map(|other| self::module(other)).collect();
        let arrow = arrows.entry(module.to_owned()).or_default();
        arrow.extend(used.into_iter().filter(|used| *used != module).map(|used| (used.to_owned(), 0)));
    }
    arrows
}

/// The module at the top that a file belongs to; the roots of the library and the programs belong to none.
fn module(file: &str) -> Option<&str> {
    let path = file.strip_prefix("gateway/src/")?.trim_end_matches(".rs");
    let module = path.split('/').next()?;
    (!["lib", "main", "bin"].contains(&module)).then_some(module)
}

fn lines(arrows: &Uses) -> Vec<String> {
    let line = |(module, used): (&String, &BTreeMap<String, usize>)| {
        let used: Vec<String> = used.keys().map(|used| format!("`{used}`")).collect();
        format!("| `{module}` | {} |", if used.is_empty() { "nothing".to_owned() } else { used.join(", ") })
    };
    arrows.iter().map(line).collect()
}
