//! Finds ONNX Runtime and loads it, once in a process.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::{env, fs, thread};

use ort::LoadDynamicError;
use ort::environment::{Environment, EnvironmentBuilder, GlobalThreadPoolOptions};

use crate::elf;
use crate::error::OnnxError;
use crate::unfetched::Unfetched;

/// Names the library where no option does.
const VARIABLE: &str = "ORT_DYLIB_PATH";
/// The folder beside a plugin in which `cargo xtask engine` puts the library. A build for GPUs has further libraries,
/// which must not lie among the plugins.
const FOLDER: &str = "onnxruntime";

/// The loaded library with its environment. A process has one, and keeps it.
pub struct Runtime {
    pub(crate) environment: Environment,
    path: PathBuf,
}

static LOADED: OnceLock<Runtime> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

impl Runtime {
    /// Where the library lies: the one that `option` names, else the one in `ORT_DYLIB_PATH`, else `libonnxruntime` in
    /// the folder `beside` (where the plugin lies) or in the folder `onnxruntime` in there. Loads nothing.
    ///
    /// # Errors
    /// Where no library is found; the error lists where it was looked for.
    pub fn locate(option: Option<&Path>, beside: Option<&Path>) -> Result<PathBuf, OnnxError> {
        find(option, env::var_os(VARIABLE).map(PathBuf::from), beside)
    }

    /// Whether the library that [`Runtime::locate`] finds can be used: it is whole, the system's loader takes it, and it is of
    /// version 1.24 or newer. Opens it, and computes nothing; the library is then the one of this process.
    ///
    /// # Errors
    /// Where no library is found, and why it cannot be used.
    pub fn check(option: Option<&Path>, beside: Option<&Path>) -> Result<PathBuf, OnnxError> {
        let path = Self::locate(option, beside)?;
        match opened(&path) {
            Ok(_) => Ok(path),
            Err(reason) => Err(OnnxError::BadRuntime { path, reason }),
        }
    }

    /// Loads the library that [`Runtime::locate`] finds, with one thread for each core; see
    /// [`Runtime::load_with_threads`].
    ///
    /// # Errors
    /// Where no library is found, where it is none or too old, and where `option` names another than the loaded one.
    pub fn load(option: Option<&Path>, beside: Option<&Path>) -> Result<&'static Self, OnnxError> {
        Self::load_with_threads(option, beside, 0)
    }

    /// Loads the library that [`Runtime::locate`] finds; later calls get the library that is loaded, as it is.
    ///
    /// All sessions of the process share one pool of `threads` threads (0 means one for each core): the stages of a
    /// pipeline run at the same time, and a pool for each would fight for the cores. The thread that runs a session
    /// counts as one of them. Idle threads sleep instead of spinning, which would take the cores from other stages.
    ///
    /// A session takes part by itself; `SessionBuilder::with_intra_threads` then has no effect. It has one only together
    /// with `with_independent_thread_pool`, which gives that session a pool of its own.
    ///
    /// # Errors
    /// As [`Runtime::load`].
    pub fn load_with_threads(
        option: Option<&Path>,
        beside: Option<&Path>,
        threads: usize,
    ) -> Result<&'static Self, OnnxError> {
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
        let path = Self::locate(option, beside)?;
        let environment =
            environment(&path, threads).map_err(|reason| OnnxError::BadRuntime { path: path.clone(), reason })?;
        Ok(LOADED.get_or_init(|| Self { environment, path }))
    }

    /// The library in use.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens a library, or says why it cannot be used. A file that is cut off is not opened: whoever maps it is killed.
fn opened(library: &Path) -> Result<EnvironmentBuilder, String> {
    let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
    if let Some(unfetched) = Unfetched::at(library).map_err(unreadable)? {
        return Err(format!("it {unfetched}"));
    }
    if let Some((bytes, promised)) = elf::cut_off(library).map_err(unreadable)? {
        return Err(format!("it is cut off: it has {bytes} bytes, and should have {promised} at least"));
    }
    ort::init_from(library).map_err(refusal)
}

/// The loader's words, without the path, which the error tells.
fn refusal(error: LoadDynamicError) -> String {
    match error {
        LoadDynamicError::Dlopen { error, .. } => error.to_string(),
        LoadDynamicError::MissingApi { .. } => "it is a library, but not ONNX Runtime's".to_owned(),
        LoadDynamicError::InvalidVersionString => "it does not tell its version".to_owned(),
        LoadDynamicError::BadVersion { version_str, .. } => {
            format!("it is version {version_str}, and 1.{} or newer is needed", ort::MINOR_VERSION)
        }
    }
}

fn environment(library: &Path, threads: usize) -> Result<Environment, String> {
    let builder = opened(library)?;
    // Not the runtime's own default: that one counts the machine's cores, not those that this process may use.
    let threads = if threads > 0 { threads } else { thread::available_parallelism().map_or(1, usize::from) };
    let environment = GlobalThreadPoolOptions::default()
        .with_intra_threads(threads)
        .and_then(|pool| pool.with_inter_threads(1)) // for sessions that run their own nodes side by side: none does
        .and_then(|pool| pool.with_spin_control(false))
        .and_then(|pool| builder.with_global_thread_pool(pool).with_telemetry(false).build())
        .map_err(|error| error.to_string())?;
    // The detector declares the sizes of another input, and the runtime would warn at every run.
    environment.set_log_level(ort::logging::LogLevel::Error);
    Ok(environment)
}

