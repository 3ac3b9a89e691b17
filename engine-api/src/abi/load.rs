//! The gateway's side: opens a library as an engine that can be called, or tells why it cannot be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use abi_stable::StableAbi;
use abi_stable::abi_stability::check_layout_compatibility;
use abi_stable::library::{LibHeader, LibraryError, RootModule, lib_header_from_path};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::sabi_types::VersionNumber;
use abi_stable::std_types::{RNone, ROption, RSlice, RSliceMut, RSome, RStr};
use serde_json::Value;

use super::export::{answer, decode, encode, guard};
use super::{ABI_VERSION, AbiHost, AbiHost_TO, AbiProgress, AbiProgress_TO, EngineBox, EngineModule_Ref, Outcome};
use crate::{
    Computation, Description, EngineError, Heard, Host, Phase, Progress, Readiness, RenderJob, Setup, VideoFormat,
};

/// An opened plugin. Libraries are never unloaded: a process opens one and ends with it.
pub struct Plugin(EngineModule_Ref);

/// Why a file cannot be used as a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There is no such file.
    #[error("there is no file {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The system's loader refuses it: no library, another architecture, or a library it needs is missing.
    #[error("{} cannot be loaded as a library: {reason}", path.display())]
    NotALibrary {
        /// The file.
        path: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// A library that exports no engine.
    #[error("{} is a library but exports no engine (is `export_engine!` missing?)", path.display())]
    NotAPlugin {
        /// The file.
        path: PathBuf,
    },
    /// Built for another version of the boundary.
    #[error("{} was built for engine ABI {found}, this gateway speaks {expected}: rebuild it against this engine-api", path.display(), expected = ABI_VERSION)]
    Version {
        /// The file.
        path: PathBuf,
        /// The version it was built for.
        found: String,
    },
    /// Says the right version, but its types are laid out otherwise.
    #[error("{} has another ABI layout than its version {expected} says: rebuild it against this engine-api", path.display(), expected = ABI_VERSION)]
    Layout {
        /// The file.
        path: PathBuf,
        /// What differs, at length, for the log.
        difference: String,
    },
}

impl Plugin {
    /// Opens the library at `path` and checks version and layout of its boundary.
    ///
    /// # Errors
    /// See [`OpenError`]. A library whose initialisers crash takes the process along: that is why this is called
    /// in a process that holds nothing else.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        if !path.is_file() {
            return Err(OpenError::Missing { path: path.into() });
        }
        let refused = |error| OpenError::from_library(path, error);
        let header = lib_header_from_path(path).map_err(refused)?;
        check_boundary(path, header)?;
        // SAFETY: the layout has just been found to be that of the type, or of an older or newer version of it.
        let module = unsafe { header.init_root_module_with_unchecked_layout::<EngineModule_Ref>() };
        module.map(Self).map_err(refused)
    }

    /// What the engine says of itself.
    ///
    /// # Errors
    /// Panics inside the plugin, and descriptions that this version cannot read.
    pub fn describe(&self) -> Result<Description, EngineError> {
        decode("the engine's description", &answer(self.0.describe()())?)
    }

    /// The same, with the files of weights that `setup` needs; all that it has, of a plugin that is older than this question.
    ///
    /// # Errors
    /// As [`Plugin::describe`].
    pub fn describe_for(&self, setup: &Setup) -> Result<Description, EngineError> {
        let mut description = self.describe()?;
        if let Some(weights) = self.0.weights() {
            let setup = encode(setup)?;
            description.descriptor.weights =
                decode("the engine's weights", &answer(weights(RSlice::from_slice(&setup)))?)?;
        }
        Ok(description)
    }

    /// Whether the engine could render with `setup`.
    ///
    /// # Errors
    /// Panics inside the plugin, and answers that this version cannot read.
    pub fn check(&self, setup: &Setup) -> Result<Readiness, EngineError> {
        let setup = encode(setup)?;
        decode("the engine's readiness", &answer(self.0.check()(RSlice::from_slice(&setup)))?)
    }

    /// Loads the engine.
    ///
    /// # Errors
    /// What [`Engine::load`](crate::Engine::load) returned.
    pub fn load(&self, setup: &Setup, progress: &mut dyn Progress) -> Result<LoadedEngine, EngineError> {
        let setup = encode(setup)?;
        let mut listener = Listener(progress);
        let listener = AbiProgress_TO::from_ptr(&mut listener, TD_Opaque);
        answer(self.0.load()(RSlice::from_slice(&setup), listener)).map(LoadedEngine)
    }
}

/// An engine with its models in place.
pub struct LoadedEngine(EngineBox);

