//! Motion records: pose, expression, place and size of a head, and their form as one vector.

pub mod audio2motion;
pub mod condition;
pub mod lmdm;
pub mod noise;
pub mod part;
pub mod sampler;
pub mod schedule;
pub mod windows;

/// Bins of a pose angle; bin i stands for 3·i − 97.5 degrees.
pub const BINS: usize = 66;
/// Implicit keypoints of a face.
pub const KEYPOINTS: usize = 21;
/// Coordinates of all keypoints, x y z by keypoint.
pub const COORDINATES: usize = 3 * KEYPOINTS;
/// Numbers of a motion vector.
pub const VECTOR: usize = 265;
/// The first numbers of a motion vector, up to the expression: size, pose and place.
pub const POSE_PART: usize = 202;
/// Frames that the motion network predicts at once.
pub const WINDOW: usize = 80;

/// Keypoints, x y z by keypoint.
pub type Points = [f32; COORDINATES];

/// A motion vector: scale − 1, pitch, yaw and roll logits, t, exp.
pub type Vector = [f32; VECTOR];

/// How one frame's head is posed.
#[derive(Debug, Clone, PartialEq)]
pub struct Motion {
    /// Size, about 1.
    pub scale: f32,
    /// Nod: logits over [`BINS`] angles.
    pub pitch: [f32; BINS],
    /// Turn: logits over [`BINS`] angles.
    pub yaw: [f32; BINS],
    /// Tilt: logits over [`BINS`] angles.
    pub roll: [f32; BINS],
    /// Place; the third coordinate has no effect.
    pub t: [f32; 3],
    /// Offsets of the keypoints.
    pub exp: [f32; COORDINATES],
}

impl Motion {
    /// Reads a motion vector.
    #[must_use]
    pub fn from_vector(vector: &Vector) -> Self {
        let mut parts = Parts(vector);
        let [scale] = parts.next();
        Self {
            scale: scale + 1.0,
            pitch: parts.next(),
            yaw: parts.next(),
            roll: parts.next(),
            t: parts.next(),
            exp: parts.next(),
        }
    }

    /// The motion vector of this record.
    #[must_use]
    pub fn to_vector(&self) -> Vector {
        let parts = [&[self.scale - 1.0], &self.pitch[..], &self.yaw, &self.roll, &self.t, &self.exp];
        let mut vector = [0.0; VECTOR];
        vector.iter_mut().zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        vector
    }
}

/// Takes arrays off the front of a vector.
struct Parts<'a>(&'a [f32]);

impl Parts<'_> {
    fn next<const N: usize>(&mut self) -> [f32; N] {
        let mut part = [0.0; N];
        let (front, rest) = self.0.split_at(N.min(self.0.len()));
        part[..front.len()].copy_from_slice(front);
        self.0 = rest;
        part
    }
}

/// The motion record of a source frame, with the keypoints of its face at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceMotion {
    /// Pose and expression of the frame.
    pub motion: Motion,
    /// Keypoints before pose and expression.
    pub kp: [f32; COORDINATES],
}

/// The angle that logits stand for, in degrees: the mean of the bins by their softmax.
#[must_use]
pub fn degrees(bins: &[f32; BINS]) -> f32 {
    let largest = bins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights = bins.map(|bin| (bin - largest).exp());
    let sum: f32 = weights.iter().sum();
    let mean: f32 = weights.iter().enumerate().map(|(bin, weight)| weight / sum * bin as f32).sum();
    mean * 3.0 - 97.5
}

/// The source frame of output frame `index`: forwards, backwards and so on, with both ends repeated.
///
/// There is at least one source frame; `frames` 0 counts as 1.
#[must_use]
pub fn mirror_index(index: usize, frames: usize) -> usize {
    let frames = frames.max(1);
    let (turn, rest) = (index / frames, index % frames);
    if turn.is_multiple_of(2) { rest } else { frames - 1 - rest }
}
