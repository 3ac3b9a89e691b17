//! Provides what runs the clients in the end-to-end tests: curl, Node, and Python with its HTTP library.

use std::path::PathBuf;

use anyhow::Result;

use crate::command;
use crate::python;
use crate::setup;
use crate::skipped::Skipped;
use crate::tree;

/// Programs, and Debian's packages of them. Any Node with `fetch` will do.
const PROGRAMS: [(&str, &str); 2] = [("curl", "curl"), ("node", "nodejs")];
/// Raise it knowingly: another version may send other headers.
const REQUESTS: &str = "requests==2.34.2";

/// Installs what is missing. Without it, tests skip what needs it.
pub(crate) fn provide(skipped: &Skipped) -> Result<()> {
    let missing: Vec<&str> =
        PROGRAMS.into_iter().filter(|(program, _)| !command::exists(program)).map(|(_, package)| package).collect();
    if !missing.is_empty()
        && let Err(error) = setup::install(&missing)
    {
        skipped.missing("tests with clients of their own", &format!("{error:#}"))?;
    }
    match python() {
        Ok(python) => println!("   curl, Node, and {}", tree::shown(&python)),
        Err(error) => skipped.missing("tests with clients in Python", &format!("{error:#}"))?,
    }
    Ok(())
}

/// Python with the library that the clients use.
pub(crate) fn python() -> Result<PathBuf> {
    python::with_package("clients", REQUESTS)
}
