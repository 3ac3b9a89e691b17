//! The material at a point of the picture: coverage, height, direction and colour, before light falls on it.

use crate::portrait::shape::mix;
use crate::portrait::vector::Vec3;

/// The material at one point; parts of the picture are laid over each other as surfaces and lit once, together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Surface {
    /// The share of the pixel that this surface fills, 0 to 1.
    pub(super) coverage: f32,
    /// Towards the viewer, in the lengths of `Person`; decides what throws a shadow on what.
    pub(super) height: f32,
    pub(super) normal: Vec3,
    pub(super) albedo: Vec3,
    /// How much of the key light is mirrored to the viewer.
    pub(super) specular: f32,
    /// How far light travels inside, 0 (cloth) to 1 (skin).
    pub(super) scatter: f32,
}

impl Surface {
    /// This surface laid over another one.
    pub(super) fn over(self, under: Self) -> Self {
        if self.coverage <= 0.0 {
            return under;
        }
        let coverage = self.coverage + under.coverage * (1.0 - self.coverage);
        let share = self.coverage / coverage;
        Self {
            coverage,
            height: mix(under.height, self.height, share),
            normal: under.normal.mix(self.normal, share),
            albedo: under.albedo.mix(self.albedo, share),
            specular: mix(under.specular, self.specular, share),
            scatter: mix(under.scatter, self.scatter, share),
        }
    }

    /// Part of the surface covered with a dye.
    pub(super) fn painted(mut self, dye: Vec3, share: f32) -> Self {
        self.albedo = self.albedo.mix(dye, share.clamp(0.0, 1.0));
        self
    }

    /// The surface's own colour tinted; white changes nothing.
    pub(super) fn tinted(self, tint: Vec3, share: f32) -> Self {
        let tinted = self.albedo * tint;
        self.painted(tinted, share)
    }
}

/// The share of a pixel inside an edge, from the distance outside it; both in the same lengths.
pub(super) fn covered(outside: f32, pixel: f32) -> f32 {
    (0.5 - outside / pixel).clamp(0.0, 1.0)
}
