//! Clients that are programs of their own: the scripts in `tests/clients`, run by Python and Node, and curl.
//!
//! Where such a program is missing, a test that needs it says so and passes; where `CI` is `true`, it fails.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

/// The Python library of nearly all clients. Raise it knowingly: another version may send other headers.
const REQUESTS: &str = "requests==2.34.2";

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
    let found = if name.ends_with(".py") { &PYTHON } else { &NODE };
    let program = needed(name, found)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name);
    Some(run(Command::new(program).arg(script).args(arguments)))
}

/// Runs curl, which shows what it is answered and why it fails; `None` if there is none.
pub fn curl(arguments: &[&str]) -> Option<Ran> {
    let program = needed("curl", &CURL)?;
    Some(run(Command::new(program).args(["--silent", "--show-error", "--max-time", "60"]).args(arguments)))
}

fn run(command: &mut Command) -> Ran {
    // A proxy that the user has set up leads out of this machine.
    command.env("NO_PROXY", "*").env("no_proxy", "*").env("PYTHONIOENCODING", "utf-8").stdin(Stdio::null());
    Ran::new(command.output().expect("the program was found"))
}

type Found = Result<PathBuf, String>;

fn needed(client: &str, found: &'static LazyLock<Found>) -> Option<&'static Path> {
    match &**found {
        Ok(program) => Some(program),
        Err(why) if env::var("CI").is_ok_and(|value| value == "true") => panic!("{client} cannot be run: {why}"),
        Err(why) => {
            eprintln!("SKIPPED, {client} was not run: {why}");
            None
        }
    }
}

static CURL: LazyLock<Found> = LazyLock::new(|| on_path("curl"));
static NODE: LazyLock<Found> = LazyLock::new(|| {
    let node = on_path("node").or_else(|_| on_path("nodejs"))?;
    let has_fetch = succeeds(Command::new(&node).args(["-e", "process.exit(typeof fetch === 'function' ? 0 : 1)"]));
    if has_fetch { Ok(node) } else { Err("this Node has no fetch; version 18 is the first with it".to_owned()) }
});
static PYTHON: LazyLock<Found> = LazyLock::new(|| {
    let exe = env::current_exe().map_err(|error| error.to_string())?;
    let target = exe.ancestors().nth(3).ok_or("this test lies in no target folder")?;
    let has_requests =
        |python: &PathBuf| python.is_file() && succeeds(Command::new(python).args(["-c", "import requests"]));
    let known = ["clients", "schemathesis"].map(|folder| target.join(folder).join("bin/python"));
    if let Some(python) = known.into_iter().find(has_requests) {
        return Ok(python);
    }
    let folder = target.join("clients");
    let python = folder.join("bin/python");
    output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    output(Command::new(&python).args(["-m", "pip", "install", "--quiet", REQUESTS]))?;
    Ok(python)
});

fn on_path(program: &str) -> Found {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).map(|folder| folder.join(program)).find(|program| program.is_file());
    found.ok_or_else(|| format!("{program} is not installed"))
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}

fn output(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", words.trim())) }
}
