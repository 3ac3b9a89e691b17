//! The stable boundary: what a plugin exports, in types whose layout is checked when it is loaded.
//!
//! Across it go bytes and numbers: structured values as JSON, frames as slices. A new field in a described struct
//! is therefore never a break; a change to this file is, and raises [`ABI_VERSION`]. The traits that people
//! use stand on either side: [`export`] makes a plugin out of an [`Engine`](crate::Engine), [`load`] makes
//! callable objects out of a plugin.

#![allow(unsafe_code)] // abi_stable's generated code, and the one static that a plugin exports
#![allow(missing_docs)] // abi_stable generates items that carry none
#![allow(non_local_definitions, non_camel_case_types, unreachable_pub)]
#![allow(clippy::all)]

pub mod export;
pub mod load;

use abi_stable::library::RootModule;
use abi_stable::sabi_types::{RMut, VersionStrings};
use abi_stable::std_types::{RBox, RResult, RSlice, RStr, RVec};
use abi_stable::{StableAbi, declare_root_module_statics, sabi_trait};

/// Version of the boundary. A plugin with another major number is refused.
pub const ABI_VERSION: &str = "1.0.0";

/// Outcome of a call: a value, or an [`EngineError`](crate::EngineError) as JSON.
pub(crate) type Outcome<T> = RResult<T, RVec<u8>>;

/// What a plugin exports.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = EngineModule_Ref)))]
#[sabi(missing_field(panic))]
pub struct EngineModule {
    /// The engine's [`Description`](crate::Description) as JSON.
    pub describe: extern "C" fn() -> RResult<RVec<u8>, RVec<u8>>,
    /// [`Readiness`](crate::Readiness) for a [`Setup`](crate::Setup), both as JSON.
    pub check: extern "C" fn(setup: RSlice<'_, u8>) -> RResult<RVec<u8>, RVec<u8>>,
    /// Loads the engine for a [`Setup`](crate::Setup) as JSON.
    #[sabi(last_prefix_field)]
    pub load: extern "C" fn(setup: RSlice<'_, u8>, progress: ProgressRef<'_>) -> RResult<EngineBox, RVec<u8>>,
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
}
