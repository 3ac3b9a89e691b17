//! Where networks compute, and in how many bits.

use std::sync::LazyLock;

use engine_api::{Computation, DeviceChoice, EngineError, ErrorKind, UnknownDevice};
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use serde::Deserialize;
use tch::{Cuda, Device, Kind, Tensor};

/// Where a network computes, and in which numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The processor or a GPU.
    pub device: Device,
    /// Numbers of weights and activations: [`Kind::Float`] or [`Kind::Half`].
    pub kind: Kind,
}

impl Place {
    /// The processor, in 32 bits.
    pub const CPU: Self = Self { device: Device::Cpu, kind: Kind::Float };

    /// The place that a configuration means: a device as [`device`] reads it, and a precision.
    ///
    /// # Errors
    /// As [`device`]; or half precision is asked of the processor, which computes it many times slower than single.
    pub fn named(name: &str, precision: Precision) -> Result<Self, DeviceError> {
        let device = device(name)?;
        let kind = match (precision, device.is_cuda()) {
            (Precision::Half, false) => return Err(DeviceError::HalfOnCpu),
            (Precision::Half | Precision::Auto, true) => Kind::Half,
            (Precision::Single, _) | (Precision::Auto, false) => Kind::Float,
        };
        Ok(Self { device, kind })
    }

    /// A tensor in this place: on the device, in the numbers.
    pub fn put(self, tensor: &Tensor) -> Tensor {
        tensor.to_device(self.device).to_kind(self.kind)
    }

    /// The same for a job's record. An engine whose networks do not all compute in this place's numbers says so itself.
    #[must_use]
    pub fn computation(self) -> Computation {
        let device = match self.device {
            Device::Cuda(number) => format!("cuda:{number}"),
            _ => "cpu".to_owned(),
        };
        Computation::new(device, &["libtorch"], if self.kind == Kind::Half { "fp16" } else { "fp32" })
    }

    /// For people: `CPU in 32 bits`, `CUDA device 0 in 16 bits`.
    #[must_use]
    pub fn described(self) -> String {
        let bits = if self.kind == Kind::Half { 16 } else { 32 };
        match self.device {
            Device::Cuda(number) => format!("CUDA device {number} in {bits} bits"),
            _ => format!("the processor in {bits} bits"),
        }
    }
}

/// The numbers that a configuration asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 16 bits on a GPU, 32 on the processor.
    #[default]
    Auto,
    /// 16 bits.
    Half,
    /// 32 bits.
    Single,
}

/// A device that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The name is none of a device.
    #[error(transparent)]
    Name(#[from] UnknownDevice),
    /// A GPU is asked for and cannot be used.
    #[error("{name} cannot be used: {reason}")]
    Cuda {
        /// What was asked for.
        name: String,
        /// What is in the way.
        reason: String,
    },
    /// 16 bits on the processor.
    #[error("the processor computes in 32 bits: precision must be auto or single where device is the processor")]
    HalfOnCpu,
}

impl From<DeviceError> for EngineError {
    fn from(error: DeviceError) -> Self {
        let kind = match error {
            DeviceError::Cuda { .. } => ErrorKind::Device,
            DeviceError::Name(_) | DeviceError::HalfOnCpu => ErrorKind::Input,
        };
        Self::new(kind, error)
    }
}

/// The device that a configuration names: `cpu`, `cuda:1` and so on; `cuda` is the first GPU, and `auto` that one, or else
/// the processor.
///
/// # Errors
/// The name is none of these, or the GPU that it means cannot be used.
pub fn device(name: &str) -> Result<Device, DeviceError> {
    match name.parse()? {
        DeviceChoice::Cpu => Ok(Device::Cpu),
        DeviceChoice::Auto => Ok(gpu(0).map_or(Device::Cpu, Device::Cuda)),
        DeviceChoice::Cuda(number) => {
            let cannot = |reason| DeviceError::Cuda { name: name.to_owned(), reason };
            gpu(number.into()).map(Device::Cuda).map_err(cannot)
        }
    }
}

fn gpu(number: usize) -> Result<usize, String> {
    CUDA.clone()?;
    match usize::try_from(Cuda::device_count()).unwrap_or(0) {
        0 => Err("libtorch sees no NVIDIA GPU".to_owned()),
        count if number >= count => Err(format!("there are {count} GPUs, counted from 0")),
        _ => Ok(number),
    }
}

/// Whether libtorch's CUDA part is loaded. It registers itself with the rest as it is loaded, and nothing refers to it, so
/// that linkers leave it away: it has to be asked for by name. Once loaded it stays.
static CUDA: LazyLock<Result<(), String>> = LazyLock::new(|| {
    // SAFETY: a library of libtorch's own, whose initialisers register kernels and do nothing else.
    #[allow(unsafe_code)]
    let loaded = unsafe { Library::open(Some("libtorch_cuda.so"), RTLD_NOW | RTLD_GLOBAL) };
    match loaded {
        Ok(library) => {
            std::mem::forget(library);
            Ok(())
        }
        Err(error) => Err(format!("libtorch was installed without CUDA, or a library of CUDA is missing ({error})")),
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_devices() {
        assert_eq!(device("cpu"), Ok(Device::Cpu));
        for name in ["gpu", "cuda:", "cuda:x", "cuda:256", "CPU", ""] {
            assert_eq!(device(name), Err(DeviceError::Name(UnknownDevice(name.to_owned()))));
        }
    }

    #[test]
    fn a_gpu_that_is_asked_for_is_had_or_refused() {
        match device("auto").unwrap() {
            Device::Cpu => {
                let error = device("cuda:0").unwrap_err();
                assert!(error.to_string().starts_with("cuda:0 cannot be used: libtorch "), "{error}");
                assert_eq!(EngineError::from(error).kind, ErrorKind::Device);
            }
            found => assert_eq!(device("cuda:0"), Ok(found)),
        }
        assert!(matches!(device("cuda:255"), Err(DeviceError::Cuda { .. })));
    }

    #[test]
    fn a_place_tells_what_it_became() {
        assert_eq!(Place::CPU.computation(), Computation::new("cpu", &["libtorch"], "fp32"));
        let second = Place { device: Device::Cuda(1), kind: Kind::Half };
        assert_eq!(second.computation(), Computation::new("cuda:1", &["libtorch"], "fp16"));
    }

    #[test]
    fn precision_follows_the_device() {
        assert_eq!(Place::named("cpu", Precision::Auto), Ok(Place::CPU));
        assert_eq!(Place::named("cpu", Precision::Single), Ok(Place::CPU));
        assert_eq!(Place::named("cpu", Precision::Half), Err(DeviceError::HalfOnCpu));
    }
}
