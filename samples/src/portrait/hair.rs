//! Hair: where it grows, how its strands run, and how they shine.

use crate::portrait::light;
use crate::portrait::person::{HairStyle, Person};
use crate::portrait::shape::{bell, cloud, ellipse, mix, noise, smooth_min, smoothstep};
use crate::portrait::surface::{Surface, covered};
use crate::portrait::vector::Vec3;

/// The hair of one head, in the coordinates of [`Person`].
pub(super) struct Hairdo<'a> {
    person: &'a Person,
}

impl<'a> Hairdo<'a> {
    pub(super) fn new(person: &'a Person) -> Self {
        Self { person }
    }

    /// Hair behind the neck and shoulders, and the bun.
    pub(super) fn behind(&self, x: f32, y: f32, pixel: f32) -> Surface {
        let waves = self.wave(x, y);
        let outside = match self.style() {
            HairStyle::Long => self.curtain(x + waves, y, 2.15),
            HairStyle::Bob => self.curtain(x + waves, y, 1.20 - 0.25 * (1.0 - x.abs()).max(0.0)),
            HairStyle::Bun => {
                let bun = ellipse(x - 0.04, y + 1.62, 0.40, 0.30);
                bun + 0.03 * (noise(x * 14.0, y * 14.0, self.person.salt) - 0.5)
            }
            HairStyle::Crop => return Surface::default(),
        };
        if outside > 0.08 {
            return Surface::default();
        }
        let bun = self.style() == HairStyle::Bun;
        let strand = |x: f32, y: f32| {
            if bun {
                // Wound around: strands spiral inwards.
                let (right, down) = (x - 0.04, y + 1.60);
                right.hypot(down * 1.25) * 1.1 + down.atan2(right) * 0.07
            } else {
                (x + self.wave(x, y)) * 0.9
            }
        };
        let dome = if bun { -0.2 + 0.5 * (-outside).max(0.0).sqrt() } else { -0.35 };
        let mut surface = self.strands(x, y, strand, |_, _| 0.0);
        surface.height += dome;
        surface.albedo = surface.albedo * if bun { 0.9 } else { mix(0.30, 0.75, smoothstep(1.0, 1.9, y)) };
        surface.coverage = covered(outside, pixel + 0.012);
        surface
    }

    /// Hair over the head and beside the face.
    pub(super) fn front(&self, x: f32, y: f32, pixel: f32) -> Surface {
        if !(-2.1..=2.6).contains(&y) || x.abs() > 1.7 {
            return Surface::default();
        }
        let outside = self.outside(x, y);
        if outside > 0.06 {
            return Surface::default();
        }
        let strand = |x: f32, y: f32| self.across(x, y);
        let volume = |x: f32, y: f32| {
            let depth = (-self.outside(x, y)).max(0.0);
            0.42 * (1.0 - (-depth * 5.0).exp()) + self.roundness(x, y)
        };
        let mut surface = self.strands(x, y, strand, volume);
        // Single hairs leave the outline and thin out at the hairline; combed hair keeps together.
        let (fringe, soft) = match self.style() {
            HairStyle::Long | HairStyle::Bob => (0.008, 0.018),
            HairStyle::Crop => (0.05, 0.055),
            HairStyle::Bun => (0.03, 0.04),
        };
        let fringe = fringe * (noise(self.across(x, y) * 60.0, y * 2.0, self.person.salt + 5) - 0.5);
        surface.coverage = covered(outside + fringe, pixel + soft);
        if self.style().is_parted() {
            let parting = bell(x - self.person.hair.parting * 0.97, 0.011 + 0.4 * pixel)
                * smoothstep(-1.42, -1.25, y)
                * smoothstep(-0.85, -1.0, y);
            surface = surface.painted(self.person.skin.base * 0.55, parting * 0.55);
        }
        surface
    }

    fn style(&self) -> HairStyle {
        self.person.hair.style
    }

