//! Sessions of graph files: what a provider needs changed in a graph is changed as it is read.

use std::fs;
use std::path::Path;

use ort::session::Session;

use crate::error::OnnxError;
use crate::grid_sample;
use crate::precision::{Precision, in_mixed_precision};
use crate::provider::{Model, Options, Provider, session};
use crate::runtime::Runtime;

/// A session of the graph in a file on a provider, and in how many bits it computes.
///
/// # Errors
/// Where the file cannot be read, or the provider cannot compute it.
pub(crate) fn open(
    runtime: &Runtime,
    path: &Path,
    provider: Provider,
    options: &Options,
) -> Result<(Session, Precision), OnnxError> {
    let open = |model: Model<'_>| {
        session(runtime, model, provider, options).map_err(|reason| OnnxError::Session {
            path: path.to_owned(),
            provider: provider.name(),
            reason,
        })
    };
    let full = |own: bool| {
        let patched = grid_sample::loadable(&read(path)?, own);
        let patched =
            patched.map_err(|reason| OnnxError::Unreadable { path: path.to_owned(), reason: reason.to_owned() })?;
        // A graph that is as it should be is read by the runtime itself: large ones would be in memory twice.
        open(patched.as_deref().map_or(Model::File(path), Model::Bytes))
    };
    match provider {
        // Our operator takes f32 alone, and the nodes do not say what they are given: where it is something else, the runtime
        // refuses it, and its own operator has to do.
        Provider::Cpu => Ok((full(true).or_else(|_| full(false))?, Precision::Full)),
        Provider::Cuda(_) if options.half => {
            let mixed = in_mixed_precision(&read(path)?);
            mixed_or_full(mixed, |model| open(Model::Bytes(model)), || full(false))
        }
        Provider::Cuda(_) => Ok((full(false)?, Precision::Full)),
        Provider::TensorRt(_) => Ok((full(false)?, if options.half { Precision::Mixed } else { Precision::Full })),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, OnnxError> {
    fs::read(path).map_err(|error| OnnxError::Unreadable { path: path.to_owned(), reason: error.to_string() })
}

/// A session in mixed precision, or where that cannot be, in 32 bits.
fn mixed_or_full<S>(
    mixed: Result<Vec<u8>, &'static str>,
    open_mixed: impl FnOnce(&[u8]) -> Result<S, OnnxError>,
    open_full: impl FnOnce() -> Result<S, OnnxError>,
) -> Result<(S, Precision), OnnxError> {
    let reason = match mixed.map(|model| open_mixed(&model)) {
        Ok(Ok(session)) => return Ok((session, Precision::Mixed)),
        Ok(Err(error)) => error.to_string(),
        Err(reason) => reason.to_owned(),
    };
    Ok((open_full()?, Precision::Refused(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> OnnxError {
        OnnxError::Session { path: "net.onnx".into(), provider: "CUDA", reason: "no kernel".into() }
    }

    #[test]
    fn what_cannot_be_in_16_bits_is_in_32_and_says_why() {
        let opened = mixed_or_full(Ok(vec![16]), |model| Ok(model[0]), || Ok(32));
        assert_eq!(opened.unwrap(), (16, Precision::Mixed));
        let opened = mixed_or_full(Err("it is large"), |_| Ok(16), || Ok(32));
        assert_eq!(opened.unwrap(), (32, Precision::Refused("it is large".into())));
        let (bits, precision) = mixed_or_full(Ok(vec![]), |_| Err(refused()), || Ok(32)).unwrap();
        assert_eq!(bits, 32);
        let reason = "cannot make a session of net.onnx on CUDA: no kernel";
        assert_eq!(precision, Precision::Refused(reason.into()));
        let opened = mixed_or_full(Ok(vec![]), |_| Err::<u8, _>(refused()), || Err(refused()));
        assert!(opened.is_err(), "what can be in neither is an error");
    }
}
