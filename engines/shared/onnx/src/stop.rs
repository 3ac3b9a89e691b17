//! Ends runs of networks before their end, from another thread: what was loaded stays loaded.

use std::fmt;
use std::sync::Arc;

use ort::session::RunOptions;

use crate::error::OnnxError;
use crate::runtime::Runtime;

/// Ends the runs of all networks that were loaded with it. Clones are one.
#[derive(Clone)]
pub struct Stop(Arc<RunOptions>);

impl Stop {
    /// One that ends nothing yet.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn new(_: &Runtime) -> Result<Self, OnnxError> {
        RunOptions::new().map(|options| Self(Arc::new(options))).map_err(failed)
    }

    /// Ends runs that are under way after the operator that each is at, and those to come as they begin, with an error.
    ///
    /// # Errors
    /// The runtime refuses.
    pub fn stop(&self) -> Result<(), OnnxError> {
        self.0.terminate().map_err(failed)
    }

    /// Lets networks run again.
    ///
    /// # Errors
    /// The runtime refuses.
    pub fn reset(&self) -> Result<(), OnnxError> {
        self.0.unterminate().map_err(failed)
    }

    pub(crate) fn options(&self) -> &RunOptions {
        &self.0
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stop")
    }
}

fn failed(error: ort::Error) -> OnnxError {
    OnnxError::Run { network: "stop".into(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;
    use std::time::{Duration, Instant};

    use avatar_prerequisites::onnx_runtime;

    use super::*;
    use crate::graphs::{model, node};
    use crate::signature::{Extent, Port};
    use crate::{Input, Network, Options, Signature};

    const SIGNATURE: Signature =
        Signature { inputs: &[Port::f32("x", Extent::Any)], outputs: &[Port::f32("y", Extent::Any)] };
    const SIDE: usize = 256;

    /// A network of so many products of matrices, one after the other: seconds of work for some thousands.
    fn network(products: usize, runtime: &Runtime, stop: &Stop) -> Network {
        let names: Vec<String> = (0..products).map(|index| format!("v{index}")).collect();
        let output = |index: usize| if index + 1 == products { "y" } else { names[index].as_str() };
        let before = |index: usize| if index == 0 { "x" } else { output(index - 1) };
        let nodes: Vec<_> = (0..products).map(|at| node("MatMul", &[before(at), "x"], output(at), &[])).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), model(&nodes, &["x"], &["y"])).unwrap();
        let options = Options { stop: Some(stop.clone()), ..Options::default() };
        Network::load(runtime, file.path(), SIGNATURE, &options).unwrap()
    }

    #[test]
    fn a_run_is_ended_in_its_middle_and_the_network_runs_again() {
        let Some(library) = onnx_runtime() else { return };
        let runtime = Runtime::load(Some(library), None).unwrap();
        let stop = Stop::new(runtime).unwrap();
        let (mut long, mut short) = (network(20_000, runtime, &stop), network(1, runtime, &stop));
        let identity: Vec<f32> = (0..SIDE * SIDE).map(|at| if at % (SIDE + 1) == 0 { 1.0 } else { 0.0 }).collect();
        let inputs = [Input::F32(&[SIDE, SIDE], &identity)];
        let begun = Instant::now();
        short.run(&inputs).unwrap();
        let whole = begun.elapsed() * 20_000;
        let ended = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(100));
                stop.stop().unwrap();
            });
            long.run(&inputs).map(drop)
        });
        let reason = ended.expect_err("nobody waits for it").to_string();
        assert!(reason.contains("terminate") && begun.elapsed() < whole / 2, "{reason}, {:?}", begun.elapsed());
        assert!(short.run(&inputs).is_err(), "it still stands");
        stop.reset().unwrap();
        assert_eq!(short.run(&inputs).unwrap().values(0), identity);
    }
}
