//! Provides what runs the clients in the end-to-end tests: curl, Node, and Python with its HTTP library.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;
use crate::once;
use crate::python;
use crate::setup;
use crate::skipped::Skipped;
use crate::tree;

/// Programs, and Debian's packages of them. Any Node with `fetch` will do.
const PROGRAMS: [(&str, &str); 3] = [("curl", "curl"), ("node", "nodejs"), ("npm", "npm")];
/// Raise it knowingly: another version may send other headers.
const REQUESTS: &str = "requests==2.34.2";
/// The same of OpenAI's own libraries.
const OPENAI_PYTHON: &str = "openai==3.57.0";
const OPENAI_NODE: &str = "6.49.0";
/// Raise it knowingly: another version may find other faults.
const VALIDATOR: &str = "openapi-spec-validator==0.9.0";

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

/// Python with OpenAI's library.
pub(crate) fn openai_python() -> Result<PathBuf> {
    python::with_package("openai", OPENAI_PYTHON)
}

/// The folder of modules with OpenAI's library for Node.
pub(crate) fn openai_node() -> Result<PathBuf> {
    let folder = once::folder(&format!("openai-node-{OPENAI_NODE}"), |work| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(work);
        npm.arg(format!("openai@{OPENAI_NODE}"));
        command::output(&mut npm).context("npm cannot get OpenAI's library")?;
        Ok(work.to_owned())
    })?;
    Ok(folder.join("node_modules"))
}

/// Python with the library that holds OpenAPI documents to their own form.
pub(crate) fn validator() -> Result<PathBuf> {
    python::with_package("validator", VALIDATOR)
}

/// Python with the library that the clients use.
pub(crate) fn python() -> Result<PathBuf> {
    python::with_package("clients", REQUESTS)
}
