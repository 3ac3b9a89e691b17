//! ONNX Runtime for the tests of engines with networks: the one that `ORT_DYLIB_PATH` names, or the one that
//! `cargo xtask onnxruntime` fetches.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use crate::build;

/// The library; `None` where there is none: a test that needs it has then said so, and passes. Where `CI` is `true`, it
/// fails.
///
/// # Panics
/// There is none, and `CI` is `true`.
pub fn onnx_runtime() -> Option<PathBuf> {
    static FOUND: LazyLock<Result<PathBuf, String>> = LazyLock::new(found);
    match &*FOUND {
        Ok(library) => Some(library.clone()),
        Err(why) if env::var("CI").is_ok_and(|value| value == "true") => panic!("no ONNX Runtime: {why}"),
        Err(why) => {
            eprintln!("SKIPPED, there is no ONNX Runtime: {why}");
            None
        }
    }
}

fn found() -> Result<PathBuf, String> {
    if let Some(named) = env::var_os("ORT_DYLIB_PATH").map(PathBuf::from) {
        let is_there = named.is_file();
        return if is_there { Ok(named) } else { Err(format!("ORT_DYLIB_PATH names no file: {}", named.display())) };
    }
    let mut xtask = Command::new(env!("CARGO"));
    xtask.args(["run", "--quiet", "--package=xtask", "--target-dir"]).arg(build::target()).args(["--", "onnxruntime"]);
    let fetched = xtask.current_dir(build::root()).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if fetched.status.success() { Ok(words(&fetched.stdout).into()) } else { Err(words(&fetched.stderr)) }
}
