//! What a device of the configuration becomes on this machine, and what people are told of it.

use std::path::Path;

use engine_api::{Computation, EngineError, ErrorKind, Host};
use engine_onnx::{Machine, Obstacle, PassedOver, Provider};

use crate::pipeline::{Chosen, InFull};

/// What fetches a runtime for GPUs.
pub(crate) const FETCH: &str = "cargo xtask engine ditto --gpu";

/// What may compute, and what may not.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    /// What can be tried, the best first; one at least.
    pub(crate) providers: Vec<Provider>,
    /// What was asked for before that, and why it cannot compute.
    pub(crate) passed_over: Vec<PassedOver>,
    has_gpu: bool,
    /// Whether networks compute in 16 bits where they can.
    half: bool,
    /// Networks that were to compute in 16 bits and do not.
    in_full: Vec<InFull>,
}

/// Nothing that was asked for can compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoDevice {
    /// The device, as the configuration has it.
    pub(crate) device: String,
    pub(crate) obstacle: Obstacle,
}

impl NoDevice {
    pub(crate) fn reason(&self) -> String {
        format!("{} cannot be used: {}", self.device, self.obstacle)
    }

    pub(crate) fn remedy(&self) -> String {
        self.obstacle.remedy(FETCH)
    }
}

impl From<NoDevice> for EngineError {
    fn from(error: NoDevice) -> Self {
        Self::new(ErrorKind::Device, format!("{}; {}", error.reason(), error.remedy()))
    }
}

impl Device {
    /// What of the providers that `device` means can compute with the runtime at `library`, with `half` in 16 bits where it can.
    ///
    /// # Errors
    /// None can; told is why the last one cannot.
    pub(crate) fn choose(
        device: &str,
        providers: &[Provider],
        machine: &Machine,
        library: &Path,
        half: bool,
    ) -> Result<Self, NoDevice> {
        let mut chosen =
            Self { providers: vec![], passed_over: vec![], has_gpu: machine.has_gpu(), half, in_full: vec![] };
        let mut last = None;
        for &provider in providers {
            match machine.obstacle(provider, library) {
                None => chosen.providers.push(provider),
                Some(obstacle) if chosen.providers.is_empty() => {
                    let reason = format!("{obstacle}; {}", obstacle.remedy(FETCH));
                    chosen.passed_over.push(PassedOver { provider, reason });
                    last = Some(obstacle);
                }
                // One that would come later anyway.
                Some(_) => {}
            }
        }
        match last {
            Some(obstacle) if chosen.providers.is_empty() => Err(NoDevice { device: device.to_owned(), obstacle }),
            _ => Ok(chosen),
        }
    }

    /// The networks are loaded: what computes is known now, and what failed on the way.
    pub(crate) fn settle(&mut self, chosen: &Chosen) {
        self.providers = vec![chosen.provider];
        self.passed_over.extend_from_slice(&chosen.passed_over);
        self.half = chosen.half;
        self.in_full.clone_from(&chosen.in_full);
    }

    /// What computes, or will if nothing fails.
    pub(crate) fn provider(&self) -> Provider {
        self.providers.first().copied().unwrap_or_default()
    }

    /// What the record of a job says.
    pub(crate) fn computation(&self) -> Computation {
        let precision = if self.is_mixed() { "mixed" } else { "fp32" };
        match self.provider() {
            Provider::Cpu => Computation::new("cpu", &["CPU"], precision),
            Provider::Cuda(number) => Computation::new(format!("cuda:{number}"), &["CUDA", "CPU"], precision),
            Provider::TensorRt(number) => {
                Computation::new(format!("cuda:{number}"), &["TensorRT", "CUDA", "CPU"], precision)
            }
        }
    }

    /// Whether a part is computed in 16 bits, or will be if nothing fails.
    fn is_mixed(&self) -> bool {
        self.half && self.provider() != Provider::Cpu
    }

