//! The background behind the person, far out of focus.

use crate::portrait::person::Person;
use crate::portrait::shape::{cloud, ellipse, mix, smoothstep};
use crate::portrait::vector::Vec3;
use crate::random::Random;

/// A room of one person: a wall, the light of a window on it, lamps and furniture as soft spots.
pub(super) struct Backdrop<'a> {
    person: &'a Person,
    spots: Vec<Spot>,
}

struct Spot {
    x: f32,
    y: f32,
    radius: f32,
    light: f32,
}

impl<'a> Backdrop<'a> {
    pub(super) fn new(person: &'a Person, seed: u64) -> Self {
        let mut random = Random::new(seed, "backdrop");
        let spots = (0..14)
            .map(|_| Spot {
                x: random.between(-3.0, 3.0),
                y: random.between(-2.6, 1.6),
                radius: random.between(0.10, 0.34),
                light: random.between(0.08, 0.34),
            })
            .collect();
        Self { person, spots }
    }

    /// In the coordinates of [`Person`], for a body that stands upright.
    pub(super) fn at(&self, x: f32, y: f32) -> Vec3 {
        let colors = &self.person.backdrop;
        let lit = smoothstep(3.0, -3.2, 0.8 * x + y);
        let wall = colors.lower.mix(colors.upper, lit) * mix(0.52, 0.98, lit);
        let plaster = cloud(x * 0.9 + 30.0, y * 0.9, self.person.salt + 50) - 0.5;
        let mut color = wall * (1.0 + 0.35 * plaster);
        // A bright band where the window's light meets the wall, and a dark shelf edge, both blurred.
        let band = smoothstep(0.55, 0.0, (x + 1.9 + 0.22 * y).abs() - 0.35);
        color = color.mix(colors.lamps, 0.16 * band);
        let shelf = smoothstep(0.35, 0.0, (y + 0.4 - 0.04 * x).abs() - 0.12) * smoothstep(0.7, 1.5, x);
        color = color.mix(colors.lower * 0.45, 0.45 * shelf);
        for spot in &self.spots {
            let outside = ellipse(x - spot.x, y - spot.y, spot.radius, spot.radius);
            // Out-of-focus lights are discs, slightly brighter at their rim.
            let disc = smoothstep(0.05, -0.05, outside);
            let rim = 0.85 + 0.3 * smoothstep(-0.10, -0.02, outside);
            color = color.mix(colors.lamps, disc * rim * spot.light * 0.55);
        }
        color
    }
}
