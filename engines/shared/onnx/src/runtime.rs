//! ONNX Runtime: where the library lies, and the one environment of the process.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::{env, fs};

use ort::environment::Environment;

use crate::error::OnnxError;

/// Names the library where no option does.
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// The loaded library with its environment. A process has one, and keeps it.
pub struct Runtime {
    pub(crate) environment: Environment,
    path: PathBuf,
}

static LOADED: OnceLock<Runtime> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

impl Runtime {
    /// Loads the library: the one that `option` names, else the one in `ORT_DYLIB_PATH`, else `libonnxruntime` in the
    /// folder `beside` (where the plugin lies). Later calls get the library that is loaded.
    ///
    /// # Errors
    /// Where no library is found, where it is none or too old, and where `option` names another than the loaded one.
    pub fn load(option: Option<&Path>, beside: Option<&Path>) -> Result<&'static Self, OnnxError> {
        // A poisoned lock guards nothing that could be half done: the cell is either set or not.
        let _guard = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = LOADED.get() {
            return match option.map(absolute) {
                Some(asked) if asked != runtime.path => {
                    Err(OnnxError::OtherRuntime { asked, loaded: runtime.path.clone() })
                }
                _ => Ok(runtime),
            };
        }
        let path = find(option, env::var_os(VARIABLE).map(PathBuf::from), beside)?;
        let bad = |reason: String| OnnxError::BadRuntime { path: path.clone(), reason };
        let environment = ort::init_from(&path)
            .map_err(|error| bad(error.to_string()))?
            .with_telemetry(false)
            .build()
            .map_err(|error| bad(error.to_string()))?;
        // The detector declares the sizes of another input, and the runtime would warn at every run.
        environment.set_log_level(ort::logging::LogLevel::Error);
        Ok(LOADED.get_or_init(|| Self { environment, path: path.clone() }))
    }

    /// The library in use.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn find(option: Option<&Path>, variable: Option<PathBuf>, beside: Option<&Path>) -> Result<PathBuf, OnnxError> {
    // What somebody names is taken or refused; guessing on would hide a slip of the pen.
    let named = option.map(|path| ("the option", path.to_owned()));
    if let Some((source, path)) = named.or_else(|| variable.map(|path| (VARIABLE, path))) {
        let looked_at = vec![format!("{} ({source})", path.display())];
        return if path.is_file() { Ok(absolute(&path)) } else { Err(OnnxError::NoRuntime { looked_at }) };
    }
    let mut looked_at = vec!["the option (not set)".into(), format!("{VARIABLE} (not set)")];
    if let Some(folder) = beside {
        if let Some(path) = library_in(folder) {
            return Ok(absolute(&path));
        }
        looked_at.push(format!("libonnxruntime in {}", folder.display()));
    }
    Err(OnnxError::NoRuntime { looked_at })
}

/// The library in a folder; of several versions the one whose name sorts last.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let is_library = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libonnxruntime.so")
            || (name.starts_with("libonnxruntime.") && name.ends_with(".dylib"))
            || name == "onnxruntime.dll"
    };
    fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).filter(is_library).max()
}

fn absolute(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::find;

    #[test]
    fn what_is_named_is_not_guessed_around() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let nowhere = Path::new("/nowhere/libonnxruntime.so");
        let error = find(Some(nowhere), Some(here.join("Cargo.toml")), Some(here)).unwrap_err().to_string();
        assert!(error.contains("/nowhere/libonnxruntime.so (the option)"), "{error}");
        assert_eq!(find(None, Some(here.join("Cargo.toml")), None).unwrap(), here.join("Cargo.toml"));
        let error = find(None, None, Some(&PathBuf::from("/nowhere"))).unwrap_err().to_string();
        assert!(error.contains("ORT_DYLIB_PATH (not set), libonnxruntime in /nowhere"), "{error}");
    }
}
