//! The engine's own keys of `[engines.ditto]` in the gateway's configuration, and what a device means.

use std::path::{Path, PathBuf};

use engine_api::{DeviceChoice, EngineError, Setup};
use engine_onnx::{Convolutions, Options as SessionOptions, Provider};
use serde::Deserialize;

use crate::face::detector::FaceSearch;

/// Bytes of a gigabyte, as disks count.
const GIGABYTE: f64 = 1e9;

/// `[engines.ditto]`, beside what every engine has.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    /// The library of ONNX Runtime; by default the one beside the plugin.
    pub(crate) onnxruntime: Option<PathBuf>,
    /// The folder of the networks, in the weights folder; by default `ditto_onnx`, or else the weights folder itself.
    networks: Option<PathBuf>,
    /// The configuration, in the weights folder; empty for none.
    config: Option<PathBuf>,
    /// The configuration for streams, in the weights folder; empty for none.
    config_online: Option<PathBuf>,
    /// Which networks find the face.
    face_search: Search,
    /// Compute with TensorRT where a GPU computes.
    tensorrt: bool,
    /// Let GPUs compute in 16 bits the networks that bear it. Once it was TensorRT's alone, and called so.
    #[serde(alias = "tensorrt_half")]
    pub(crate) half: bool,
    /// Let GPUs round the factors of products to 19 bits.
    tf32: bool,
    /// How CUDA chooses among ways to convolve.
    convolutions: Convolutions,
    /// Where TensorRT keeps what it has compiled; by default `tensorrt` in the weights folder.
    tensorrt_cache: Option<PathBuf>,
    /// Threads of the processor; 0 for one a core.
    pub(crate) threads: usize,
    /// Gigabytes of disk that the frames of a source video may take.
    clip_disk_gb: f64,
}

/// Which networks find the face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Search {
    InsightFace,
    MediaPipe,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            onnxruntime: None,
            networks: None,
            config: None,
            config_online: None,
            face_search: Search::InsightFace,
            tensorrt: false,
            half: false,
            tf32: true,
            convolutions: Convolutions::default(),
            tensorrt_cache: None,
            threads: 0,
            clip_disk_gb: 20.0,
        }
    }
}

impl Options {
    /// Reads and checks them.
    ///
    /// # Errors
    /// An option is unknown or has an impossible value.
    pub(crate) fn read(setup: &Setup) -> Result<Self, EngineError> {
        let options: Self = setup.options()?;
        if !(0.1..=1e5).contains(&options.clip_disk_gb) {
            let message = format!("the option clip_disk_gb must be 0.1 to 100000, not {}", options.clip_disk_gb);
            return Err(EngineError::input(message));
        }
        if options.threads > 1024 {
            return Err(EngineError::input(format!("the option threads must be 0 to 1024, not {}", options.threads)));
        }
        Ok(options)
    }

    /// Where the networks lie.
    pub(crate) fn networks(&self, weights: &Path) -> PathBuf {
        match &self.networks {
            Some(folder) => weights.join(folder),
            None => Some(weights.join(NETWORKS)).filter(|folder| folder.is_dir()).unwrap_or_else(|| weights.to_owned()),
        }
    }

    /// Where the configuration lies, or the one for streams; none where there is none.
    ///
    /// One that is named is taken or refused, one that is not may be missing.
    pub(crate) fn config(&self, weights: &Path, online: bool) -> Option<PathBuf> {
        let (named, published) = match online {
            true => (&self.config_online, CONFIG_ONLINE),
            false => (&self.config, CONFIG),
        };
        match named {
            Some(name) => (!name.as_os_str().is_empty()).then(|| weights.join(name)),
            None => Some(weights.join(published)).filter(|path| path.is_file()),
        }
    }

    /// Whether no configuration is named, and the published one is not there.
    pub(crate) fn lacks_config(&self, weights: &Path, online: bool) -> bool {
        let named = if online { &self.config_online } else { &self.config };
        named.is_none() && self.config(weights, online).is_none()
    }

    pub(crate) fn face_search(&self) -> FaceSearch {
        match self.face_search {
            Search::InsightFace => FaceSearch::InsightFace,
            Search::MediaPipe => FaceSearch::MediaPipe,
        }
    }

    /// Bytes of disk that the frames of a source video may take.
    pub(crate) fn clip_disk_bytes(&self) -> u64 {
        (self.clip_disk_gb * GIGABYTE) as u64
    }

