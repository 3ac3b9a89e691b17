//! A plugin built against a version of the boundary that is yet to come, whose module has one field more.

#![allow(unsafe_code, missing_docs, unreachable_pub)] // as in `abi.rs`

mod good_engine;
mod later_module;

use abi_stable::library::{CheckTypeLayout, IntoRootModuleResult, LibHeader, RootModuleResult};
use abi_stable::prefix_type::{PrefixRefTrait, PrefixTypeTrait};
use engine_api::abi::{EngineModule_Ref as Today, export};

use good_engine::Good;
use later_module::{EngineModule, EngineModule_Ref};

#[allow(non_upper_case_globals)]
#[unsafe(no_mangle)]
pub static _1as_0lib_1header_0root_bmodule_bloader: LibHeader =
    // SAFETY: the constructor returns the module type that the header is made for.
    unsafe { LibHeader::from_constructor::<EngineModule_Ref>(construct, CheckTypeLayout::Yes) };

/// What the library would export if it were built today.
static TODAY: export::Header = export::header::<Good>();

extern "C" fn construct() -> RootModuleResult {
    // SAFETY: the header is made for this type.
    let today: Today = match unsafe { TODAY.init_root_module_with_unchecked_layout() } {
        Ok(today) => today,
        Err(error) => panic!("the engine's own module: {error}"),
    };
    let weights = today.weights().expect("it has what this version has");
    let module = EngineModule { describe: today.describe(), check: today.check(), load: today.load(), weights, answer };
    let module = module.leak_into_prefix().into_root_module_result();
    // SAFETY: the loader casts it back to a type whose layout it has compared with the header's.
    module.map(|module| unsafe { module.to_prefix_ref().cast() }).into()
}

extern "C" fn answer() -> u32 {
    42
}
