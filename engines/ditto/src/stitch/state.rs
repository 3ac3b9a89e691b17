//! A motion record while the stitch works on it: an angle may be logits or degrees.

use crate::motion::part::Part;
use crate::motion::{BINS, COORDINATES, Motion, degrees};

/// An angle of the head.
#[expect(clippy::large_enum_variant, reason = "there are three of them, on the stack")]
#[derive(Debug, Clone, PartialEq)]
pub enum Angle {
    /// Logits over bins of three degrees.
    Bins([f32; BINS]),
    /// Degrees.
    Degrees(f32),
}

impl Angle {
    /// The angle in degrees.
    #[must_use]
    pub fn degrees(&self) -> f32 {
        match self {
            Self::Bins(bins) => degrees(bins),
            Self::Degrees(degrees) => *degrees,
        }
    }

    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        match self {
            Self::Bins(bins) => bins,
            Self::Degrees(degrees) => std::slice::from_mut(degrees),
        }
    }

    /// Degrees mixed with logits spread over all bins, as the reference has it though the units differ
    /// (`core/atomic_components/motion_stitch.py`, e9191cf).
    fn mix(&self, to: &Self, alpha: f32) -> Self {
        let mixed = |from: f32, to: f32| from * alpha + to * (1.0 - alpha);
        match (self, to) {
            (Self::Degrees(from), Self::Degrees(to)) => Self::Degrees(mixed(*from, *to)),
            (Self::Degrees(from), Self::Bins(to)) => Self::Bins(to.map(|to| mixed(*from, to))),
            (Self::Bins(from), Self::Degrees(to)) => Self::Bins(from.map(|from| mixed(from, *to))),
            (Self::Bins(from), Self::Bins(to)) => Self::Bins(std::array::from_fn(|i| mixed(from[i], to[i]))),
        }
    }
}

/// A record on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Size.
    pub scale: f32,
    /// Nod.
    pub pitch: Angle,
    /// Turn.
    pub yaw: Angle,
    /// Tilt.
    pub roll: Angle,
    /// Place.
    pub t: [f32; 3],
    /// Offsets of the keypoints.
    pub exp: [f32; COORDINATES],
}

impl State {
    /// The record as it comes.
    #[must_use]
    pub fn of(motion: &Motion) -> Self {
        Self {
            scale: motion.scale,
            pitch: Angle::Bins(motion.pitch),
            yaw: Angle::Bins(motion.yaw),
            roll: Angle::Bins(motion.roll),
            t: motion.t,
            exp: motion.exp,
        }
    }

    /// The same record, with its angles in degrees where they are so in the other.
    pub(super) fn in_units_of(&self, other: &Self) -> Self {
        let angle = |own: &Angle, other: &Angle| match other {
            Angle::Degrees(_) => Angle::Degrees(own.degrees()),
            Angle::Bins(_) => own.clone(),
        };
        Self {
            pitch: angle(&self.pitch, &other.pitch),
            yaw: angle(&self.yaw, &other.yaw),
            roll: angle(&self.roll, &other.roll),
            ..self.clone()
        }
    }

    /// Moves a part towards another record: `alpha` 1 leaves it, 0 replaces it.
    pub(super) fn mix(&mut self, part: Part, to: &Self, alpha: f32) {
        match part {
            Part::Pitch => self.pitch = self.pitch.mix(&to.pitch, alpha),
            Part::Yaw => self.yaw = self.yaw.mix(&to.yaw, alpha),
            Part::Roll => self.roll = self.roll.mix(&to.roll, alpha),
            Part::Scale => self.scale = self.scale * alpha + to.scale * (1.0 - alpha),
            Part::T => blend(&mut self.t, &to.t, alpha),
            Part::Exp => blend(&mut self.exp, &to.exp, alpha),
        }
    }
}

/// `from · alpha + to · (1 − alpha)`, in place.
pub(super) fn blend(from: &mut [f32], to: &[f32], alpha: f32) {
    from.iter_mut().zip(to).for_each(|(from, to)| *from = *from * alpha + to * (1.0 - alpha));
}

/// The numbers of a part.
pub(super) fn slice_mut(state: &mut State, part: Part) -> &mut [f32] {
    match part {
        Part::Scale => std::slice::from_mut(&mut state.scale),
        Part::Pitch => state.pitch.values_mut(),
        Part::Yaw => state.yaw.values_mut(),
        Part::Roll => state.roll.values_mut(),
        Part::T => &mut state.t,
        Part::Exp => &mut state.exp,
    }
}

/// The numbers of a part.
pub(super) fn slice(motion: &Motion, part: Part) -> &[f32] {
    match part {
        Part::Scale => std::slice::from_ref(&motion.scale),
        Part::Pitch => &motion.pitch,
        Part::Yaw => &motion.yaw,
        Part::Roll => &motion.roll,
        Part::T => &motion.t,
        Part::Exp => &motion.exp,
    }
}
