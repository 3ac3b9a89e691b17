//! The picture in the middle of two others: the network of RIFE 3.8 (Huang et al. 2020, arXiv 2011.06294).
//!
//! It computes in 32 bits wherever it is: a tenth of a pixel counts, and 16 bits do not tell it far from the middle of a
//! picture.

pub mod block;
pub mod motion;

use block::FlowBlock;
use engine_torch::VarPath;
use motion::Motion;
use tch::Tensor;

/// How many times the sides are smaller in each pass.
const SHRINKS: [i64; 3] = [4, 2, 1];
/// The network can take pictures whose sides are multiples of it: it shrinks them four times, and then again.
const STEP: i64 = 16;
/// What others are padded to.
const PADDED_STEP: i64 = 32;

/// The network.
#[derive(Debug)]
pub struct Rife {
    /// What each pass sees, and how many times smaller it sees the pictures' sides.
    pub passes: [(FlowBlock, i64); 3],
}

impl Rife {
    /// `block0` to `block2`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>) -> Self {
        let vs = &vs.in_f32();
        Self { passes: [0, 1, 2].map(|place| (FlowBlock::new(&(vs / format_args!("block{place}"))), SHRINKS[place])) }
    }

    /// The picture in the middle of two (1, 3, rows, columns) of 0 to 1, in 32 bits and where the network is.
    ///
    /// Where a side is no multiple of 16, it is computed with zeros behind the last row and column.
    pub fn middle(&self, first: &Tensor, second: &Tensor) -> Tensor {
        let [rows, columns] = [2, 3].map(|axis| first.size()[axis]);
        if rows % STEP == 0 && columns % STEP == 0 {
            return self.motion(first, second).middle();
        }
        let missing = |side: i64| (-side).rem_euclid(PADDED_STEP);
        let edges = [0, missing(columns), 0, missing(rows)];
        let [first, second] = [first, second].map(|picture| picture.constant_pad_nd(edges));
        self.motion(&first, &second).middle().narrow(2, 0, rows).narrow(3, 0, columns)
    }

    fn motion(&self, first: &Tensor, second: &Tensor) -> Motion {
        let mut motion = Motion::none(first, second);
        for (block, shrink) in &self.passes {
            motion.refine(block, *shrink);
        }
        motion
    }
}

/// The network's key of a published name. It was trained in a wrapper, whose prefix its names have, beside a block that it
/// was taught by (`block_tea`) and does without.
#[must_use]
pub fn key(name: &str) -> Option<String> {
    let key = name.strip_prefix("module.")?;
    (!key.starts_with("block_tea.")).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn names_are_those_in_the_wrapper_but_for_the_teacher() {
        assert_eq!(key("module.block0.conv0.0.0.weight").as_deref(), Some("block0.conv0.0.0.weight"));
        for other in ["block0.conv0.0.0.weight", "module.block_tea.conv0.0.0.weight"] {
            assert_eq!(key(other), None);
        }
    }
}
