//! Python's files without Python: pickles of plain values and numpy arrays. Nothing in them can run.

mod de;
mod error;
mod globals;
mod machine;
mod numpy;
mod tree;
mod value;

pub use de::{DeserializeError, from_value};
pub use error::UnpickleError;
pub use machine::MAX_BYTES;
pub use tree::unpickle;
pub use value::{Array, Value};
