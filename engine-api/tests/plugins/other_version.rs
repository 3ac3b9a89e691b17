//! A plugin built for a later version of the boundary.

#![allow(unsafe_code, missing_docs, non_local_definitions, non_camel_case_types, unreachable_pub)] // as in `abi.rs`

use abi_stable::StableAbi;
use abi_stable::declare_root_module_statics;
use abi_stable::library::{CheckTypeLayout, IntoRootModuleResult, LibHeader, RootModule, RootModuleResult};
use abi_stable::prefix_type::{PrefixRefTrait, PrefixTypeTrait};
use abi_stable::sabi_types::VersionStrings;

#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = EngineModule_Ref)))]
#[sabi(missing_field(panic))]
pub struct EngineModule {
    #[sabi(last_prefix_field)]
    pub describe: extern "C" fn() -> u32,
}

impl RootModule for EngineModule_Ref {
    declare_root_module_statics! {EngineModule_Ref}
    const BASE_NAME: &'static str = "engine";
    const NAME: &'static str = "avatar gateway engine";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("2.1.0");
}

#[allow(non_upper_case_globals)]
#[unsafe(no_mangle)]
pub static _1as_0lib_1header_0root_bmodule_bloader: LibHeader =
    // SAFETY: the constructor returns the module type that the header is made for.
    unsafe { LibHeader::from_constructor::<EngineModule_Ref>(construct, CheckTypeLayout::Yes) };

extern "C" fn construct() -> RootModuleResult {
    let module = EngineModule { describe }.leak_into_prefix().into_root_module_result();
    // SAFETY: the loader casts it back only after it has found the layout to be its own, which it does not.
    module.map(|module| unsafe { module.to_prefix_ref().cast() }).into()
}

extern "C" fn describe() -> u32 {
    7
}
