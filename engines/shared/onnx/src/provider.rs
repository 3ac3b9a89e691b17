//! Execution providers, which say what computes, and sessions on them.

use std::fs;
use std::path::{Path, PathBuf};

use ort::ep::cuda::ConvAlgorithmSearch;
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{Session, builder::SessionBuilder};

use serde::Deserialize;

use crate::grid_sample;
use crate::runtime::Runtime;
use crate::stop::Stop;

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

    /// What it becomes of a network, for people: `the processor`, `CUDA on GPU 1`.
    #[must_use]
    pub fn described(self) -> String {
        match self {
            Self::Cpu => "the processor".to_owned(),
            Self::Cuda(number) | Self::TensorRt(number) => format!("{} on GPU {number}", self.name()),
        }
    }

    /// The memory that it computes in.
    pub(crate) fn memory(self) -> ort::Result<MemoryInfo<'static>> {
        let (device, number) = self.place();
        MemoryInfo::new(device, number, AllocatorType::Device, MemoryType::Default)
    }

    /// The kind of its memory, and the number of the device.
    pub(crate) fn place(self) -> (AllocationDevice<'static>, i32) {
        match self {
            Self::Cpu => (AllocationDevice::CPU, 0),
            Self::Cuda(number) | Self::TensorRt(number) => (AllocationDevice::CUDA, number),
        }
    }
}

/// How a session is built.
#[derive(Debug, Clone)]
pub struct Options {
    /// What shall compute, the best first: another one is taken only where those before it cannot. Nodes that a GPU provider
    /// does not know run on the CPU in any case.
    pub providers: Vec<Provider>,
    /// Let GPUs compute in 16 bits where that does: TensorRT all that it likes, CUDA what
    /// [`in_mixed_precision`](crate::in_mixed_precision) says. The processor has no use for 16 bits and stays in 32.
    pub half: bool,
    /// Let GPUs round the factors of products to 19 bits, as they do by default.
    pub tf32: bool,
    /// How CUDA chooses among ways to convolve.
    pub convolutions: Convolutions,
    /// Where TensorRT keeps what it has compiled, which takes minutes for a large network.
    pub compiled: Option<PathBuf>,
    /// What ends runs before their end; by default nothing does.
    pub stop: Option<Stop>,
}

/// How CUDA chooses among ways to convolve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Convolutions {
    /// Tries them all, in the first run with each shape.
    #[default]
    Exhaustive,
    /// Lets cuDNN guess.
    Heuristic,
    /// Takes the usual one.
    Usual,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            providers: vec![Provider::Cpu],
            half: false,
            tf32: true,
            convolutions: Convolutions::default(),
            compiled: None,
            stop: None,
        }
    }
}

/// Where a graph comes from.
#[derive(Clone, Copy)]
pub(crate) enum Model<'a> {
    File(&'a Path),
    Bytes(&'a [u8]),
}

pub(crate) fn session(
    runtime: &Runtime,
    model: Model<'_>,
    provider: Provider,
    options: &Options,
) -> Result<Session, String> {
    let builder = Session::builder(&runtime.environment).map_err(|error| error.to_string())?;
    let mut builder = with_provider(builder, provider, options)?;
    let built = || {
        let operators = grid_sample::domain()?;
        builder = builder.with_operators(operators)?;
        match model {
            Model::File(path) => builder.commit_from_file(path),
            Model::Bytes(bytes) => builder.commit_from_memory(bytes),
        }
    };
    built().map_err(|error: ort::Error| error.to_string())
}

/// Without `error_on_failure` the runtime would fall back in silence, and nobody would know why it is slow.
fn with_provider(builder: SessionBuilder, provider: Provider, options: &Options) -> Result<SessionBuilder, String> {
    let search = match options.convolutions {
        Convolutions::Exhaustive => ConvAlgorithmSearch::Exhaustive,
        Convolutions::Heuristic => ConvAlgorithmSearch::Heuristic,
        Convolutions::Usual => ConvAlgorithmSearch::Default,
    };
    let cuda = |device| {
        let cuda = ort::ep::CUDA::default().with_device_id(device).with_tf32(options.tf32);
        cuda.with_conv_algorithm_search(search).build().error_on_failure()
    };
    let tensorrt = |device| {
        let mut tensorrt = ort::ep::TensorRT::default().with_device_id(device).with_fp16(options.half);
        if let Some(folder) = &options.compiled {
            let folder = folder.display();
            tensorrt = tensorrt.with_engine_cache(true).with_engine_cache_path(&folder);
            tensorrt = tensorrt.with_timing_cache(true).with_timing_cache_path(&folder);
        }
        tensorrt.build().error_on_failure()
    };
    let providers = match (provider, &options.compiled) {
        (Provider::Cpu, _) => return Ok(builder),
        (Provider::Cuda(device), _) => vec![cuda(device)],
        (Provider::TensorRt(device), compiled) => {
            if let Some(folder) = compiled {
                fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            }
            vec![tensorrt(device), cuda(device)]
        }
    };
    builder.with_execution_providers(providers).map_err(|error| error.to_string())
}
