//! Python's files without Python: pickles of plain values and numpy arrays, numpy's own files, and the tensors in files
//! of `torch.save`. Nothing in them can run, and no file makes a reader take more memory than its size explains.

mod cursor;
mod de;
mod dtype;
mod error;
mod globals;
mod machine;
pub mod npy;
mod numpy;
pub mod torch;
mod torch_objects;
mod tree;
mod value;

pub use de::{DeserializeError, from_value};
pub use dtype::Dtype;
pub use error::UnpickleError;
pub use machine::MAX_BYTES;
pub use tree::unpickle;
pub use value::{Array, Value};