impl LoadedEngine {
    /// Renders one job into `host`.
    ///
    /// # Errors
    /// What [`Engine::render`](crate::Engine::render) returned; `Input` if the parameters do not fit its type.
    pub fn render(&mut self, job: &RenderJob<Value>, host: &mut dyn Host) -> Result<(), EngineError> {
        let job = encode(job)?;
        let mut local = Local(host);
        answer(self.0.render(RSlice::from_slice(&job), AbiHost_TO::from_ptr(&mut local, TD_Opaque)))
    }
}

/// Refuses a plugin whose boundary has another major version, or is laid out otherwise than its version says.
///
/// Of two minor versions, the older one must be a beginning of the newer one: each side then uses what both have. The check
/// that a library's header offers lets the plugin be the newer one, but never the older one.
fn check_boundary(path: &Path, header: &LibHeader) -> Result<(), OpenError> {
    let path = path.to_path_buf();
    let theirs = header.version_strings();
    let (ours, theirs) = match (VersionNumber::new(EngineModule_Ref::VERSION_STRINGS), VersionNumber::new(theirs)) {
        (Ok(ours), Ok(theirs)) if ours.major == theirs.major => (ours, theirs),
        _ => return Err(OpenError::Version { path, found: theirs.version.to_string() }),
    };
    let layout = <EngineModule_Ref as StableAbi>::LAYOUT;
    let Some(their_layout) = header.layout() else {
        return Err(OpenError::Layout { path, difference: "the plugin does not tell its layout".into() });
    };
    let (older, newer) = if theirs.minor < ours.minor { (their_layout, layout) } else { (layout, their_layout) };
    let compared = check_layout_compatibility(older, newer).into_result();
    compared.map_err(|difference| OpenError::Layout { path, difference: difference.to_string() })
}

impl OpenError {
    fn from_library(path: &Path, error: LibraryError) -> Self {
        let path = path.to_path_buf();
        match error {
            LibraryError::OpenError { err, .. } => Self::NotALibrary { path, reason: err.to_string() },
            LibraryError::GetSymbolError { .. } => Self::NotAPlugin { path },
            LibraryError::InvalidAbiHeader(header) => {
                Self::Version { path, found: format!("abi_stable {}.{}", header.abi_major, header.abi_minor) }
            }
            other => Self::Layout { path, difference: other.to_string() },
        }
    }
}

/// A progress listener as the plugin calls it.
struct Listener<'a>(&'a mut dyn Progress);

impl AbiProgress for Listener<'_> {
    fn progress(&mut self, stage: RStr<'_>, done: u64, total: u64) {
        self.0.progress(stage.as_str(), done, total);
    }

    fn phase(&mut self, phase: RStr<'_>) {
        tell_phase(self.0, phase);
    }
}

/// A phase that only a later version knows is passed over.
fn tell_phase(progress: &mut (impl Progress + ?Sized), name: RStr<'_>) {
    if let Some(phase) = Phase::from_name(name.as_str()) {
        progress.phase(phase);
    }
}

/// The host as the plugin calls it.
struct Local<'a>(&'a mut dyn Host);

impl AbiHost for Local<'_> {
    fn begin(&mut self, format: RSlice<'_, u8>) -> Outcome<()> {
        guard(|| self.0.begin(decode::<VideoFormat>("the video format", &format)?))
    }

    fn frame(&mut self, rgb: RSlice<'_, u8>) -> Outcome<()> {
        guard(|| self.0.frame(rgb.as_slice()))
    }

    fn deliver(&mut self, video: RStr<'_>) -> Outcome<()> {
        guard(|| self.0.deliver(Path::new(video.as_str())))
    }

    fn progress(&mut self, stage: RStr<'_>, done: u64, total: u64) {
        self.0.progress(stage.as_str(), done, total);
    }

    fn phase(&mut self, phase: RStr<'_>) {
        tell_phase(self.0, phase);
    }

    fn canceled(&self) -> Outcome<()> {
        guard(|| self.0.canceled())
    }

    fn warn(&mut self, code: RStr<'_>, message: RStr<'_>) {
        self.0.warn(code.as_str(), message.as_str());
    }

    fn computes_on(&mut self, machinery: RSlice<'_, u8>) {
        // What cannot be read is told by nobody: no job fails for a line of its record.
        if let Ok(machinery) = decode::<Computation>("what the job is computed on", &machinery) {
            self.0.computes_on(&machinery);
        }
    }

    fn hear(&mut self, samples: RSliceMut<'_, f32>, patience_ms: u64) -> Outcome<ROption<usize>> {
        guard(|| {
            Ok(match self.0.hear(samples.into_mut_slice(), Duration::from_millis(patience_ms))? {
                Heard::Samples(count) => RSome(count),
                Heard::Nothing => RSome(0),
                Heard::End => RNone,
            })
        })
    }
}
