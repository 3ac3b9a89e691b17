//! Grid samples of volumes: made loadable, and on the processor computed by an operator of our own.
//!
//! ONNX Runtime's own kernel for five axes looks at one channel after the other and finds the eight neighbours of each
//! point anew for each; here a point's channels lie side by side and share that.

mod operator;
mod patch;
mod trilinear;

pub(crate) use operator::domain;
pub use patch::{made_loadable, with_own_operator};

/// The domain of our operator.
const DOMAIN: &str = "avatar.gateway";
/// Its name.
const OPERATOR: &str = "TrilinearSample";
