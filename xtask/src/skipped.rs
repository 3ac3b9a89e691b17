//! Collects what `cargo xtask test` did not check, and why, for its last lines.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::tree;

/// Names the file to the tests; `avatar-prerequisites` writes it.
pub(crate) const VARIABLE: &str = "SKIPPED_TESTS_LOG";

/// A file with a line for everything that was skipped: what, a colon, why.
pub(crate) struct Skipped {
    log: PathBuf,
}

impl Skipped {
    /// An empty file in the target folder.
    pub(crate) fn new() -> Result<Self> {
        Self::at(tree::target()?.join(format!("skipped-{}.txt", std::process::id())))
    }

    fn at(log: PathBuf) -> Result<Self> {
        File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        Ok(Self { log })
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Notes what could have been provided; where `CI` is `true`, that is a failure.
    pub(crate) fn missing(&self, what: &str, why: &str) -> Result<()> {
        if std::env::var("CI").is_ok_and(|value| value == "true") {
            bail!("{what} could not be checked: {why}");
        }
        self.unavailable(what, why)
    }

    /// Notes what only some machines have, which is no failure anywhere.
    pub(crate) fn unavailable(&self, what: &str, why: &str) -> Result<()> {
        let why = why.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        println!("   SKIPPED {what}: {why}");
        let mut file = File::options().append(true).open(&self.log)?;
        Ok(writeln!(file, "{what}: {why}")?)
    }

    /// Everything that was skipped, each reason once with all that it stopped; empty if nothing was.
    pub(crate) fn summary(&self) -> Result<String> {
        let noted = fs::read_to_string(&self.log).with_context(|| format!("cannot read {}", self.log.display()))?;
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (what, why) in noted.lines().filter_map(|line| line.split_once(": ")) {
            let stopped = reasons.entry(why).or_default();
            if !stopped.contains(&what) {
                stopped.push(what);
            }
        }
        let mut text = String::new();
        for (why, stopped) in reasons {
            text.push_str(&format!("   skipped, for {why}\n"));
            stopped.iter().for_each(|what| text.push_str(&format!("      {what}\n")));
        }
        Ok(text)
    }
}

impl Drop for Skipped {
    fn drop(&mut self) {
        // What was noted has been shown; a file that stays behind harms nobody.
        let _ = fs::remove_file(&self.log);
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::Skipped;

    #[test]
    fn a_reason_is_told_once_with_all_that_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let skipped = Skipped::at(folder.path().join("skipped.txt")).unwrap();
        assert_eq!(skipped.summary().unwrap(), "");
        let mut log = File::options().append(true).open(skipped.log()).unwrap();
        writeln!(log, "clips::one: ONNX Runtime is missing: no network").unwrap();
        writeln!(log, "clips::two: ONNX Runtime is missing: no network").unwrap();
        writeln!(log, "clips::two: ONNX Runtime is missing: no network").unwrap();
        skipped.unavailable("advisories", "git failed:\n  no\n\n  such host").unwrap();
        assert_eq!(
            skipped.summary().unwrap(),
            "   skipped, for ONNX Runtime is missing: no network\n      clips::one\n      clips::two\n   \
             skipped, for git failed: no such host\n      advisories\n"
        );
    }
}