    /// On what it computes, and why not on something better. A machine without a GPU lacks nothing.
    pub(crate) fn note(&self) -> String {
        let precision = if self.is_mixed() { " in mixed precision" } else { "" };
        let mut note = format!("computes with {}{precision}", self.provider().described());
        if let Some(lost) = self.lost() {
            note += &format!(" and not with {}: {}", lost.provider.name(), lost.reason);
        }
        for InFull { network, reason } in &self.in_full {
            note += &format!("; {network} stays in 32 bits, as {reason}");
        }
        note
    }

    /// Warns of a job that is slower than the machine could be.
    pub(crate) fn warn(&self, host: &mut dyn Host) {
        self.warn_of_loss(host);
        for InFull { network, reason } in &self.in_full {
            let told = format!("{network} computes in 32 bits and not in 16, which is faster, as {reason}");
            host.warn("in_32_bits", &told);
        }
    }

    fn warn_of_loss(&self, host: &mut dyn Host) {
        let Some(lost) = self.lost() else { return };
        let code = match self.provider() {
            Provider::Cpu => "on_processor",
            Provider::Cuda(_) | Provider::TensorRt(_) => "no_tensorrt",
        };
        let told = format!(
            "{} computes and not {}, which is faster, as {}",
            self.provider().described(),
            lost.provider.name(),
            lost.reason
        );
        host.warn(code, &told);
    }

