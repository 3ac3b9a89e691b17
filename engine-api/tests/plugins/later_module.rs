//! The module of a version of the boundary that is yet to come: what is exported today, and one field more.

#![allow(unsafe_code, missing_docs, non_local_definitions, non_camel_case_types, unreachable_pub)] // as in `abi.rs`
#![allow(dead_code)] // the plugin fills the fields, and the test reads the last one

use std::path::Path;

use abi_stable::StableAbi;
use abi_stable::declare_root_module_statics;
use abi_stable::library::{RootModule, lib_header_from_path};
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RResult, RSlice, RVec};
use engine_api::abi::{EngineBox, ProgressRef};

#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = EngineModule_Ref)))]
#[sabi(missing_field(option))]
pub struct EngineModule {
    pub describe: extern "C" fn() -> RResult<RVec<u8>, RVec<u8>>,
    pub check: extern "C" fn(setup: RSlice<'_, u8>) -> RResult<RVec<u8>, RVec<u8>>,
    #[sabi(last_prefix_field)]
    pub load: extern "C" fn(setup: RSlice<'_, u8>, progress: ProgressRef<'_>) -> RResult<EngineBox, RVec<u8>>,
    pub weights: extern "C" fn(setup: RSlice<'_, u8>) -> RResult<RVec<u8>, RVec<u8>>,
    pub answer: extern "C" fn() -> u32,
}

impl RootModule for EngineModule_Ref {
    declare_root_module_statics! {EngineModule_Ref}
    const BASE_NAME: &'static str = "engine";
    const NAME: &'static str = "avatar gateway engine";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("1.99.0");
}

/// What the field of a library's module says, where the library has it.
pub fn answer(library: &Path) -> Option<u32> {
    let header = lib_header_from_path(library).expect("it exports a module");
    // SAFETY: the test passes libraries whose modules are this one, or a beginning of it.
    let module: EngineModule_Ref = unsafe { header.unchecked_layout() }.expect("its constructor does not fail");
    module.answer().map(|answer| answer())
}
