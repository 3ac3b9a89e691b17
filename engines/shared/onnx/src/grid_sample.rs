//! Grid samples of volumes: graphs with them become loadable, and the processor computes them by an operator of our own.
//!
//! ONNX Runtime's own kernel for five axes looks at one channel after the other and finds the eight neighbours of each
//! point anew for each; here a point's channels lie side by side and share that.

#[cfg(test)]
mod compared;
mod operator;
mod patch;
mod places;
mod sizes;
mod trilinear;

pub(crate) use operator::domain;

/// The graph as the runtime can load it, with our operator where it is wanted and can be. `None` where there is nothing
/// to change.
///
/// # Errors
/// Says why the bytes are no ONNX model.
pub(crate) fn loadable(model: &[u8], own: bool) -> Result<Option<Vec<u8>>, &'static str> {
    match own.then(|| patch::with_own_operator(model)).transpose()?.flatten() {
        Some(patched) => Ok(Some(patched)),
        None => patch::made_loadable(model),
    }
}