    /// The best that could compute if something were not missing.
    fn lost(&self) -> Option<&PassedOver> {
        self.passed_over.first().filter(|_| self.has_gpu)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use engine_api::testing::RecordingHost;

    use super::*;

    /// A machine with so many GPUs, and a runtime with these providers beside it.
    fn chosen(device: &str, asked: &[Provider], gpus: usize, libraries: &[&str]) -> Result<Device, NoDevice> {
        chosen_with(device, asked, gpus, libraries, false)
    }

    fn chosen_with(
        device: &str,
        asked: &[Provider],
        gpus: usize,
        libraries: &[&str],
        half: bool,
    ) -> Result<Device, NoDevice> {
        let folder = tempfile::tempdir().unwrap();
        (0..gpus).for_each(|gpu| fs::write(folder.path().join(format!("nvidia{gpu}")), "").unwrap());
        for library in libraries {
            // `ldd` finds nothing missing in what is no library.
            fs::write(folder.path().join(format!("libonnxruntime_providers_{library}.so")), "").unwrap();
        }
        let library = folder.path().join("libonnxruntime.so");
        Device::choose(device, asked, &Machine::with_devices(folder.path()), &library, half)
    }

    fn warned(device: &Device) -> Vec<String> {
        let mut host = RecordingHost::new();
        device.warn(&mut host);
        host.warned().into_iter().map(str::to_owned).collect()
    }

    const AUTO: [Provider; 3] = [Provider::TensorRt(0), Provider::Cuda(0), Provider::Cpu];

    #[test]
    fn without_a_gpu_the_processor_is_all_that_can_be_expected() {
        let device = chosen("auto", &AUTO, 0, &[]).unwrap();
        assert_eq!(device.providers, [Provider::Cpu]);
        assert_eq!(device.note(), "computes with the processor");
        assert_eq!(warned(&device), [""; 0]);
    }

    #[test]
    fn a_gpu_that_nothing_computes_on_is_told_of() {
        let device = chosen("auto", &AUTO[1..], 1, &[]).unwrap();
        assert_eq!(device.providers, [Provider::Cpu]);
        let note = device.note();
        assert!(note.starts_with("computes with the processor and not with CUDA: the ONNX Runtime in "), "{note}");
        assert!(note.ends_with("`cargo xtask engine ditto --gpu` fetches one with it"), "{note}");
        assert_eq!(warned(&device), ["on_processor"]);
    }

    #[test]
    fn tensorrt_gives_way_to_cuda_and_that_is_told() {
        let device = chosen("cuda:1", &[Provider::TensorRt(1), Provider::Cuda(1)], 2, &["cuda"]).unwrap();
        assert_eq!((device.provider(), device.providers.len()), (Provider::Cuda(1), 1));
        assert!(device.note().starts_with("computes with CUDA on GPU 1 and not with TensorRT: "), "{}", device.note());
        assert_eq!(warned(&device), ["no_tensorrt"]);
        let both = chosen("auto", &AUTO, 1, &["cuda", "tensorrt"]).unwrap();
        assert_eq!((both.providers.as_slice(), both.passed_over.len()), (&AUTO[..], 0));
        assert_eq!(warned(&both), [""; 0]);
    }

    #[test]
    fn the_record_of_a_job_says_what_it_became() {
        let of = |asked: &[Provider], half| {
            let machinery = chosen_with("auto", asked, 2, &["cuda", "tensorrt"], half).unwrap().computation();
            format!("{} {} {}", machinery.device, machinery.providers.join("+"), machinery.precision)
        };
        assert_eq!(of(&[Provider::Cpu], true), "cpu CPU fp32");
        assert_eq!(of(&[Provider::Cuda(1)], false), "cuda:1 CUDA+CPU fp32");
        assert_eq!(of(&[Provider::Cuda(1)], true), "cuda:1 CUDA+CPU mixed");
        assert_eq!(of(&AUTO, false), "cuda:0 TensorRT+CUDA+CPU fp32");
        assert_eq!(of(&AUTO, true), "cuda:0 TensorRT+CUDA+CPU mixed");
    }

    #[test]
    fn what_fails_when_it_is_tried_is_told_as_well() {
        let mut device = chosen("auto", &AUTO[1..], 1, &["cuda"]).unwrap();
        assert_eq!(device.note(), "computes with CUDA on GPU 0");
        let reason = "the driver is too old".to_owned();
        let passed_over = vec![PassedOver { provider: Provider::Cuda(0), reason }];
        device.settle(&Chosen { passed_over, ..Chosen::default() });
        assert_eq!(device.note(), "computes with the processor and not with CUDA: the driver is too old");
        assert_eq!(warned(&device), ["on_processor"]);
    }

    #[test]
    fn mixed_precision_is_told_where_it_is_and_where_it_is_not() {
        let on = |gpus| chosen_with("auto", &AUTO[1..], gpus, &["cuda"], true).unwrap();
        assert_eq!(on(0).note(), "computes with the processor");
        let mut device = on(1);
        assert_eq!(device.note(), "computes with CUDA on GPU 0 in mixed precision");
        let in_full = vec![InFull { network: "decoder", reason: "its weights lie in other files".into() }];
        let settled = Chosen { provider: Provider::Cuda(0), half: true, in_full, ..Chosen::default() };
        device.settle(&settled);
        let rest = "; decoder stays in 32 bits, as its weights lie in other files";
        assert_eq!(device.note(), format!("computes with CUDA on GPU 0 in mixed precision{rest}"));
        assert_eq!(
            (device.computation().precision.as_str(), warned(&device)),
            ("mixed", vec!["in_32_bits".to_owned()])
        );
        device.settle(&Chosen { half: false, ..settled });
        assert_eq!(device.note(), format!("computes with CUDA on GPU 0{rest}"));
        assert_eq!(device.computation().precision, "fp32");
    }

    #[test]
    fn a_device_that_is_named_is_had_or_refused() {
        let refused = chosen("cuda:0", &AUTO[1..2], 0, &["cuda"]).unwrap_err();
        assert_eq!(refused.reason(), "cuda:0 cannot be used: this machine shows no NVIDIA GPU");
        let error = EngineError::from(refused);
        assert!(error.kind == ErrorKind::Device && error.message.contains("install NVIDIA's driver"), "{error}");
        let refused = chosen("cuda:3", &[Provider::TensorRt(3), Provider::Cuda(3)], 1, &["cuda"]).unwrap_err();
        assert_eq!(refused.remedy(), "correct `device` in the configuration");
    }
}