    /// The head's own curvature below the hair, so that its outline turns away from the light.
    fn roundness(&self, x: f32, y: f32) -> f32 {
        let across = (x / 1.32).abs().powf(2.2);
        let up = (y.min(0.0) / 1.78).abs().powf(2.2);
        1.05 * (1.0 - across - up).max(0.0).sqrt()
    }

    /// How far a point lies outside the hair that is seen in front of the head.
    fn outside(&self, x: f32, y: f32) -> f32 {
        let face = self.opening(x, y);
        let x = x + self.wave(x, y);
        let shape = match self.style() {
            HairStyle::Long => self.curtain(x, y, 2.05 + 0.12 * (x * 9.0).sin()),
            HairStyle::Bob => self.curtain(x, y, 1.30 - 0.30 * (1.1 - x.abs()).max(0.0)),
            HairStyle::Crop => self.cap(x, y, 0.085, 0.24),
            HairStyle::Bun => self.cap(x, y, 0.035, 0.13),
        };
        -smooth_min(-shape, -face, 0.10)
    }

    /// How far a point lies inside the gap that shows the face.
    fn opening(&self, x: f32, y: f32) -> f32 {
        let Person { hair, hairline, half_width, .. } = self.person;
        // Two curtains that meet at the parting; or a hairline that runs level over the forehead, back at the temples and
        // down in front of the ears.
        let (middle, drop, power, widest) = match hair.style {
            HairStyle::Long => (hair.parting, 1.45, 1.75, half_width - 0.10),
            HairStyle::Bob => (hair.parting, 1.65, 1.75, half_width - 0.12),
            HairStyle::Crop => (0.03, 1.0, 3.6, half_width - 0.045),
            HairStyle::Bun => (0.0, 0.95, 3.2, half_width - 0.035),
        };
        let parted = hair.style.is_parted();
        let middle = middle * smoothstep(0.55, -1.0, y);
        let flare = if parted { 0.10 * smoothstep(0.5, 1.5, y) } else { 0.0 };
        let aside = (x - middle).abs();
        let edge = hairline + drop * aside.powf(power);
        let slope = drop * power * aside.powf(power - 1.0);
        smooth_min((y - edge) / slope.hypot(1.0), widest + flare - aside, 0.10)
    }

    /// The outline of hair that falls beside the face down to `end`.
    fn curtain(&self, x: f32, y: f32, end: f32) -> f32 {
        let top = -0.15;
        let half = self.person.half_width + 0.21;
        if y < top {
            return superellipse(x, y - top, half, 1.58, 2.25);
        }
        let bob = self.style() == HairStyle::Bob;
        let flare = if bob {
            0.13 * smoothstep(top, 0.75, y) - 0.12 * smoothstep(0.75, 1.25, y)
        } else {
            0.16 * smoothstep(top, 1.6, y) - 0.12 * smoothstep(1.6, 2.2, y)
        };
        let aside = x.abs() - half - flare;
        let below = y - end;
        -smooth_min(-aside, -below, 0.25)
    }

    /// The outline of hair that lies on the skull.
    fn cap(&self, x: f32, y: f32, aside: f32, above: f32) -> f32 {
        let half = self.person.half_width + aside;
        // Beside the ears it ends in a short sideburn.
        let behind_ears = (aside + 0.03) * smoothstep(-0.35, 0.05, y);
        let skull = superellipse(x - 0.02, y.min(0.0), half - behind_ears, 1.47 + above, 2.35);
        -smooth_min(-skull, 0.17 - y, 0.15)
    }

    fn wave(&self, x: f32, y: f32) -> f32 {
        let reach = match self.style() {
            HairStyle::Long => 0.065 * smoothstep(0.1, 1.3, y),
            HairStyle::Bob => 0.02 * smoothstep(0.1, 1.0, y),
            HairStyle::Crop | HairStyle::Bun => return 0.0,
        };
        let phase = if x < 0.0 { 0.0 } else { 1.9 };
        reach * self.person.hair.waves * (y * 5.2 + phase + 1.5 * x.abs()).sin() * x.signum()
    }

