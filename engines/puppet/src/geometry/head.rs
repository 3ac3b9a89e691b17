//! The head around the face: how wide it is seen, how it is turned, and how far its parts stand out.

/// The head of one face, in face coordinates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Head {
    /// `u` of its middle, and half its width from temple to temple.
    pub centre: f32,
    pub half_width: f32,
    /// `u` of the outline left and right of the mouth, from the mouth's middle.
    pub jaws: [f32; 2],
    /// How far the parts of the face stand out, where that is known.
    pub relief: Option<Relief>,
    /// Degrees by which it is turned to a side, where that is known.
    pub yaw: Option<f32>,
}

/// How far points of the face stand out: 0 as the temples, 1 as the tip of the nose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Relief(pub Vec<([f32; 2], f32)>);

/// Half the width of a face between its temples, and the outline beside the mouth of one that looks at the camera.
pub(crate) const USUAL_HALF_WIDTH: f32 = 1.1;
pub(crate) const USUAL_JAW: f32 = 0.92;

impl Head {
    /// A head of the usual proportions that looks at the camera.
    pub(super) fn usual() -> Self {
        Self { centre: 0.0, half_width: USUAL_HALF_WIDTH, jaws: [-USUAL_JAW, USUAL_JAW], relief: None, yaw: None }
    }
}

impl Relief {
    /// The relief at a point of the face: that of the known points around, the nearer the more.
    pub(crate) fn at(&self, u: f32, v: f32) -> f32 {
        const NEAR: f32 = 0.01;
        let (mut sum, mut weights) = (0.0, 0.0);
        for ([at_u, at_v], depth) in &self.0 {
            let weight = 1.0 / (NEAR + (u - at_u).powi(2) + (v - at_v).powi(2)).powi(2);
            sum += weight * depth;
            weights += weight;
        }
        sum / weights
    }
}
