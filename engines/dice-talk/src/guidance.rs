//! Guidance by two conditions, one on top of the other (as in equation 3 of Brooks et al. 2022, arXiv 2211.09800): towards the
//! portrait, and from there towards what it says and how.

use tch::Tensor;

/// What a window's noise is predicted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// Nothing.
    Unconditional,
    /// The portrait alone.
    Portrait,
    /// The portrait, the speech and the emotion.
    Whole,
}

impl Branch {
    /// All of them, in the order of a batch.
    pub const ALL: [Self; 3] = [Self::Unconditional, Self::Portrait, Self::Whole];
}

/// How far a prediction goes along each condition: 1 is as far as the network itself, more is beyond, and 0 leaves it out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guidance {
    /// Towards the portrait: `ref_scale`.
    pub portrait: f64,
    /// Towards speech and emotion: `emo_scale`.
    pub emotion: f64,
}

impl Guidance {
    /// The guided prediction out of those of the three branches, in the order of [`Branch::ALL`], of one shape.
    pub fn combined(&self, [unconditional, portrait, whole]: [&Tensor; 3]) -> Tensor {
        let mut guided = portrait - unconditional;
        let _ = guided.g_mul_scalar_(self.portrait);
        guided += unconditional;
        guided + (whole - portrait) * self.emotion
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_of_one_are_the_prediction_itself_and_of_none_that_without_conditions() {
        let [u, p, w] = [0.5, -1.25, 2.0].map(|value: f64| Tensor::from_slice(&[value]));
        let at = |portrait, emotion| Guidance { portrait, emotion }.combined([&u, &p, &w]).double_value(&[0]);
        assert_eq!([at(1.0, 1.0), at(0.0, 0.0), at(1.0, 0.0), at(3.0, 6.0)], [2.0, 0.5, -1.25, 14.75]);
    }
}
