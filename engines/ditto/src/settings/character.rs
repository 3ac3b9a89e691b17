//! The reference character: whose face the motion network is told of instead of the source's.

use crate::motion::SourceMotion;
use crate::motion::condition::Face;

/// A reference character: what the motion network is told instead of the user's face.
#[derive(Debug, Clone, PartialEq)]
pub struct Character {
    /// Motion of each frame; at least one.
    pub x_s_info: Vec<SourceMotion>,
    /// Eyes by frame and keypoints at rest.
    pub face: Face,
}
