//! What tests need beside the code, such as ONNX Runtime: it is found, or fetched by `cargo xtask`, or the test says that
//! it did not run.
//!
//! A test that lacks something calls [`missing`] and returns. It then counts as passed, because the test harness knows
//! no third end; but the words reach the screen, and `cargo xtask test` repeats them at its end. Where `CI` is `true`, the
//! test fails.

use std::env;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// Names the file in which `cargo xtask test` collects what did not run: a line for each test.
pub const LOG: &str = "SKIPPED_TESTS_LOG";

/// Says that the running test does not run, because `what` cannot be had.
///
/// # Panics
/// `CI` is `true`: there, everything that tests need has to be provided.
pub fn missing(what: &str, why: &str) {
    assert!(!is_ci(), "{what} is missing: {why}");
    skipped(what, why);
}

/// Says that the running test does not run, because this machine or user cannot: it lacks a right or a part of the system
/// that no chore provides. It fails nowhere.
pub fn unavailable(what: &str, why: &str) {
    skipped(what, why);
}

fn skipped(what: &str, why: &str) {
    let thread = std::thread::current();
    let why = why.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let line = format!("{}: {what} is missing: {why}\n", thread.name().unwrap_or("a test"));
    // Written past the test harness, which keeps what passing tests print to itself.
    std::io::stderr().write_all(format!("\nSKIPPED {line}").as_bytes()).expect("stderr takes words");
    if let Some(log) = env::var_os(LOG) {
        let file = File::options().append(true).create(true).open(&log);
        // One write for the line, so that those of two test programs do not mix.
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .unwrap_or_else(|error| panic!("{}: {error}", Path::new(&log).display()));
    }
}

/// The library ONNX Runtime: the one that `ORT_DYLIB_PATH` names, or the one that `cargo xtask onnxruntime` fetches.
/// `None` where there is none: the test has then said so, and is to return.
///
/// # Panics
/// There is none, and `CI` is `true`.
pub fn onnx_runtime() -> Option<&'static Path> {
    static FOUND: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
        let Some(named) = env::var_os("ORT_DYLIB_PATH").map(PathBuf::from) else { return provided_by("onnxruntime") };
        let is_there = named.is_file();
        if is_there { Ok(named) } else { Err(format!("ORT_DYLIB_PATH names no file: {}", named.display())) }
    });
    found("ONNX Runtime", &FOUND)
}

/// The folder of libtorch: the one that `LIBTORCH` names, or the one that `cargo xtask libtorch` fetches. `None` where there
/// is none: the test has then said so, and is to return.
///
/// # Panics
/// There is none, and `CI` is `true`.
pub fn libtorch() -> Option<&'static Path> {
    static FOUND: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
        // Cargo names a folder in the target folder wherever nobody else does; it is there once it was fetched.
        let named = env::var_os("LIBTORCH").map(PathBuf::from).filter(|folder| folder.join("lib").is_dir());
        named.map_or_else(|| provided_by("libtorch"), Ok)
    });
    found("libtorch", &FOUND)
}

/// The file of published weights with this name, in the folder that `REAL_WEIGHTS` names. `None` where there is none: the
/// test has then said so, and is to return. It fails nowhere, as no chore fetches what others have published.
pub fn real_weights(name: &str) -> Option<PathBuf> {
    published(name, "REAL_WEIGHTS", name)
}

/// The folder of numbers that original implementations give with published weights: the one that `REAL_GOLDENS` names.
/// `None` where there is none: the test has then said so, and is to return. It fails nowhere either.
pub fn real_goldens() -> Option<PathBuf> {
    let manifest = published("a set of numbers with published weights", "REAL_GOLDENS", "manifest.json")?;
    manifest.parent().map(Path::to_owned)
}

/// The sample of this name to which such numbers belong, in the folder that `REAL_SAMPLES` names; by default `samples` beside
/// the folder that holds that of the numbers. `None` as for [`real_goldens`].
pub fn real_sample(name: &str) -> Option<PathBuf> {
    if env::var_os("REAL_SAMPLES").is_some() {
        return published(name, "REAL_SAMPLES", name);
    }
    let path = real_goldens()?.join("../../samples").join(name);
    let is_there = path.is_file();
    if !is_there {
        skipped(name, "REAL_SAMPLES names no folder, and there is none beside that of REAL_GOLDENS");
    }
    is_there.then_some(path)
}

fn published(what: &str, variable: &str, name: &str) -> Option<PathBuf> {
    let Some(folder) = env::var_os(variable).map(PathBuf::from) else {
        skipped(what, &format!("{variable} names no folder"));
        return None;
    };
    let path = folder.join(name);
    let is_there = path.is_file();
    if !is_there {
        skipped(what, &format!("{variable} names a folder without {name}: {}", folder.display()));
    }
    is_there.then_some(path)
}

/// What was found; otherwise the test says that it does not run.
///
/// # Panics
/// Nothing was found, and `CI` is `true`.
pub fn found<'a>(what: &str, outcome: &'a Result<PathBuf, String>) -> Option<&'a Path> {
    match outcome {
        Ok(path) => Some(path),
        Err(why) => {
            missing(what, why);
            None
        }
    }
}

/// The path that a chore of `cargo xtask` prints, after it has fetched what lies there.
///
/// # Errors
/// The chore's own words, where it fails.
pub fn provided_by(chore: &str) -> Result<PathBuf, String> {
    let mut xtask = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    xtask.args(["run", "--quiet", "--package=xtask", "--target-dir"]).arg(target()).args(["--", chore]);
    let ran = xtask.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null()).output();
    let ran = ran.map_err(|error| format!("cargo does not run: {error}"))?;
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if !ran.status.success() {
        return Err(words(&ran.stderr));
    }
    // Before it may stand what had to be installed for it.
    words(&ran.stdout).lines().last().map(PathBuf::from).ok_or_else(|| format!("`cargo xtask {chore}` printed no path"))
}

/// The target folder that the running test was built in.
///
/// # Panics
/// The program lies in none.
pub fn target() -> PathBuf {
    let program = env::current_exe().expect("a test knows its own path");
    program.ancestors().nth(3).expect("a test lies in <target>/<profile>/deps").into()
}

fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}
