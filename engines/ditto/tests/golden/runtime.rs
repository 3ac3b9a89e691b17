//! ONNX Runtime and the stand-in networks of the set, for the stages that run networks.

use std::path::PathBuf;
use std::sync::LazyLock;

use avatar_prerequisites::onnx_runtime;
use engine_ditto::networks::{Loader, Spec};
use engine_golden::{Tensor, Values};
use engine_onnx::{Input, Network, Options, Runtime};

use crate::reference::SET;

/// The runtime; `None` where there is none: the test has then said so.
pub(crate) fn runtime() -> Option<&'static Runtime> {
    let library = onnx_runtime()?;
    Some(Runtime::load(Some(library), None).unwrap_or_else(|error| panic!("{error}")))
}

/// Loads the stand-in networks of the set, on the CPU; `None` where there is no runtime.
pub(crate) fn loader() -> Option<Loader<'static>> {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| SET.path("models"));
    Some(Loader::new(runtime()?, &FOLDER, Options::default()))
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
