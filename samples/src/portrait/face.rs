//! Skin, nose and ears; eyes, brows and mouth have files of their own.

use crate::portrait::brow;
use crate::portrait::eye;
use crate::portrait::light;
use crate::portrait::mouth;
use crate::portrait::person::Person;
use crate::portrait::relief::Relief;
use crate::portrait::shape::{bell, cloud, ellipse, mix, noise, smoothstep};
use crate::portrait::surface::{Surface, covered};
use crate::portrait::vector::Vec3;

/// A face in the coordinates of [`Person`].
pub(super) struct Face<'a> {
    person: &'a Person,
    relief: Relief,
}

impl<'a> Face<'a> {
    pub(super) fn new(person: &'a Person) -> Self {
        Self { person, relief: Relief::new(person) }
    }

    /// Points around the face from the hairline down.
    pub(super) fn outline(&self, hairline: f32) -> impl Iterator<Item = (f32, f32)> {
        self.relief.outline(hairline)
    }

    /// The head without hair and ears.
    pub(super) fn head(&self, x: f32, y: f32, pixel: f32) -> Surface {
        let outside = self.relief.outside(x, y);
        if outside > pixel {
            return Surface::default();
        }
        // Just outside its outline the height is not defined: take the edge's.
        let inward = if outside > -0.004 { 0.99 } else { 1.0 };
        let (skin_x, skin_y) = (x * inward, y * inward);
        let normal = self.relief.normal(skin_x, skin_y);
        let mut surface = skin(self.person, x, y, normal);
        surface.coverage = covered(outside, pixel);
        surface.height = self.relief.height(skin_x, skin_y);
        surface = self.complexion(surface, x, y);
        surface = self.nostrils(surface, x, y);
        surface = mouth::painted(surface, self.person, x, y, pixel);
        surface = brow::painted(surface, self.person, x, y);
        eye::painted(surface, self.person, x, y, pixel)
    }

    pub(super) fn ears(&self, x: f32, y: f32, pixel: f32) -> Surface {
        let side = x.signum();
        let (across, down) = (x.abs() - self.person.half_width - 0.005, y - 0.20);
        // Ears lean outwards at the top.
        let (across, down) = (across + 0.16 * down, down - 0.16 * across);
        let outside = ellipse(across, down, mix(0.085, 0.135, smoothstep(0.25, -0.2, down)), 0.30);
        if outside > pixel {
            return Surface::default();
        }
        let height = |across: f32, down: f32| {
            let rim = -ellipse(across, down, 0.125, 0.30);
            0.35 + 0.05 * bell(rim - 0.028, 0.018) + 0.10 * smoothstep(0.0, 0.03, rim)
                - 0.09 * smoothstep(0.05, 0.09, rim)
        };
        let step = 0.008;
        let slope_x = height(across + step, down) - height(across - step, down);
        let slope_y = height(across, down + step) - height(across, down - step);
        let normal = Vec3::new(-slope_x * side, -slope_y, 2.0 * step).unit();
        let mut surface = skin(self.person, x, y, normal);
        surface.coverage = covered(outside, pixel);
        surface.height = height(across, down);
        let hollow = smoothstep(0.045, 0.09, -outside);
        surface.tinted(Vec3::new(1.02, 0.80, 0.76), 0.7).tinted(Vec3::new(0.62, 0.50, 0.48), hollow * 0.8)
    }

    /// Redder cheeks and nose, darker sockets, beard shadow, freckles.
    fn complexion(&self, surface: Surface, x: f32, y: f32) -> Surface {
        let Person { skin, nose, mouth, eye, .. } = self.person;
        let side = x.abs();
        let cheek = bell(side - 0.56, 0.20) * bell(y - 0.46, 0.17);
        let tip = bell(x, 0.14) * bell(y - nose.tip, 0.13);
        let socket = bell(side - eye.apart + 0.04, 0.20) * bell(y - 0.12, 0.055);
        let lid = bell(side - eye.apart, 0.22) * bell(y + 0.12, 0.06);
        let forehead = bell(x, 0.5) * bell(y + 0.65, 0.3);
        let mut surface = surface
            .tinted(Vec3::new(1.08, 0.72, 0.70), cheek * 0.55 * skin.flush)
            .tinted(Vec3::new(1.06, 0.78, 0.75), tip * 0.4 * skin.flush)
            .tinted(Vec3::new(0.90, 0.74, 0.76), socket * 0.40)
            .tinted(Vec3::new(0.88, 0.70, 0.68), lid * 0.45)
            .tinted(Vec3::new(1.03, 1.01, 0.95), forehead * 0.5);
        if skin.beard > 0.0 {
            let below = smoothstep(0.30, 0.75, y + 0.45 * (side - 0.4).max(0.0).powi(2) - 0.25 * side);
            let lip = ellipse(x, y - mouth.height - 0.02, mouth.half_width, 0.10);
            let stubble = 0.75 + 0.5 * noise(x * 75.0, y * 75.0, 11);
            let share = below * smoothstep(-0.02, 0.06, lip) * stubble;
            surface = surface.tinted(Vec3::new(0.70, 0.72, 0.76), share * 0.55 * skin.beard);
        }
        if skin.freckles > 0.0 {
            let spot = smoothstep(0.80, 0.92, noise(x * 26.0, y * 26.0, 23));
            let where_sunny = (bell(side - 0.35, 0.3) * bell(y - 0.32, 0.16)).min(1.0);
            surface = surface.tinted(Vec3::new(0.80, 0.62, 0.50), spot * where_sunny * 0.6);
        }
        surface
    }

    fn nostrils(&self, surface: Surface, x: f32, y: f32) -> Surface {
        let (tip, wing) = (self.person.nose.tip, self.person.nose.half_width);
        let side = x.abs();
        let (across, down) = (side - wing * 0.50, y - tip - 0.112);
        let hole = ellipse(across, down - 0.25 * across, 0.046, 0.021);
        let crease = ellipse(side - wing + 0.035, y - tip - 0.035, 0.062, 0.075);
        let outer = smoothstep(wing - 0.03, wing + 0.02, side) * smoothstep(0.11, 0.06, y - tip);
        let under = bell(x, wing * 0.8) * bell(y - tip - 0.14, 0.028);
        surface
            .tinted(Vec3::new(0.62, 0.42, 0.38), bell(crease, 0.014) * outer * 0.55)
            .tinted(Vec3::new(0.72, 0.55, 0.50), under * 0.55)
            .painted(Vec3::new(0.040, 0.014, 0.010), smoothstep(0.014, -0.010, hole) * 0.88)
    }
}

/// Bare skin.
pub(super) fn skin(person: &Person, x: f32, y: f32, normal: Vec3) -> Surface {
    let mottle = cloud(x * 5.0, y * 5.0, person.salt);
    let pores = noise(x * 90.0, y * 90.0, person.salt + 7);
    let albedo = person.skin.base * (0.93 + 0.09 * mottle + 0.05 * pores);
    let redder = albedo * Vec3::new(1.03, 0.93, 0.92);
    let oil = 0.7 + 0.5 * pores;
    Surface {
        coverage: 1.0,
        height: 0.0,
        normal,
        albedo: albedo.mix(redder, cloud(x * 2.5 + 9.0, y * 2.5, person.salt)),
        specular: oil * (0.055 * light::gloss(normal, 14.0) + 0.06 * light::gloss(normal, 48.0)),
        scatter: 1.0,
    }
}
