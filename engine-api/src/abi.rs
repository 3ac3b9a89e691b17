//! The stable boundary: what a plugin exports, in types whose layout is checked when it is loaded.
//!
//! Across it go bytes and numbers: structured values as JSON, frames as slices. The traits that people use stand on either
//! side: [`export`] makes a plugin out of an [`Engine`](crate::Engine), [`load`] makes callable objects out of a plugin.
//!
//! It grows at its ends, and raises the minor number of [`ABI_VERSION`] then: a field after the last one of
//! [`EngineModule`], which is `None` where an older plugin lacks it; a method after the last one of a trait, with a body
//! that says what happens where the other side lacks it. Whatever else is changed here is a break, and raises the major
//! number. A field in a struct that crosses as JSON needs neither.

#![allow(unsafe_code)] // abi_stable's generated code, and the one static that a plugin exports
#![allow(missing_docs)] // abi_stable generates items that carry none
#![allow(non_local_definitions, non_camel_case_types, unreachable_pub)]
#![allow(clippy::all)]

pub mod export;
pub mod load;

use abi_stable::library::RootModule;
use abi_stable::sabi_types::{RMut, VersionStrings};
use abi_stable::std_types::{RBox, RErr, ROption, RResult, RSlice, RSliceMut, RStr, RVec};
use abi_stable::{StableAbi, declare_root_module_statics, sabi_trait};

/// Version of the boundary. A plugin with another major number is refused; one with another minor number, older or newer,
/// is taken.
pub const ABI_VERSION: &str = "1.4.0";

/// Outcome of a call: a value, or an [`EngineError`](crate::EngineError) as JSON.
pub(crate) type Outcome<T> = RResult<T, RVec<u8>>;

/// What a plugin exports.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = EngineModule_Ref)))]
#[sabi(missing_field(option))]
pub struct EngineModule {
    /// The engine's [`Description`](crate::Description) as JSON.
    pub describe: extern "C" fn() -> RResult<RVec<u8>, RVec<u8>>,
    /// [`Readiness`](crate::Readiness) for a [`Setup`](crate::Setup), both as JSON.
    pub check: extern "C" fn(setup: RSlice<'_, u8>) -> RResult<RVec<u8>, RVec<u8>>,
    /// Loads the engine for a [`Setup`](crate::Setup) as JSON.
    #[sabi(last_prefix_field)]
    pub load: extern "C" fn(setup: RSlice<'_, u8>, progress: ProgressRef<'_>) -> RResult<EngineBox, RVec<u8>>,
    /// Since 1.3: a list of [`Weight`](crate::Weight) for a [`Setup`](crate::Setup), both as JSON. Where it is missing, those of
    /// the description count.
    pub weights: extern "C" fn(setup: RSlice<'_, u8>) -> RResult<RVec<u8>, RVec<u8>>,
}

impl RootModule for EngineModule_Ref {
    declare_root_module_statics! {EngineModule_Ref}
    const BASE_NAME: &'static str = "engine";
    const NAME: &'static str = "avatar gateway engine";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new(ABI_VERSION);
}

/// A loaded engine, owned by the host process.
pub type EngineBox = AbiEngine_TO<'static, RBox<()>>;
/// The host, lent to the engine for one job.
pub type HostRef<'a> = AbiHost_TO<'a, RMut<'a, ()>>;
/// A progress listener, lent to the engine while it loads.
pub type ProgressRef<'a> = AbiProgress_TO<'a, RMut<'a, ()>>;

#[sabi_trait]
pub trait AbiEngine {
    /// Renders a [`RenderJob`](crate::RenderJob) given as JSON.
    #[sabi(last_prefix_field)]
    fn render(&mut self, job: RSlice<'_, u8>, host: HostRef<'_>) -> RResult<(), RVec<u8>>;
}

#[sabi_trait]
pub trait AbiProgress {
    #[sabi(last_prefix_field)]
    fn progress(&mut self, stage: RStr<'_>, done: u64, total: u64);
    /// Since 1.1: a [`Phase`](crate::Phase) by its name. A host that lacks it tells phases by the calls alone.
    fn phase(&mut self, _phase: RStr<'_>) {}
}

#[sabi_trait]
pub trait AbiHost {
    /// Takes a [`VideoFormat`](crate::VideoFormat) as JSON.
    fn begin(&mut self, format: RSlice<'_, u8>) -> RResult<(), RVec<u8>>;
    fn frame(&mut self, rgb: RSlice<'_, u8>) -> RResult<(), RVec<u8>>;
    fn deliver(&mut self, video: RStr<'_>) -> RResult<(), RVec<u8>>;
    fn progress(&mut self, stage: RStr<'_>, done: u64, total: u64);
    #[sabi(last_prefix_field)]
    fn canceled(&self) -> RResult<(), RVec<u8>>;
    /// Since 1.1: as [`AbiProgress::phase`].
    fn phase(&mut self, _phase: RStr<'_>) {}
    /// Since 1.2. For a host that lacks it the job has no such warning.
    fn warn(&mut self, _code: RStr<'_>, _message: RStr<'_>) {}
    /// Since 1.3. Takes a [`Computation`](crate::Computation) as JSON. For a host that lacks it nobody knows it of the job.
    fn computes_on(&mut self, _machinery: RSlice<'_, u8>) {}
    /// Since 1.4. How many samples were heard; 0 where there were none yet, `None` at the end. A host that lacks it gives no job
    /// a stream.
    fn hear(&mut self, _samples: RSliceMut<'_, f32>, _patience_ms: u64) -> RResult<ROption<usize>, RVec<u8>> {
        RErr(serde_json::to_vec(&crate::EngineError::no_stream()).unwrap_or_default().into())
    }
}
