//! How the head as a whole moves: which part of the picture follows it, and how far.

use crate::curve::{bell, mix, rise};
use crate::geometry::{Head, USUAL_HALF_WIDTH};
use crate::pose::HeadPose;

/// Middle and half height of what moves with the head undiminished, and how many times its size the falloff ends, in units
/// of the face.
const CENTRE: f32 = 0.3;
const HALF_HEIGHT: f32 = 1.45;
const END: f32 = 1.75;
/// Where the neck turns: below the chin.
const PIVOT: f32 = 2.1;

/// What a point of the picture takes of the head's motion.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct HeadWeight {
    /// Share of shift and tilt, 0 to 1.
    follow: f32,
    /// How far the point stands out of the face, 0 to 1: the tip of the nose moves most when the head turns.
    depth: f32,
    /// The point of the face.
    pub u: f32,
    pub v: f32,
}

impl HeadWeight {
    /// The weights at a point of a head's face; `border` is its distance to the picture's nearest border.
    pub(super) fn at(head: &Head, u: f32, v: f32, border: f32) -> Self {
        let across = (u - head.centre) / head.half_width;
        let distance = across.hypot((v - CENTRE) / HALF_HEIGHT);
        // Nothing moves at the border: what would come from outside is unknown.
        let follow = (1.0 - rise(1.0, END, distance)) * rise(0.0, 0.35, border);
        let round = bell((across * USUAL_HALF_WIDTH / 1.05).hypot((v - 0.55) / 1.35));
        let depth = match &head.relief {
            // Beyond the face, hair and neck follow softly.
            Some(relief) if round > 0.0 => mix(round, relief.at(u, v), rise(0.0, 0.35, round)),
            _ => round,
        } * rise(0.0, 0.35, border);
        Self { follow, depth, u, v }
    }

    /// Whether the point moves at all.
    pub(super) fn moves(&self) -> bool {
        self.follow > 0.0
    }

    /// How much of the face's own motion the point takes, 0 to 1: all of it but near the picture's border.
    pub(super) fn follow(&self) -> f32 {
        self.follow
    }

    /// How far the point is from where it was in the portrait, in units of the face.
    pub(super) fn step(&self, pose: &HeadPose) -> [f32; 2] {
        let (du, dv) = (pose.shift[0] - pose.tilt * (self.v - PIVOT), pose.shift[1] + pose.tilt * self.u);
        [self.follow * du + self.depth * pose.turn, self.follow * dv + self.depth * pose.nod]
    }
}
