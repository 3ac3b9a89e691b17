//! What checks came to, one after the other, as people and programs read it.

use std::time::Instant;

use serde::Serialize;

use crate::conformance::check::Check;
use crate::conformance::stand::Stand;
use crate::conformance::verdict::{Miss, State};

/// What one check came to.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The check.
    pub name: &'static str,
    /// What it came to.
    pub state: State,
    /// What was measured, or why it was not.
    pub measured: String,
    /// What was expected.
    pub expected: &'static str,
    /// What to do about a check that was not passed; empty for the others.
    pub remedy: &'static str,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What all of them came to.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The engine's id, where it told one.
    pub engine: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The plugin's file.
    pub library: std::path::PathBuf,
    /// Whether nothing failed.
    pub conforms: bool,
    /// Each check, in the order in which they were tried.
    pub checks: Vec<Line>,
    /// What the engine's processes printed last.
    pub printed: Vec<String>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Report {
    /// How many checks came to this.
    pub fn count(&self, state: State) -> usize {
        self.checks.iter().filter(|line| line.state == state).count()
    }
}

/// Tries these checks, one after the other. `begun` is told of each before it is tried, and `ended` what it came to.
pub async fn run(
    stand: &mut Stand,
    checks: &[&'static Check],
    begun: impl Fn(&Check),
    mut ended: impl FnMut(&Line),
) -> Report {
    let start = Instant::now();
    let mut lines = Vec::new();
    for check in checks {
        begun(check);
        let at = Instant::now();
        let tried = (check.run)(stand).await;
        let state = State::of(&tried);
        let (Ok(measured) | Err(Miss::Failed(measured) | Miss::NotApplicable(measured) | Miss::NotTried(measured))) =
            tried;
        let line = Line {
            name: check.name,
            state,
            measured,
            expected: check.expected,
            remedy: if state == State::Failed { check.remedy } else { "" },
            seconds: at.elapsed().as_secs_f64(),
        };
        ended(&line);
        lines.push(line);
    }
    let (engine, version) = stand.engine().map(|(id, version)| (id.to_owned(), version.to_owned())).unzip();
    Report {
        engine,
        version,
        library: stand.library().to_owned(),
        conforms: lines.iter().all(|line| line.state != State::Failed),
        checks: lines,
        printed: stand.heard.latest(),
        seconds: start.elapsed().as_secs_f64(),
    }
}
