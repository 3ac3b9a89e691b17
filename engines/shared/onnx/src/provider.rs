//! Execution providers, which say what computes, and sessions on them.

use std::fs;
use std::path::{Path, PathBuf};

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{Session, builder::SessionBuilder};

use crate::grid_sample;
use crate::runtime::Runtime;

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
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What shall compute. Nodes that a GPU provider does not know run on the CPU in any case.
    pub provider: Provider,
    /// What happens where the provider is not there: an error, or with `true` the CPU instead.
    pub or_cpu: bool,
    /// Let TensorRT compute in 16 bits.
    pub half: bool,
    /// Where TensorRT keeps what it has compiled, which takes minutes for a large network.
    pub compiled: Option<PathBuf>,
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
    let cuda = |device| ort::ep::CUDA::default().with_device_id(device).build().error_on_failure();
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