    /// What shall compute, the best first: where it may be chosen, the first GPU before the processor, and on a GPU CUDA where
    /// TensorRT cannot.
    ///
    /// # Errors
    /// For a device that is none.
    pub(crate) fn providers(&self, device: &str) -> Result<Vec<Provider>, EngineError> {
        let on_gpu = |number| match self.tensorrt {
            true => vec![Provider::TensorRt(number), Provider::Cuda(number)],
            false => vec![Provider::Cuda(number)],
        };
        Ok(match device.parse::<DeviceChoice>().map_err(EngineError::input)? {
            DeviceChoice::Cpu => vec![Provider::Cpu],
            DeviceChoice::Cuda(number) => on_gpu(number.into()),
            DeviceChoice::Auto => [on_gpu(0), vec![Provider::Cpu]].concat(),
        })
    }

    /// How sessions are built for a device.
    ///
    /// # Errors
    /// For a device that is none.
    pub(crate) fn sessions(&self, device: &str, weights: &Path) -> Result<SessionOptions, EngineError> {
        let compiled = self.tensorrt_cache.clone().unwrap_or_else(|| "tensorrt".into());
        Ok(SessionOptions {
            providers: self.providers(device)?,
            half: self.half,
            tf32: self.tf32,
            convolutions: self.convolutions,
            compiled: Some(weights.join(compiled)),
            stop: None,
        })
    }
}

/// The folder of the published networks.
pub(crate) const NETWORKS: &str = "ditto_onnx";
/// The published configuration.
pub(crate) const CONFIG: &str = "ditto_cfg/v0.4_hubert_cfg_trt.pkl";
/// The published configuration for streams.
pub(crate) const CONFIG_ONLINE: &str = "ditto_cfg/v0.4_hubert_cfg_trt_online.pkl";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn options(table: serde_json::Value) -> Result<Options, String> {
        let serde_json::Value::Object(options) = table else { panic!("a table") };
        Options::read(&Setup { options, ..Setup::default() }).map_err(|error| error.to_string())
    }

    #[test]
    fn devices_are_providers() {
        let providers =
            |device: &str, tensorrt: bool| options(json!({ "tensorrt": tensorrt })).unwrap().providers(device);
        use Provider::{Cpu, Cuda, TensorRt};
        assert_eq!(providers("cpu", true), Ok(vec![Cpu]));
        assert_eq!(providers("auto", false), Ok(vec![Cuda(0), Cpu]));
        assert_eq!(providers("auto", true), Ok(vec![TensorRt(0), Cuda(0), Cpu]));
        assert_eq!(providers("cuda:3", false), Ok(vec![Cuda(3)]), "what is named is had or refused");
        assert_eq!(providers("cuda", true), Ok(vec![TensorRt(0), Cuda(0)]));
        assert!(providers("cuda:x", false).unwrap_err().message.contains("cuda:x"));
        let session = options(json!({"tf32": false, "convolutions": "usual"})).unwrap();
        let session = session.sessions("auto", Path::new("/weights")).unwrap();
        assert_eq!(session.compiled, Some("/weights/tensorrt".into()));
        assert!(!session.tf32 && !session.half && session.convolutions == Convolutions::Usual);
    }

    #[test]
    fn wrong_options_are_refused_by_name() {
        assert!(options(json!({"treads": 2})).unwrap_err().contains("treads"));
        assert!(options(json!({"face_search": "dlib"})).unwrap_err().contains("insightface"));
        assert!(options(json!({"clip_disk_gb": 0})).unwrap_err().contains("clip_disk_gb"));
        assert_eq!(options(json!({"face_search": "mediapipe"})).unwrap().face_search(), FaceSearch::MediaPipe);
    }

    #[test]
    fn half_is_known_by_its_old_name_too() {
        for name in ["half", "tensorrt_half"] {
            let session = options(json!({ name: true })).unwrap().sessions("cuda", Path::new("/weights")).unwrap();
            assert!(session.half, "{name}");
        }
    }

    #[test]
    fn a_configuration_that_is_named_is_taken_and_the_published_one_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let of = |table| options(table).unwrap();
        assert_eq!(of(json!({})).config(folder.path(), false), None);
        assert!(of(json!({})).lacks_config(folder.path(), false));
        assert!(!of(json!({"config": ""})).lacks_config(folder.path(), false), "nobody wants one");
        assert_eq!(of(json!({"config": "a.pkl"})).config(folder.path(), false), Some(folder.path().join("a.pkl")));
        std::fs::create_dir(folder.path().join("ditto_cfg")).unwrap();
        std::fs::write(folder.path().join(CONFIG_ONLINE), "").unwrap();
        assert_eq!(of(json!({})).config(folder.path(), true), Some(folder.path().join(CONFIG_ONLINE)));
        assert_eq!(of(json!({"config_online": ""})).config(folder.path(), true), None);
    }
}
