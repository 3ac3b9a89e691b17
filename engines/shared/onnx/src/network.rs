//! A graph that runs: a session on a provider, with a checked signature.

use std::fs;
use std::path::Path;

use ndarray::ArrayD;
use ort::session::{Session, SessionInputValue, builder::SessionBuilder};
use ort::value::TensorRef;

use crate::error::OnnxError;
use crate::grid_sample;
use crate::runtime::Runtime;
use crate::signature::Signature;

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Provider {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU, by its number.
    Cuda(i32),
    /// TensorRT on an NVIDIA GPU; what it cannot run goes to CUDA.
    TensorRt(i32),
}

impl Provider {
    /// The name that people know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Cuda(_) => "CUDA",
            Self::TensorRt(_) => "TensorRT",
        }
    }
}

/// How a session is built.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// What shall compute. Nodes that a GPU provider does not know run on the CPU in any case.
    pub provider: Provider,
    /// What happens where the provider is not there: an error, or with `true` the CPU instead.
    pub or_cpu: bool,
    /// Threads per run; 0 leaves it to the runtime.
    pub threads: usize,
}

/// A tensor that goes in, row-major.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// Shape and values.
    F32(&'a [usize], &'a [f32]),
    /// Shape and values.
    I64(&'a [usize], &'a [i64]),
}

/// A loaded graph.
pub struct Network {
    name: String,
    session: Session,
    signature: Signature,
    places: Vec<usize>,
    provider: Provider,
    fallback: Option<String>,
}

impl Network {
    /// Reads a graph, makes five-dimensional grid samples loadable ([`grid_sample`]), builds a session and compares the
    /// graph with `signature`.
    ///
    /// # Errors
    /// Where the file cannot be read, the provider is missing (and may not be replaced), or the signature differs.
    pub fn load(runtime: &Runtime, path: &Path, signature: Signature, options: Options) -> Result<Self, OnnxError> {
        let unreadable = |reason: String| OnnxError::Unreadable { path: path.to_owned(), reason };
        let model = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let patched = grid_sample::made_loadable(&model).map_err(|error| unreadable(error.to_owned()))?;
        let model = patched.unwrap_or(model);
        let open = |provider: Provider| {
            session(runtime, &model, provider, options.threads).map_err(|reason| OnnxError::Session {
                path: path.to_owned(),
                provider: provider.name(),
                reason,
            })
        };
        let (session, provider, fallback) = match open(options.provider) {
            Err(reason) if options.or_cpu && options.provider != Provider::Cpu => {
                (open(Provider::Cpu)?, Provider::Cpu, Some(reason.to_string()))
            }
            opened => (opened?, options.provider, None),
        };
        let places = signature
            .resolve(session.inputs(), session.outputs())
            .map_err(|differences| OnnxError::Signature { path: path.to_owned(), differences })?;
        let name = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Ok(Self { name, session, signature, places, provider, fallback })
    }

    /// What computes, after a possible fallback.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Why the CPU stands in for the provider that was asked for, if it does.
    #[must_use]
    pub fn fallback(&self) -> Option<&str> {
        self.fallback.as_deref()
    }

    /// Runs the graph. Inputs and outputs are in the order of the signature.
    ///
    /// # Errors
    /// Where the runtime refuses the inputs or fails, and where an output is not f32.
    pub fn run(&mut self, inputs: &[Input<'_>]) -> Result<Vec<ArrayD<f32>>, OnnxError> {
        let Self { name, session, signature, places, .. } = self;
        let failed = |reason: String| OnnxError::Run { network: name.clone(), reason };
        if inputs.len() != signature.inputs.len() {
            return Err(failed(format!("it takes {} inputs, not {}", signature.inputs.len(), inputs.len())));
        }
        let mut fed: Vec<(&str, SessionInputValue<'_>)> = Vec::with_capacity(inputs.len());
        for (port, input) in signature.inputs.iter().zip(inputs) {
            let value: ort::Result<SessionInputValue<'_>> = match *input {
                Input::F32(shape, values) => TensorRef::from_array_view((shape, values)).map(Into::into),
                Input::I64(shape, values) => TensorRef::from_array_view((shape, values)).map(Into::into),
            };
            fed.push((port.name, value.map_err(|error| failed(format!("input {:?}: {error}", port.name)))?));
        }
        let names: Vec<String> = places.iter().map(|&place| session.outputs()[place].name().to_owned()).collect();
        let outputs = session.run(fed).map_err(|error| failed(error.to_string()))?;
        let take = |output: &String| {
            let value = outputs.get(output).ok_or_else(|| failed(format!("it gave no {output:?}")))?;
            let view =
                value.try_extract_array::<f32>().map_err(|error| failed(format!("output {output:?}: {error}")))?;
            Ok(view.to_owned())
        };
        names.iter().map(take).collect()
    }
}

fn session(runtime: &Runtime, model: &[u8], provider: Provider, threads: usize) -> Result<Session, String> {
    let mut builder = Session::builder(&runtime.environment).map_err(|error| error.to_string())?;
    builder = with_provider(builder, provider)?;
    if threads > 0 {
        builder = builder.with_intra_threads(threads).map_err(|error| error.to_string())?;
    }
    builder.commit_from_memory(model).map_err(|error| error.to_string())
}

/// Without `error_on_failure` the runtime would fall back in silence, and nobody would know why it is slow.
fn with_provider(builder: SessionBuilder, provider: Provider) -> Result<SessionBuilder, String> {
    let cuda = |device| ort::ep::CUDA::default().with_device_id(device).build().error_on_failure();
    let tensorrt = |device| ort::ep::TensorRT::default().with_device_id(device).build().error_on_failure();
    let providers = match provider {
        Provider::Cpu => return Ok(builder),
        Provider::Cuda(device) => vec![cuda(device)],
        Provider::TensorRt(device) => vec![tensorrt(device), cuda(device)],
    };
    builder.with_execution_providers(providers).map_err(|error| error.to_string())
}
