//! For tests alone: sets of numbers that reference implementations gave, comparing with them, and checkpoints made by the
//! same rule.
//!
//! A [`Set`] is a folder with a `manifest.json`, whose records say what each stage was given and has to give, and a
//! `golden.safetensors` with the numbers that no closed form makes. Sets come in the forms of [`Format`]; a test names
//! records and gives results, and nothing else depends on the form. Every fault of a set or of a result is a panic that
//! says where it lies.
//!
//! ```no_run
//! use engine_golden::{Format, Set, Tensor};
//!
//! let set = Set::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/set"), Format::Ditto);
//! for case in set.cases("resize_area") {
//!     let image = set.input(&case["image"]);
//!     # let half = |image: Tensor| image;
//!     set.check("resize_area", &case["out"], &half(image));
//! }
//! ```

pub mod checkpoint;
mod compare;
mod expected;
mod hash;
pub mod json;
mod records;
mod set;
mod tensor;
mod tensors;
pub mod uniform;
pub mod unit_variance;
pub mod weights;

pub use compare::{compare, crc32};
pub use expected::{ByIndex, Expected, Limits, Picks, Whole};
pub use hash::fnv1a64;
pub use set::{Format, Set};
pub use tensor::{Tensor, Values};
