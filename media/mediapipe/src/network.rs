//! A network of one square picture in and vectors out.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use rten::{Model, ModelOptions, NodeId, OpRegistry, RunOptions, ThreadPool, op_types};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

/// A network that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The file cannot be read.
    #[error("{file} cannot be read: {cause}")]
    Unreadable {
        /// Which one.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file holds no network, or another one.
    #[error("{file} is not the network that it should be: {reason}")]
    Wrong {
        /// Which one.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A network, which runs on the thread that asks.
pub(crate) struct Network {
    model: Model,
    side: usize,
    input: NodeId,
    outputs: Vec<NodeId>,
    threads: Arc<ThreadPool>,
}

impl Network {
    /// Reads a file, and tries the network on a black picture: it takes one of `side` pixels a side and gives as many
    /// values as each of `outputs` says, by name.
    pub(crate) fn load(file: &Path, side: usize, outputs: &[(&str, usize)]) -> Result<Self, NetworkError> {
        let wrong = |reason: String| NetworkError::Wrong { file: file.to_owned(), reason };
        let bytes = fs::read(file).map_err(|cause| NetworkError::Unreadable { file: file.to_owned(), cause })?;
        let operators = OpRegistry::with_ops(&[
            &op_types::Add,
            &op_types::Concat,
            &op_types::Conv,
            &op_types::Identity,
            &op_types::MaxPool,
            &op_types::PRelu,
            &op_types::Pad,
            &op_types::Relu,
            &op_types::Reshape,
            &op_types::Sigmoid,
            &op_types::Transpose,
        ]);
        let model = ModelOptions::with_ops(operators).load(bytes).map_err(|error| wrong(error.to_string()))?;
        let node = |name: &str| model.node_id(name).map_err(|_| wrong(format!("it has no `{name}`")));
        let input = node("input")?;
        let nodes = outputs.iter().map(|&(name, _)| node(name)).collect::<Result<_, _>>()?;
        let threads = Arc::new(ThreadPool::with_num_threads(1));
        let network = Self { model, side, input, outputs: nodes, threads };
        let tried = network.run(vec![0.0; 3 * side * side]).map_err(&wrong)?;
        for (values, &(name, count)) in tried.iter().zip(outputs) {
            if values.len() != count {
                return Err(wrong(format!("`{name}` has {} values, not {count}", values.len())));
            }
        }
        Ok(network)
    }

    /// The outputs for a picture: red, green, blue, row by row.
    ///
    /// # Errors
    /// What the runtime says.
    pub(crate) fn run(&self, picture: Vec<f32>) -> Result<Vec<Vec<f32>>, String> {
        let picture = Tensor::from_data(&[1, self.side, self.side, 3], picture);
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.threads)));
        let out = self.model.run(vec![(self.input, picture.into())], &self.outputs, Some(options));
        let out = out.map_err(|error| error.to_string())?;
        let vectors = out.into_iter().map(|value| Some(value.into_tensor::<f32>()?.to_vec()));
        vectors.collect::<Option<_>>().ok_or_else(|| "an output holds no floating-point numbers".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_network_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("blaze_face.onnx");
        let load = || Network::load(&file, 128, &[("scores", 896)]).err().map(|error| error.to_string()).unwrap();
        assert!(load().contains("blaze_face.onnx cannot be read"), "{}", load());
        for content in [b"".as_slice(), b"version https://git-lfs.github.com/spec/v1", &[8, 8, 0x12, 0x04]] {
            std::fs::write(&file, content).unwrap();
            assert!(load().contains("is not the network"), "{}", load());
        }
    }
}
