//! How each form of manifest writes what a stage is given and has to give.

pub(crate) mod dice_talk;
pub(crate) mod ditto;
pub(crate) mod echomimic;
pub(crate) mod real_weights;
