//! Clients in other languages: the scripts in `tests/clients`, run by Python and Node, and curl.
//!
//! Where such a program is missing, a test that needs it says so and does not run; where `CI` is `true`, it fails.

use std::env;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use avatar_prerequisites::{found, provided_by};

/// What a program wrote, and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// Its exit status; `None` if it was killed.
    pub code: Option<i32>,
    /// What it wrote for its user.
    pub said: String,
    /// What it wrote about its faults.
    pub complained: String,
}

impl Ran {
    fn new(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), said: text(output.stdout), complained: text(output.stderr) }
    }

    /// What it said, if it succeeded.
    ///
    /// # Panics
    /// It did not.
    pub fn success(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}{}", self.said, self.complained);
        &self.said
    }
}

/// Runs one of the scripts in `tests/clients`; `None` if there is nothing to run it with.
pub fn script(name: &str, arguments: &[&str]) -> Option<Ran> {
    let program = match name {
        "openapi.py" => &VALIDATOR,
        _ if name.ends_with(".py") => &PYTHON,
        _ => &NODE,
    };
    let program = found(name, program)?;
    Some(run(Command::new(program).arg(clients().join(name)).args(arguments)))
}

/// Runs one of the scripts in `tests/clients` in Python with OpenAI's library; `None` if it cannot be had.
pub fn python_with_openai(name: &str, arguments: &[&str]) -> Option<Ran> {
    let program = found(name, &OPENAI_PYTHON)?;
    Some(run(Command::new(program).arg(clients().join(name)).args(arguments)))
}

/// The same in Node.
pub fn node_with_openai(name: &str, arguments: &[&str]) -> Option<Ran> {
    let (program, library) = (found(name, &NODE)?, found(name, &OPENAI_NODE)?);
    Some(run(Command::new(program).env("NODE_PATH", library).arg(clients().join(name)).args(arguments)))
}

/// Runs the program that makes clients in Python of OpenAPI documents; `None` if it cannot be had.
pub fn openapi_python(arguments: &[&str]) -> Option<Ran> {
    let program = found("openapi-python-client", &OPENAPI_PYTHON)?;
    Some(run(Command::new(program).args(["-m", "openapi_python_client"]).args(arguments)))
}

/// Runs one of the scripts in `tests/clients` with a client that was made so, which lies in `folder`; `None` as before.
pub fn python_with_client(name: &str, folder: &Path, arguments: &[&str]) -> Option<Ran> {
    let program = found(name, &OPENAPI_PYTHON)?;
    Some(run(Command::new(program).env("PYTHONPATH", folder).arg(clients().join(name)).args(arguments)))
}

/// Runs a program of those that make and check clients in TypeScript, or one that was made so, in a folder that gets their
/// modules; `None` if they cannot be had.
pub fn typescript(program: &str, folder: &Path, arguments: &[&str]) -> Option<Ran> {
    let (node, modules) = (found(program, &NODE)?, found(program, &OPENAPI_TYPESCRIPT)?);
    let link = folder.join("node_modules");
    if !link.exists() {
        symlink(modules, &link).expect("the folder can be written");
    }
    Some(run(Command::new(node).current_dir(folder).arg(program).args(arguments)))
}

/// Where one of the scripts is, or what belongs to it.
pub fn client(name: &str) -> PathBuf {
    clients().join(name)
}

/// Where the scripts are.
fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// Runs curl, which shows what it is answered and why it fails; `None` if there is none.
pub fn curl(arguments: &[&str]) -> Option<Ran> {
    let program = found("curl", &CURL)?;
    Some(run(Command::new(program).args(["--silent", "--show-error", "--max-time", "60"]).args(arguments)))
}

/// The program nginx; `None` if there is none.
pub(crate) fn nginx() -> Option<&'static Path> {
    found("nginx", &NGINX)
}

fn run(command: &mut Command) -> Ran {
    // A proxy that the user has set up leads out of this machine.
    command.env("NO_PROXY", "*").env("no_proxy", "*").env("PYTHONIOENCODING", "utf-8").stdin(Stdio::null());
    Ran::new(command.output().expect("the program was found"))
}

type Found = Result<PathBuf, String>;

static CURL: LazyLock<Found> = LazyLock::new(|| on_path("curl"));
static NGINX: LazyLock<Found> = LazyLock::new(|| provided_by("nginx"));
static NODE: LazyLock<Found> = LazyLock::new(|| {
    let node = on_path("node").or_else(|_| on_path("nodejs"))?;
    let has_fetch = succeeds(Command::new(&node).args(["-e", "process.exit(typeof fetch === 'function' ? 0 : 1)"]));
    if has_fetch { Ok(node) } else { Err("this Node has no fetch; version 18 is the first with it".to_owned()) }
});
static PYTHON: LazyLock<Found> = LazyLock::new(|| provided_by("python"));
static OPENAI_PYTHON: LazyLock<Found> = LazyLock::new(|| provided_by("openai-python"));
static OPENAI_NODE: LazyLock<Found> = LazyLock::new(|| provided_by("openai-node"));
static OPENAPI_PYTHON: LazyLock<Found> = LazyLock::new(|| provided_by("openapi-python"));
static OPENAPI_TYPESCRIPT: LazyLock<Found> = LazyLock::new(|| provided_by("openapi-typescript"));
static VALIDATOR: LazyLock<Found> = LazyLock::new(|| provided_by("validator"));

fn on_path(program: &str) -> Found {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).map(|folder| folder.join(program)).find(|program| program.is_file());
    found.ok_or_else(|| format!("{program} is not installed"))
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}
