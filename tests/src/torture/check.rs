//! What the gateway's own `check` says of the folder once the gateway has ended.

use serde_json::Value;

use crate::site::Site;
use crate::torture::ledger::Faults;
use crate::torture::terms::Terms;

/// Compares rows and files both ways, with all sums. Returns what is lost, and what is otherwise out of order.
///
/// # Panics
/// The check says nothing that can be read.
pub(super) fn check(site: &Site, terms: &Terms) -> (Faults, Faults) {
    let said = site.command(&["check", "data", "--json", "--hashes"]);
    let checked: Value = serde_json::from_slice(&said.stdout)
        .unwrap_or_else(|error| panic!("`check` says {error}: {}", String::from_utf8_lossy(&said.stderr)));
    let (mut lost, mut wrong) = (Faults::default(), Faults::default());
    for finding in checked["findings"].as_array().into_iter().flatten() {
        let words = format!("`check` says of {}: {}", finding["what"], finding["message"]);
        match finding["kind"].as_str().unwrap_or_default() {
            "no_row" if terms.orphans => {}
            "database" | "missing" | "no_input" => lost.add(words),
            _ => wrong.add(words),
        }
    }
    (lost, wrong)
}