fn find(option: Option<&Path>, variable: Option<PathBuf>, beside: Option<&Path>) -> Result<PathBuf, OnnxError> {
    // What somebody names is taken or refused; guessing on would hide a slip of the pen.
    let named = option.map(|path| ("the option", path.to_owned()));
    if let Some((source, path)) = named.or_else(|| variable.map(|path| (VARIABLE, path))) {
        let looked_at = vec![format!("{} ({source})", path.display())];
        return if path.is_file() { Ok(absolute(&path)) } else { Err(OnnxError::NoRuntime { looked_at }) };
    }
    let mut looked_at = vec!["the option (not set)".into(), format!("{VARIABLE} (not set)")];
    for folder in beside.into_iter().flat_map(|beside| [beside.to_owned(), beside.join(FOLDER)]) {
        if let Some(path) = library_in(&folder) {
            return Ok(absolute(&path));
        }
        looked_at.push(format!("libonnxruntime in {}", folder.display()));
    }
    Err(OnnxError::NoRuntime { looked_at })
}

/// The library in a folder; of several, the one of the latest version.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let libraries = entries.filter_map(|entry| Some((version(entry.file_name().to_str()?)?, entry.path())));
    libraries.filter(|(_, path)| path.is_file()).max().map(|(_, path)| path)
}

/// The version in the name of a library: `libonnxruntime.so.1.31.1` and `libonnxruntime.1.31.1.dylib` are `[1, 31, 1]`,
/// without one it is empty. `None` for any other file, such as the libraries of its providers.
fn version(name: &str) -> Option<Vec<u32>> {
    if name == "onnxruntime.dll" {
        return Some(vec![]);
    }
    let rest = name.strip_prefix("libonnxruntime.")?;
    let numbers = rest.strip_prefix("so").or_else(|| rest.strip_suffix("dylib"))?.trim_matches('.');
    if numbers.is_empty() { Some(vec![]) } else { numbers.split('.').map(|number| number.parse().ok()).collect() }
}

fn absolute(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Runtime, find, version};

    #[test]
    fn what_is_named_is_not_guessed_around() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let nowhere = Path::new("/nowhere/libonnxruntime.so");
        let error = find(Some(nowhere), Some(here.join("Cargo.toml")), Some(here)).unwrap_err().to_string();
        assert!(error.contains("/nowhere/libonnxruntime.so (the option)"), "{error}");
        assert_eq!(find(None, Some(here.join("Cargo.toml")), None).unwrap(), here.join("Cargo.toml"));
        let error = find(None, None, Some(&PathBuf::from("/nowhere"))).unwrap_err().to_string();
        assert!(error.contains("ORT_DYLIB_PATH (not set), libonnxruntime in /nowhere"), "{error}");
        assert!(error.ends_with("libonnxruntime in /nowhere/onnxruntime"), "{error}");
    }

    #[test]
    fn the_library_lies_beside_the_plugin_or_in_its_own_folder_there() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        let own = folder.join("onnxruntime");
        fs::create_dir(&own).unwrap();
        for name in ["libonnxruntime.so.1.9.0", "libonnxruntime.so.1.31.1", "libonnxruntime_providers_cuda.so"] {
            fs::write(own.join(name), "").unwrap();
        }
        assert_eq!(find(None, None, Some(&folder)).unwrap(), own.join("libonnxruntime.so.1.31.1"));
        fs::write(folder.join("libonnxruntime.so"), "").unwrap();
        assert_eq!(find(None, None, Some(&folder)).unwrap(), folder.join("libonnxruntime.so"));
    }

    #[test]
    fn what_is_no_library_is_told_without_opening_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("libonnxruntime.so");
        let refused = |bytes: &[u8]| {
            fs::write(&file, bytes).unwrap();
            Runtime::check(Some(&file), None).unwrap_err().to_string()
        };
        assert!(refused(b"").ends_with(": it is empty"));
        assert!(refused(b"<!doctype html>").contains("it is an HTML page"));
        let library = fs::read(std::env::current_exe().unwrap()).unwrap();
        let cut = refused(&library[..library.len() / 2]);
        assert!(cut.contains("it is cut off: it has "), "{cut}");
    }

    #[test]
    fn names_tell_the_library_from_what_lies_beside_it() {
        assert_eq!(version("libonnxruntime.so.1.31.1"), Some(vec![1, 31, 1]));
        assert_eq!(version("libonnxruntime.1.31.1.dylib"), Some(vec![1, 31, 1]));
        assert_eq!(version("libonnxruntime.dylib"), Some(vec![]));
        for other in ["libonnxruntime_providers_shared.so", "libonnxruntime.so.part", "libengine_ditto.so"] {
            assert_eq!(version(other), None, "{other}");
        }
    }
}
