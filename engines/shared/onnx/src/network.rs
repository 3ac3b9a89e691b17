//! A network: a graph with a checked signature and a session that runs it.

use std::path::Path;

use ort::memory::AllocationDevice;
use ort::session::{Session, SessionInputValue, SessionOutputs};
use ort::value::{Tensor, TensorRef};

use crate::error::OnnxError;
use crate::meter::metered;
use crate::opened::open;
use crate::precision::Precision;
use crate::provider::{Options, Provider};
use crate::runtime::Runtime;
use crate::signature::Signature;
use crate::stop::Stop;

/// A tensor that goes in, row-major.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// Shape and values.
    F32(&'a [usize], &'a [f32]),
    /// Shape and values.
    I64(&'a [usize], &'a [i64]),
    /// What lies where the network computes.
    Kept(&'a Kept),
}

/// A tensor in the memory of a provider: given to networks as often as needed without a copy.
#[derive(Debug)]
pub struct Kept(Tensor<f32>);

impl Kept {
    /// A copy in ordinary memory.
    ///
    /// # Errors
    /// Where it cannot be copied.
    pub fn to_vec(&self) -> Result<Vec<f32>, OnnxError> {
        let copied = match self.0.memory_info().is_cpu_accessible() {
            true => Ok(self.0.extract_tensor().1.to_vec()),
            false => self.0.to(AllocationDevice::CPU, 0).map(|tensor| tensor.extract_tensor().1.to_vec()),
        };
        copied.map_err(|error| OnnxError::Run { network: "copy".into(), reason: error.to_string() })
    }
}

/// What a run gave, in the order of the signature.
pub struct Outputs<'s> {
    values: SessionOutputs<'s>,
    names: &'s [String],
}

impl Outputs<'_> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The values of an output, row-major.
    ///
    /// # Panics
    /// If the signature has no such output.
    #[must_use]
    pub fn values(&self, place: usize) -> &[f32] {
        self.tensor(place).1
    }

    /// The shape of an output.
    ///
    /// # Panics
    /// If the signature has no such output.
    #[must_use]
    pub fn shape(&self, place: usize) -> Vec<usize> {
        self.tensor(place).0.iter().map(|&axis| usize::try_from(axis).unwrap_or(0)).collect()
    }

    /// Copies of all outputs.
    #[must_use]
    pub fn to_vecs(&self) -> Vec<Vec<f32>> {
        (0..self.len()).map(|place| self.values(place).to_vec()).collect()
    }

    fn tensor(&self, place: usize) -> (&[i64], &[f32]) {
        let (shape, values) =
            self.values[self.names[place].as_str()].try_extract_tensor().expect("the run has looked at it");
        (shape, values)
    }
}

/// A loaded graph.
pub struct Network {
    name: String,
    session: Session,
    signature: Signature,
    /// The graph's names of the signature's outputs.
    outputs: Vec<String>,
    provider: Provider,
    precision: Precision,
    passed_over: Vec<PassedOver>,
    stop: Stop,
}

/// A provider that was asked for, and why another one computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// What was asked for.
    pub provider: Provider,
    /// Why it cannot.
    pub reason: String,
}

impl Network {
    /// Reads a graph, makes grid samples of volumes loadable, has it compute in 16 bits where `options` and the provider say so,
    /// builds a session and compares the graph with `signature`.
    ///
    /// # Errors
    /// Where the file cannot be read, none of the providers can compute it, or the signature differs.
    pub fn load(runtime: &Runtime, path: &Path, signature: Signature, options: &Options) -> Result<Self, OnnxError> {
        let mut passed_over = Vec::new();
        let mut providers = options.providers.iter().copied().peekable();
        let (session, precision, provider) = loop {
            let provider = providers.next().unwrap_or_default();
            match open(runtime, path, provider, options) {
                Ok((session, precision)) => break (session, precision, provider),
                Err(error) if providers.peek().is_none() => return Err(error),
                Err(error) => passed_over.push(PassedOver { provider, reason: error.to_string() }),
            }
        };
        let places = signature
            .resolve(session.inputs(), session.outputs())
            .map_err(|differences| OnnxError::Signature { path: path.to_owned(), differences })?;
        let outputs = places.iter().map(|&place| session.outputs()[place].name().to_owned()).collect();
        let name = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let stop = options.stop.clone().map_or_else(|| Stop::new(runtime), Ok)?;
        Ok(Self { name, session, signature, outputs, provider, precision, passed_over, stop })
    }

    /// What computes, after a possible fallback.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// In how many bits it computes.
    #[must_use]
    pub fn precision(&self) -> &Precision {
        &self.precision
    }

