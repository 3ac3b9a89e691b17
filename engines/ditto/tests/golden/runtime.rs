//! ONNX Runtime for the tests: the one that `ORT_DYLIB_PATH` names, or the one that `cargo xtask onnxruntime` fetches.

use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use engine_ditto::networks::{Loader, Spec};
use engine_onnx::{Input, Network, Options, Runtime};

use crate::reference::SET;
use crate::tensor::{Tensor, Values};

static RUNTIME: LazyLock<Option<&'static Runtime>> = LazyLock::new(|| match found() {
    Ok(runtime) => Some(runtime),
    Err(reason) if env::var("CI").is_ok_and(|value| value == "true") => panic!("no ONNX Runtime: {reason}"),
    Err(reason) => {
        // Written past the test harness, which keeps what passing tests print to itself.
        let words = format!("\nSKIPPED: every stage that runs a network, for there is no ONNX Runtime: {reason}\n\n");
        std::io::stderr().write_all(words.as_bytes()).expect("stderr takes words");
        None
    }
});

fn found() -> Result<&'static Runtime, String> {
    if env::var_os("ORT_DYLIB_PATH").is_some() {
        return Runtime::load(None, None).map_err(|error| error.to_string());
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let fetched = Command::new(cargo)
        .args(["run", "--quiet", "--package=xtask", "--", "onnxruntime"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .map_err(|error| error.to_string())?;
    if !fetched.status.success() {
        return Err(String::from_utf8_lossy(&fetched.stderr).trim().to_owned());
    }
    let path = PathBuf::from(String::from_utf8_lossy(&fetched.stdout).trim());
    Runtime::load(Some(&path), None).map_err(|error| error.to_string())
}

/// The runtime; `None` where there is none.
pub(crate) fn runtime() -> Option<&'static Runtime> {
    *RUNTIME
}

/// Loads the stand-in networks of the set, on the CPU; `None` where there is no runtime.
pub(crate) fn loader() -> Option<Loader<'static>> {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| SET.path("models"));
    Some(Loader { runtime: runtime()?, folder: &FOLDER, options: Options::default() })
}

/// A stand-in network of the set, on the CPU; `None` where there is no runtime.
pub(crate) fn network(spec: &Spec) -> Option<Network> {
    Some(loader()?.load(spec).unwrap_or_else(|error| panic!("{error}")))
}

/// Runs a network with one f32 input.
pub(crate) fn run(network: &mut Network, shape: &[usize], values: &[f32]) -> Vec<Tensor> {
    run_with(network, &[Tensor::f32(shape, values.to_vec())])
}

/// Runs a network.
pub(crate) fn run_with(network: &mut Network, inputs: &[Tensor]) -> Vec<Tensor> {
    let inputs: Vec<Input<'_>> = inputs
        .iter()
        .map(|tensor| match &tensor.values {
            Values::F32(values) => Input::F32(&tensor.shape, values),
            Values::I64(values) => Input::I64(&tensor.shape, values),
            _ => panic!("networks take no {}", tensor.dtype()),
        })
        .collect();
    let outputs = network.run(&inputs).unwrap_or_else(|error| panic!("{error}"));
    let tensor = |place: usize| Tensor::f32(&outputs.shape(place), outputs.values(place).to_vec());
    (0..outputs.len()).map(tensor).collect()
}