    /// A number that is the same along each strand and changes by about 1 over a head's half width across them.
    fn across(&self, x: f32, y: f32) -> f32 {
        match self.style() {
            HairStyle::Long | HairStyle::Bob => {
                // Between the face and the outline strands run beside both.
                let inner = -self.opening(x, y);
                let outer = -self.curtain(x + self.wave(x, y), y, 9.0);
                let share = inner / (inner + outer).abs().max(0.02);
                share.clamp(-0.2, 1.2) * 0.62
            }
            HairStyle::Crop => {
                // Fanned out from the hairline, up and over to the right.
                let lean = x - 0.16 * (y + 1.0) - 0.25 * (y + 1.1) * (y + 1.1);
                lean.atan2(0.75 - y) * 1.5
            }
            HairStyle::Bun => (x - 0.05).atan2(y + 2.25) * 1.25,
        }
    }

    /// The look of strands that run along the lines where `strand` is constant, on a body of the given height.
    fn strands(&self, x: f32, y: f32, strand: impl Fn(f32, f32) -> f32, volume: impl Fn(f32, f32) -> f32) -> Surface {
        let salt = self.person.salt;
        let step = 0.012;
        let here = strand(x, y);
        let slope_x = (strand(x + step, y) - here) / step;
        let slope_y = (strand(x, y + step) - here) / step;
        let steep = slope_x.hypot(slope_y).clamp(0.05, 3.0);

        let lock = |across: f32| {
            0.55 * cloud(across * 11.0, y * 0.7 + x * 0.4, salt + 1) + 0.45 * cloud(across * 34.0, y * 1.1, salt + 2)
        };
        let fine = noise(here * 150.0, y * 1.6 + x, salt + 3);
        let body = volume(x, y);
        let rise = (lock(here + step) - lock(here - step)) / (2.0 * step) * 0.030;
        let body_x = (volume(x + step, y) - body) / step;
        let body_y = (volume(x, y + step) - body) / step;
        let normal = Vec3::new(-body_x - rise * slope_x, -body_y - rise * slope_y, 1.0).unit();
        // Strands run across the slope of `strand`, on the body's surface.
        let (run_x, run_y) = (-slope_y / steep, slope_x / steep);
        let tangent = Vec3::new(run_x, run_y, body_x * run_x + body_y * run_y);

        let depth = lock(here);
        let shade = mix(0.38, 1.18, smoothstep(0.25, 0.75, depth)) * mix(0.78, 1.15, fine);
        let glossy = strand_shine(tangent, depth, fine);
        let color = self.person.hair.color;
        Surface {
            coverage: 1.0,
            height: body + 0.06 * depth,
            normal,
            albedo: color * shade + color * color * 0.3,
            specular: glossy * (0.05 + 0.35 * color.dot(Vec3::new(0.3, 0.5, 0.2))),
            scatter: 0.12,
        }
    }
}

/// Two highlights, a sharp and a broad one, broken up by the locks.
fn strand_shine(tangent: Vec3, depth: f32, fine: f32) -> f32 {
    let sharp = light::strand_gloss(tangent, 60.0) * mix(0.3, 1.4, fine);
    let broad = light::strand_gloss(tangent, 12.0);
    (0.75 * sharp + 0.30 * broad) * smoothstep(0.2, 0.7, depth)
}

/// How far a point lies outside a rounded arch, nearly right close to its edge.
fn superellipse(x: f32, y: f32, half: f32, high: f32, power: f32) -> f32 {
    let full = (x / half).abs().powf(power) + (y / high).abs().powf(power);
    let radius = full.powf(1.0 / power);
    (radius - 1.0) * x.hypot(y).max(0.1) / radius.max(0.1)
}
