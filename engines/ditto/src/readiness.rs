//! Whether a job could be rendered, told before anything is loaded: options, files, the runtime and the device.
//!
//! Of each network a few kilobytes are read, and the runtime's library is opened; nothing is computed.

use std::path::{Path, PathBuf};

use engine_api::{Readiness, Setup};
use engine_onnx::{FileFault, Machine, OnnxError, Runtime, Unfetched, inspect};

use crate::device::Device;
use crate::options::Options;
use crate::settings::config_file::Config;
use crate::weights::{self, needed};

/// What fetches the networks.
const PULL: &str = "`avatar-gateway models pull ditto` fetches them";
/// What mends options.
const CORRECT: &str = "correct [engines.ditto] in the configuration";

/// Whether a job could be rendered with `setup` on `machine`, and on what.
pub(crate) fn readiness(setup: &Setup, machine: &Machine) -> Readiness {
    look(setup, machine).map_or_else(|refusal| refusal, |note| Readiness::Ready { note: Some(note) })
}

fn look(setup: &Setup, machine: &Machine) -> Result<String, Readiness> {
    let wrong = |error: engine_api::EngineError| failed(error.to_string(), CORRECT);
    let options = Options::read(setup).map_err(wrong)?;
    let providers = options.providers(&setup.device).map_err(wrong)?;
    let networks = setup.weights.as_ref().map(|folder| options.networks(folder));
    let files = weights::missing(networks.as_deref(), options.face_search());
    let (Some(weights), Some(networks), true) = (&setup.weights, &networks, files.is_empty()) else {
        return Err(Readiness::MissingWeights { files, remedy: PULL.into() });
    };
    whole_networks(weights, networks, &options)?;
    let library = Runtime::check(options.onnxruntime.as_deref(), setup.plugin_dir.as_deref()).map_err(no_runtime)?;
    let device = Device::choose(&setup.device, &providers, machine, &library, options.half);
    let device = device.map_err(|error| failed(error.reason(), &error.remedy()))?;
    for online in [false, true] {
        options.config(weights, online).map_or(Ok(()), |path| whole_config(weights, &path))?;
    }
    let lacks = |online| options.lacks_config(weights, online);
    let without = if lacks(false) || lacks(true) { ", and without a published configuration" } else { "" };
    Ok(format!("{}{without}", device.note()))
}

fn failed(reason: String, remedy: &str) -> Readiness {
    Readiness::Failed { reason, remedy: remedy.to_owned() }
}

/// Looks at every network that is needed, and tells of all that cannot be what they should be.
fn whole_networks(weights: &Path, networks: &Path, options: &Options) -> Result<(), Readiness> {
    let mut faults: Vec<(PathBuf, FileFault)> = Vec::new();
    for spec in needed(networks, options.face_search()) {
        let path = spec.path(networks);
        faults.extend(inspect(&path, &spec.signature).err().map(|fault| (path, fault)));
    }
    if faults.is_empty() {
        return Ok(());
    }
    let told = faults.iter().map(|(path, fault)| format!("{} {fault}", within(weights, path)));
    let reason = told.collect::<Vec<_>>().join("; ");
    if faults.iter().any(|(_, fault)| matches!(fault, FileFault::Unreadable(_))) {
        return Err(failed(reason, "look at the files and their permissions"));
    }
    let paths: Vec<&Path> = faults.iter().map(|(path, _)| path.as_path()).collect();
    Err(failed(reason, &fetch_again(&paths)))
}

fn whole_config(weights: &Path, path: &Path) -> Result<(), Readiness> {
    let Err(error) = Config::read(path) else { return Ok(()) };
    let name = within(weights, path);
    if let Ok(Some(unfetched)) = Unfetched::at(path) {
        return Err(failed(format!("{name} {unfetched}"), &fetch_again(&[path])));
    }
    let remedy = "`avatar-gateway models verify ditto` checks the published files; in [engines.ditto], config and \
                  config_online name others, or none";
    Err(failed(format!("{name}: {error}"), remedy))
}

fn no_runtime(error: OnnxError) -> Readiness {
    let remedy = match error {
        OnnxError::NoRuntime { .. } => {
            "`cargo xtask engine ditto` puts it beside the plugin; or set onnxruntime in [engines.ditto]"
        }
        _ => {
            "`cargo xtask engine ditto` puts one that does beside the plugin; what onnxruntime in [engines.ditto] or \
             ORT_DYLIB_PATH names is taken before it"
        }
    };
    failed(error.to_string(), remedy)
}

/// A file as people know it: below the weights folder.
fn within(weights: &Path, path: &Path) -> String {
    path.strip_prefix(weights).unwrap_or(path).display().to_string()
}

