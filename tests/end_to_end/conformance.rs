//! `avatar-gateway engines test`: what is sound passes, and each flaw is found by the check that names it.

mod command;
mod descriptions;
mod flaws;
mod networks;

use std::process::Output;

use avatar_tests::Site;
use serde_json::Value;

/// Makes the test card quick, and leaves alone what breaks its jobs on purpose.
const TESTCARD: [&str; 5] = [
    "testcard",
    "--params",
    r#"{"width": 64, "height": 64, "fps": 10}"#,
    "--leave",
    "fault,at_frame,warn_from,fault_times,frame_ms",
];

/// What the kit said of an engine.
struct Tried {
    report: Value,
    has_succeeded: bool,
}

impl Tried {
    /// Tries an engine of a site out.
    #[track_caller]
    fn of(site: &Site, arguments: &[&str]) -> Self {
        let command = ["engines", "test", "--json", "--config", "config.toml"];
        Self::read(&site.command(&[&command, arguments].concat()))
    }

    #[track_caller]
    fn read(output: &Output) -> Self {
        let words = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {words}"));
        Self { report, has_succeeded: output.status.success() }
    }

    /// The checks that came to this.
    fn checks(&self, state: &str) -> Vec<&str> {
        let lines = self.report["checks"].as_array().unwrap().iter();
        lines.filter(|line| line["state"] == state).map(|line| line["name"].as_str().unwrap()).collect()
    }

    /// Holds it to having found nothing wrong, and having tried everything.
    #[track_caller]
    fn passes(&self) {
        let (failed, not_tried) = (self.checks("failed"), self.checks("not_tried"));
        assert!(failed.is_empty() && not_tried.is_empty(), "{failed:?} {not_tried:?} {:#}", self.report);
        assert!(self.has_succeeded && !self.checks("ok").is_empty(), "{:#}", self.report);
    }

    /// Holds it to having found one thing wrong, and tells what was measured.
    #[track_caller]
    fn fails_alone(&self, check: &str) -> &str {
        assert_eq!(self.checks("failed"), [check], "{:#}", self.report);
        assert!(!self.has_succeeded && self.report["conforms"] == false, "{:#}", self.report);
        let lines = self.report["checks"].as_array().unwrap();
        let line = lines.iter().find(|line| line["name"] == check).unwrap();
        assert!(!line["remedy"].as_str().unwrap().is_empty(), "{line}");
        line["measured"].as_str().unwrap()
    }
}
