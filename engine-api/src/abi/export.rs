//! The plugin's side: makes a library's exported functions out of an [`Engine`], and errors out of panics.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use abi_stable::library::{CheckTypeLayout, IntoRootModuleResult, LibHeader, RootModuleResult};
use abi_stable::prefix_type::{PrefixRefTrait, PrefixTypeTrait};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RErr, RNone, ROk, RSlice, RSliceMut, RSome, RStr, RVec};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{AbiEngine, AbiEngine_TO, EngineBox, EngineModule, EngineModule_Ref, HostRef, Outcome, ProgressRef};
use crate::{
    Computation, Engine, EngineError, ErrorKind, Heard, Host, Phase, Progress, RenderJob, Setup, VideoFormat, describe,
};

/// Makes a dynamic library out of a type that implements [`Engine`](crate::Engine).
///
/// Stands once in a crate with `crate-type = ["cdylib", "rlib"]`.
#[macro_export]
macro_rules! export_engine {
    ($engine:ty) => {
        // The name is the one under which abi_stable looks for a library's header.
        #[allow(unsafe_code, missing_docs, non_upper_case_globals)]
        #[unsafe(no_mangle)]
        pub static _1as_0lib_1header_0root_bmodule_bloader: $crate::abi::export::Header =
            $crate::abi::export::header::<$engine>();
    };
}

/// What the exported static holds.
pub type Header = LibHeader;

/// The header of a library whose engine is `E`; called by [`export_engine!`](crate::export_engine).
pub const fn header<E: Engine>() -> Header {
    // SAFETY: the constructor returns the module type that the header is made for.
    unsafe { LibHeader::from_constructor::<EngineModule_Ref>(construct::<E>, CheckTypeLayout::Yes) }
}

extern "C" fn construct<E: Engine>() -> RootModuleResult {
    let module =
        EngineModule { describe: describe_engine::<E>, check: check::<E>, load: load::<E>, weights: weights::<E> };
    let module = module.leak_into_prefix().into_root_module_result();
    // SAFETY: the loader casts it back to the type named by the header's layout, which it has checked.
    module.map(|module| unsafe { module.to_prefix_ref().cast() }).into()
}

extern "C" fn describe_engine<E: Engine>() -> Outcome<RVec<u8>> {
    guard(|| encode(&describe::<E>()))
}

extern "C" fn check<E: Engine>(setup: RSlice<'_, u8>) -> Outcome<RVec<u8>> {
    guard(|| encode(&E::check(&decode::<Setup>("the engine's configuration", &setup)?)))
}

extern "C" fn weights<E: Engine>(setup: RSlice<'_, u8>) -> Outcome<RVec<u8>> {
    guard(|| encode(&E::weights(&decode::<Setup>("the engine's configuration", &setup)?)))
}

extern "C" fn load<E: Engine>(setup: RSlice<'_, u8>, mut progress: ProgressRef<'_>) -> Outcome<EngineBox> {
    guard(|| {
        let setup = decode::<Setup>("the engine's configuration", &setup)?;
        let engine = E::load(&setup, &mut Listener(&mut progress))?;
        Ok(AbiEngine_TO::from_value(Exported(engine), TD_Opaque))
    })
}

/// An engine as the boundary calls it.
struct Exported<E>(E);

impl<E: Engine> AbiEngine for Exported<E> {
    fn render(&mut self, job: RSlice<'_, u8>, mut host: HostRef<'_>) -> Outcome<()> {
        guard(|| {
            let job = decode::<RenderJob<E::Params>>("the job", &job)?;
            self.0.render(&job, &mut Remote(&mut host))
        })
    }
}

/// The progress listener as the engine calls it.
struct Listener<'a, 'b>(&'a mut ProgressRef<'b>);

impl Progress for Listener<'_, '_> {
    fn progress(&mut self, stage: &str, done: u64, total: u64) {
        self.0.progress(RStr::from_str(stage), done, total);
    }

    fn phase(&mut self, phase: Phase) {
        self.0.phase(RStr::from_str(phase.name()));
    }
}

/// The host as the engine calls it.
struct Remote<'a, 'b>(&'a mut HostRef<'b>);

impl Progress for Remote<'_, '_> {
    fn progress(&mut self, stage: &str, done: u64, total: u64) {
        self.0.progress(RStr::from_str(stage), done, total);
    }

    fn phase(&mut self, phase: Phase) {
        self.0.phase(RStr::from_str(phase.name()));
    }
}

impl Host for Remote<'_, '_> {
    fn begin(&mut self, format: VideoFormat) -> Result<(), EngineError> {
        let format = encode(&format)?;
        answer(self.0.begin(RSlice::from_slice(&format)))
    }

    fn frame(&mut self, rgb: &[u8]) -> Result<(), EngineError> {
        answer(self.0.frame(RSlice::from_slice(rgb)))
    }

    fn deliver(&mut self, video: &Path) -> Result<(), EngineError> {
        let video = video.to_str().ok_or_else(|| EngineError::internal("the delivered path is not UTF-8"))?;
        answer(self.0.deliver(RStr::from_str(video)))
    }

    fn canceled(&self) -> Result<(), EngineError> {
        answer(self.0.canceled())
    }

    fn warn(&mut self, code: &str, message: &str) {
        self.0.warn(RStr::from_str(code), RStr::from_str(message));
    }

    fn computes_on(&mut self, machinery: &Computation) {
        if let Ok(machinery) = encode(machinery) {
            self.0.computes_on(RSlice::from_slice(&machinery));
        }
    }

    fn hear(&mut self, samples: &mut [f32], patience: Duration) -> Result<Heard, EngineError> {
        let patience = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
        Ok(match answer(self.0.hear(RSliceMut::from_mut_slice(samples), patience))? {
            RSome(0) => Heard::Nothing,
            RSome(count) => Heard::Samples(count.min(samples.len())),
            RNone => Heard::End,
        })
    }
}

/// Runs one side's code for the other: panics become errors, errors become JSON.
pub(super) fn guard<T>(call: impl FnOnce() -> Result<T, EngineError>) -> Outcome<T> {
    let result = catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|panic| Err(EngineError::new(ErrorKind::Panic, panic_message(&*panic))));
    match result {
        Ok(value) => ROk(value),
        Err(error) => RErr(serde_json::to_vec(&error).unwrap_or_default().into()),
    }
}

/// Turns the other side's outcome back into a result.
pub(super) fn answer<T>(outcome: Outcome<T>) -> Result<T, EngineError> {
    outcome.into_result().map_err(|bytes| {
        serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| EngineError::internal("the other side of the boundary failed and did not say how"))
    })
}

pub(super) fn encode(value: &impl Serialize) -> Result<RVec<u8>, EngineError> {
    serde_json::to_vec(value).map(RVec::from).map_err(|error| EngineError::internal(format!("cannot encode: {error}")))
}

pub(super) fn decode<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(bytes).map_err(|error| EngineError::input(format!("{what}: {error}")))
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the engine panicked: {}", text.unwrap_or("no message"))
}