/// The command that fetches files again: what lies there is taken for whole, as sizes are not known of all.
fn fetch_again(paths: &[&Path]) -> String {
    let quoted: Vec<String> = paths.iter().map(|path| format!("'{}'", path.display())).collect();
    format!("`rm {} && avatar-gateway models pull ditto` fetches what is missing", quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use avatar_prerequisites::onnx_runtime;
    use serde_json::{Value, json};

    use super::*;
    use crate::networks::HUBERT;
    use crate::options::{CONFIG, CONFIG_ONLINE, NETWORKS};

    /// A weights folder with the stand-ins of the reference set, which goes with it.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/set");
            fs::create_dir(folder.path().join(NETWORKS)).unwrap();
            fs::create_dir(folder.path().join(CONFIG).parent().unwrap()).unwrap();
            for entry in fs::read_dir(set.join("models")).unwrap().flatten() {
                fs::copy(entry.path(), folder.path().join(NETWORKS).join(entry.file_name())).unwrap();
            }
            for (name, place) in [("cfg_offline.pkl", CONFIG), ("cfg_online.pkl", CONFIG_ONLINE)] {
                fs::copy(set.join(name), folder.path().join(place)).unwrap();
            }
            Self(folder)
        }

        fn network(&self, name: &str) -> PathBuf {
            self.0.path().join(NETWORKS).join(format!("{name}.onnx"))
        }

        fn setup(&self, device: &str, options: Value) -> Setup {
            let Value::Object(mut options) = options else { panic!("a table") };
            if let Some(runtime) = onnx_runtime() {
                options.entry("onnxruntime").or_insert(json!(runtime));
            }
            Setup { weights: Some(self.0.path().to_owned()), device: device.into(), options, ..Setup::default() }
        }

        /// What is said of it on a machine whose devices lie in the folder too: it has none at first.
        fn looked(&self, device: &str, options: Value) -> Readiness {
            readiness(&self.setup(device, options), &Machine::with_devices(self.0.path()))
        }

        fn failure(&self, device: &str, options: Value) -> (String, String) {
            match self.looked(device, options) {
                Readiness::Failed { reason, remedy } => (reason, remedy),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn whole_files_are_ready_and_the_note_says_on_what() {
        if onnx_runtime().is_none() {
            return;
        }
        let folder = Folder::new();
        assert_eq!(folder.looked("auto", json!({})).note(), Some("computes with the processor"));
        fs::remove_file(folder.0.path().join(CONFIG)).unwrap();
        let note = "computes with the processor, and without a published configuration";
        assert_eq!(folder.looked("auto", json!({})).note(), Some(note));
    }

    #[test]
    fn each_bad_network_is_told_for_what_it_is_with_the_command_that_mends_it() {
        let folder = Folder::new();
        let hubert = folder.network(HUBERT.name);
        let whole = fs::read(&hubert).unwrap();
        let told = |bytes: &[u8]| {
            fs::write(&hubert, bytes).unwrap();
            folder.failure("auto", json!({}))
        };
        let (reason, remedy) = told(b"version https://git-lfs.github.com/spec/v1\nsize 1460129364\n");
        let pointer = "is a pointer of Git LFS and not the file itself, which has 1460129364 bytes";
        assert_eq!(reason, format!("ditto_onnx/hubert.onnx {pointer}"));
        let command =
            format!("`rm '{}' && avatar-gateway models pull ditto` fetches what is missing", hubert.display());
        assert_eq!(remedy, command);
        for (bytes, what) in [
            (&b""[..], "is empty"),
            (b"<!DOCTYPE html><title>Sign in</title>", "is an HTML page"),
            (b"Entry not found", "is text and begins with \"Entry not found\""),
            (&whole[..whole.len() - 1], "is cut off"),
            (b"PK\x03\x04\x00", "is no ONNX file"),
        ] {
            let (reason, _) = told(bytes);
            assert!(reason.contains(what), "{reason} instead of {what}");
        }
        fs::copy(folder.network("decoder"), &hubert).unwrap();
        fs::write(folder.network("lmdm_v0.4_hubert"), "").unwrap();
        let (reason, remedy) = folder.failure("auto", json!({}));
        assert!(
            reason.contains("hubert.onnx is another network: there is no input \"input_values\" among"),
            "{reason}"
        );
        assert!(reason.contains("; ditto_onnx/lmdm_v0.4_hubert.onnx is empty") && remedy.contains("lmdm"), "{reason}");
    }

    #[test]
    fn networks_that_the_search_does_without_are_not_looked_at() {
        if onnx_runtime().is_none() {
            return;
        }
        let folder = Folder::new();
        fs::write(folder.network("insightface_det"), "").unwrap();
        assert!(folder.failure("auto", json!({})).0.contains("insightface_det.onnx is empty"));
        assert!(folder.looked("auto", json!({"face_search": "mediapipe"})).is_ready());
    }

    #[test]
    fn a_runtime_that_is_none_and_a_bad_configuration_are_told() {
        let folder = Folder::new();
        let library = folder.0.path().join("libonnxruntime.so");
        fs::write(&library, "<html>").unwrap();
        let (reason, remedy) = folder.failure("auto", json!({ "onnxruntime": library }));
        assert!(reason.ends_with("libonnxruntime.so: it is an HTML page, as hubs and logins answer instead of a file"));
        assert!(remedy.starts_with("`cargo xtask engine ditto` puts one"), "{remedy}");
        if onnx_runtime().is_none() {
            return;
        }
        fs::write(folder.0.path().join(CONFIG), "").unwrap();
        let (reason, remedy) = folder.failure("auto", json!({}));
        assert_eq!(reason, format!("{CONFIG} is empty"));
        assert!(remedy.starts_with("`rm "), "{remedy}");
    }

    #[test]
    fn a_device_that_the_machine_has_not_is_told_before_any_job() {
        if onnx_runtime().is_none() {
            return;
        }
        let folder = Folder::new();
        let (reason, remedy) = folder.failure("cuda:0", json!({}));
        assert_eq!(reason, "cuda:0 cannot be used: this machine shows no NVIDIA GPU");
        assert!(remedy.contains("device = \"cpu\""), "{remedy}");
        fs::write(folder.0.path().join("nvidia0"), "").unwrap();
        let (reason, remedy) = folder.failure("cuda:0", json!({}));
        assert!(reason.contains("built without CUDA") && remedy.contains("cargo xtask engine ditto --gpu"), "{reason}");
        let ready = folder.looked("auto", json!({}));
        assert!(ready.note().is_some_and(|note| note.contains("and not with CUDA")), "{ready:?}");
    }
}
