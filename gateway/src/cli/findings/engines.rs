//! What the settings say of engines, against the plugins that are installed.

use std::sync::Arc;

use engine_api::Readiness;

use crate::catalog::entry::{Entry, Status};
use crate::cli::findings::Finding;
use crate::config::{Config, Engines, FacadeName, Loaded};
use crate::domain::params::nearest;

/// Whether each engine can render, and whether every engine is there that something needs: the settings, or jobs that are
/// `waiting`, counted by engine.
pub(in crate::cli) fn all(loaded: &Loaded, entries: &[Arc<Entry>], waiting: &[(String, u64)]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = entries.iter().map(|entry| engine(entry, &loaded.config.engines)).collect();
    findings.extend(entries.iter().filter(|entry| !entry.odd().is_empty()).map(|entry| {
        let message = format!("`{}` can be used, and is odd: {}", entry.id, entry.odd().join("; "));
        Finding::warning("engines", message, "nothing needs to be done here; its author can mend it")
    }));
    findings.extend(named(loaded, entries));
    let folder = loaded.config.engines.dir.display();
    findings.extend(waiting.iter().filter(|(id, _)| !is_installed(entries, id)).map(|(id, jobs)| {
        let message = format!("{jobs} jobs wait for the engine `{id}`, which is not in {folder}");
        Finding::failure("engines", message, "install its plugin again, or cancel the jobs")
    }));
    findings
}

/// Whether the engines are installed that the settings name.
pub(in crate::cli) fn named(loaded: &Loaded, entries: &[Arc<Entry>]) -> Vec<Finding> {
    let Config { engines: Engines { default, dir, tables, .. }, .. } = &loaded.config;
    let mut findings = Vec::new();
    if !is_installed(entries, default) {
        let message = format!("the default engine `{default}` is not in {}", dir.display());
        let built = format!("`cargo xtask engine {default}` builds it; or set engines.default to another one");
        findings.push(Finding::failure("engines", message, meant(entries, default, "").unwrap_or(built)));
    }
    findings.extend(tables.keys().filter(|id| !is_installed(entries, id)).map(|id| {
        let place = loaded.origin(&format!("engines.{id}")).map(|origin| format!(" ({origin})")).unwrap_or_default();
        let message = format!("[engines.{id}]{place} is for an engine that is not in {}", dir.display());
        let remedy = meant(entries, id, "engines.").unwrap_or_else(|| "install its plugin, or remove the table".into());
        Finding::warning("engines", message, remedy)
    }));
    findings.extend(facades(loaded, entries));
    findings
}

/// The facades whose engines are missing. Those that nobody has set up share a line, which is no warning: clients of
/// services that the operator does not care about will not come.
fn facades(loaded: &Loaded, entries: &[Arc<Entry>]) -> Vec<Finding> {
    let config = &loaded.config;
    let default = &config.engines.default;
    let missing = |facade: &FacadeName| !is_installed(entries, &config.facades.of(*facade).engine);
    let (set_up, others): (Vec<_>, Vec<_>) = FacadeName::ALL
        .into_iter()
        .filter(missing)
        .partition(|facade| loaded.origin(&format!("facades.{}", facade.as_str())).is_some());
    let mut findings: Vec<Finding> = set_up
        .into_iter()
        .map(|facade| {
            let (name, table) = (facade.as_str(), config.facades.of(facade));
            let consequence = match table.fallback && is_installed(entries, default) {
                true => format!("`{default}` renders in its place"),
                false => "requests of its clients are refused".to_owned(),
            };
            let engine = &table.engine;
            let message = format!(
                "facades.{name}: its engine `{engine}` is not in {}, and {consequence}",
                config.engines.dir.display()
            );
            let install = format!("install its plugin, or set facades.{name}.engine to another one");
            Finding::warning("facades", message, meant(entries, engine, "").unwrap_or(install))
        })
        .collect();
    if !others.is_empty() && is_installed(entries, default) {
        let names = others.iter().map(|facade| facade.as_str()).collect::<Vec<_>>().join(", ");
        findings.push(Finding::ok(
            "facades",
            format!("`{default}` renders for clients of {names}: their own engines are not installed"),
        ));
    }
    findings
}

fn is_installed(entries: &[Arc<Entry>], id: &str) -> bool {
    entries.iter().any(|entry| entry.id == id)
}

/// What to do about an id that is nearly that of an installed engine.
fn meant(entries: &[Arc<Entry>], id: &str, table: &str) -> Option<String> {
    let near = nearest(id, entries.iter().map(|entry| entry.id.as_str()))?;
    Some(format!("did you mean `{table}{near}`?"))
}

fn engine(entry: &Entry, settings: &Engines) -> Finding {
    of_status(&entry.id, entry.status(settings), entry.id == settings.default)
}

/// An engine that cannot render is no failure of the gateway, unless it is the one that requests get by default.
fn of_status(id: &str, status: Status, is_default: bool) -> Finding {
    let (reason, remedy) = match status {
        Status::Checked(Readiness::Ready { note }) => {
            let note = note.map(|note| format!(": {note}")).unwrap_or_default();
            return Finding::ok("engines", format!("`{id}` is ready{note}"));
        }
        Status::Checked(Readiness::MissingWeights { files, remedy }) => {
            (format!("these weights are missing: {}", files.join(", ")), remedy)
        }
        Status::Checked(Readiness::Failed { reason, remedy }) => (reason, remedy),
        Status::Incompatible { reason } => {
            (reason, "have it mended or built again for this gateway, or remove it".to_owned())
        }
    };
    let message = format!("`{id}` cannot render: {reason}");
    match is_default {
        true => Finding::failure("engines", message, remedy),
        false => Finding::warning("engines", message, remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::findings::Level;

    #[test]
    fn a_ready_engine_is_told_with_what_it_works_with() {
        let message = |readiness| of_status("net", Status::Checked(readiness), true).message;
        assert_eq!(message(Readiness::READY), "`net` is ready");
        let noted = Readiness::Ready { note: Some("it works with its mesh".into()) };
        assert_eq!(message(noted), "`net` is ready: it works with its mesh");
    }

    #[test]
    fn what_cannot_render_fails_if_it_is_the_default() {
        let failed = || Status::Checked(Readiness::Failed { reason: "no card".into(), remedy: "buy one".into() });
        let (default, other) = (of_status("net", failed(), true), of_status("net", failed(), false));
        assert_eq!((default.level, other.level), (Level::Failure, Level::Warning));
        assert_eq!(default.message, "`net` cannot render: no card");
    }
}