    /// The providers that were asked for before the one that computes, and why they do not.
    #[must_use]
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// Runs the graph. Inputs and outputs are in the order of the signature.
    ///
    /// # Errors
    /// Where the runtime refuses the inputs or fails, and where an output is not f32.
    pub fn run(&mut self, inputs: &[Input<'_>]) -> Result<Outputs<'_>, OnnxError> {
        let Self { name, session, signature, outputs: names, stop, .. } = self;
        let failed = |reason: String| OnnxError::Run { network: name.clone(), reason };
        let fed = fed(signature, inputs).map_err(failed)?;
        let values =
            metered(|| session.run_with_options(fed, stop.options())).map_err(|error| failed(error.to_string()))?;
        for output in &*names {
            let value = values.get(output).ok_or_else(|| failed(format!("it gave no {output:?}")))?;
            value.try_extract_tensor::<f32>().map_err(|error| failed(format!("output {output:?}: {error}")))?;
        }
        Ok(Outputs { values, names })
    }

    /// Runs the graph and leaves its first output where it was computed. Inputs that are not [`Kept`] are copied.
    ///
    /// # Errors
    /// Where the runtime refuses the inputs or fails, and where the output is not f32.
    pub fn run_kept(&mut self, inputs: &[Input<'_>]) -> Result<Kept, OnnxError> {
        let Self { name, session, signature, outputs, provider, stop, .. } = self;
        let failed = |reason: String| OnnxError::Run { network: name.clone(), reason };
        let output = outputs.first().ok_or_else(|| failed("it gives nothing".into()))?;
        check(signature, inputs).map_err(failed)?;
        // A binding of its own for each run: one that is used again would write over the output that somebody holds.
        let bound = || {
            let mut binding = session.create_binding()?;
            for (port, input) in signature.inputs.iter().zip(inputs) {
                // What is only borrowed cannot be bound: on the processor, the crate waits for itself at that.
                match *input {
                    Input::F32(shape, values) => {
                        binding.bind_input(port.name, &Tensor::from_array((shape, values.to_vec()))?)?;
                    }
                    Input::I64(shape, values) => {
                        binding.bind_input(port.name, &Tensor::from_array((shape, values.to_vec()))?)?;
                    }
                    Input::Kept(Kept(tensor)) => binding.bind_input(port.name, tensor)?,
                }
            }
            binding.bind_output_to_device(output, &provider.memory()?)?;
            Ok(binding)
        };
        let binding = bound().map_err(|error: ort::Error| failed(error.to_string()))?;
        let ran = metered(|| session.run_binding_with_options(&binding, stop.options()));
        let mut values = ran.map_err(|error| failed(error.to_string()))?;
        let value = values.remove(output).ok_or_else(|| failed(format!("it gave no {output:?}")))?;
        value.downcast().map(Kept).map_err(|error| failed(format!("output {output:?}: {error}")))
    }

    /// Lays a tensor where this network computes.
    ///
    /// # Errors
    /// Where the shape does not hold so many values, or there is no room on the device.
    pub fn keep(&self, shape: &[usize], values: Vec<f32>) -> Result<Kept, OnnxError> {
        let kept = || {
            let tensor = Tensor::from_array((shape, values))?;
            let (device, number) = self.provider.place();
            Ok(if self.provider == Provider::Cpu { tensor } else { tensor.to(device, number)? })
        };
        let failed = |error: ort::Error| OnnxError::Run { network: self.name.clone(), reason: error.to_string() };
        kept().map(Kept).map_err(failed)
    }
}

fn check(signature: &Signature, inputs: &[Input<'_>]) -> Result<(), String> {
    match (signature.inputs.len(), inputs.len()) {
        (takes, given) if takes != given => Err(format!("it takes {takes} inputs, not {given}")),
        _ => Ok(()),
    }
}

/// The inputs under their names.
fn fed<'a>(signature: &Signature, inputs: &[Input<'a>]) -> Result<Vec<(&'static str, SessionInputValue<'a>)>, String> {
    check(signature, inputs)?;
    let value = |input: &Input<'a>| -> ort::Result<SessionInputValue<'a>> {
        match *input {
            Input::F32(shape, values) => TensorRef::from_array_view((shape, values)).map(Into::into),
            Input::I64(shape, values) => TensorRef::from_array_view((shape, values)).map(Into::into),
            Input::Kept(Kept(value)) => Ok(value.into()),
        }
    };
    let pairs = signature.inputs.iter().zip(inputs);
    pairs
        .map(|(port, input)| Ok((port.name, value(input).map_err(|error| format!("input {:?}: {error}", port.name))?)))
        .collect()
}
