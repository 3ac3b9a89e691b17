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
/// Raise them knowingly: other versions make other clients, and `openapi-typescript` takes no later compiler.
const OPENAPI_PYTHON: &str = "openapi-python-client==0.29.1";
const OPENAPI_TYPESCRIPT: &str = "7.13.0";
const BESIDE_IT: [&str; 3] = ["openapi-fetch@0.17.0", "typescript@5.9.3", "@types/node@22.20.7"];

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
    modules(&format!("openai-node-{OPENAI_NODE}"), &[&format!("openai@{OPENAI_NODE}")])
}

/// Python with the program that makes clients of OpenAPI documents, and with what these clients need.
pub(crate) fn openapi_python() -> Result<PathBuf> {
    python::with_package("openapi-python-client", OPENAPI_PYTHON)
}

/// The folder of modules with the program that makes TypeScript's types of OpenAPI documents, the compiler, and the library
/// that sends requests by these types.
pub(crate) fn openapi_typescript() -> Result<PathBuf> {
    let program = format!("openapi-typescript@{OPENAPI_TYPESCRIPT}");
    modules(&format!("openapi-typescript-{OPENAPI_TYPESCRIPT}"), &[&[program.as_str()], &BESIDE_IT[..]].concat())
}

/// A folder of modules for Node with these packages, in a folder of this name.
fn modules(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = once::folder(name, |work| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(work).args(packages);
        command::output(&mut npm).with_context(|| format!("npm cannot get {}", packages.join(" ")))?;
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
