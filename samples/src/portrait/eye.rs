//! Eyes: ball, iris, lids and lashes, painted onto the face.

use crate::portrait::person::Person;
use crate::portrait::shape::{bell, ellipse, mix, noise, smoothstep};
use crate::portrait::surface::{Surface, covered};
use crate::portrait::vector::Vec3;

/// In the lengths of [`Person`], for an eye of average width.
const IRIS: f32 = 0.105;
const PUPIL: f32 = 0.043;
const LID_ABOVE: f32 = 0.101;
const LID_BELOW: f32 = 0.066;
const LASH: Vec3 = Vec3::new(0.016, 0.010, 0.008);

/// A point seen from the middle of its eye.
struct Place {
    right: f32,
    down: f32,
    /// -1 at the nose, 1 at the temple.
    along: f32,
    /// The lids' edges, as heights of their own.
    above: f32,
    below: f32,
    /// How large this eye is against the average.
    size: f32,
}

/// The surface of a face with its eyes painted on.
pub(super) fn painted(surface: Surface, person: &Person, x: f32, y: f32, pixel: f32) -> Surface {
    let Some(place) = Place::near(person, x, y) else {
        return surface;
    };
    let open = place.open();
    let mut surface = skin_of_lids(surface, &place);
    let ball = ball(person, &place, surface, pixel);
    surface = Surface { coverage: surface.coverage * covered(-open, pixel), ..ball }.over(surface);
    lashes(surface, person, &place, pixel)
}

impl Place {
    fn near(person: &Person, x: f32, y: f32) -> Option<Self> {
        let eye = &person.eye;
        let out = x.abs() - eye.apart;
        let along = out / eye.half_width;
        if along.abs() > 1.6 || y.abs() > 0.3 {
            return None;
        }
        let size = eye.half_width / 0.235;
        let down = y + eye.slant * along;
        let [above, below] = edges(size, along);
        Some(Self { right: out * x.signum(), down, along, above, below, size })
    }

    /// How far inside the open eye the point is; negative on the lids.
    fn open(&self) -> f32 {
        let lids = (self.down - self.above).min(self.below - self.down);
        lids.min((1.0 - self.along.abs()) * 0.2)
    }
}

/// The heights of the upper and the lower lid's edge.
fn edges(size: f32, along: f32) -> [f32; 2] {
    // The upper lid peaks towards the nose, the lower one sags towards the temple.
    let inner = along + 0.10 * (1.0 - along * along);
    let outer = along - 0.14 * (1.0 - along * along);
    let arc = |along: f32, power: f32| (1.0 - along * along).max(0.0).powf(power);
    [-LID_ABOVE * size * arc(inner, 0.80), LID_BELOW * size * arc(outer, 0.85)]
}

/// The highest point of the upper and the lowest of the lower lid's edge, of the left (`side` is -1) or right eye (1).
pub(super) fn lids(person: &Person, side: f32) -> [(f32, f32); 2] {
    let eye = &person.eye;
    let steps = (-100i16..=100).map(|step| f32::from(step) / 100.0);
    let mut found = [(0.0, f32::MAX), (0.0, f32::MIN)];
    for along in steps {
        let [above, below] = edges(eye.half_width / 0.235, along).map(|edge| edge - eye.slant * along);
        let x = side * (eye.apart + along * eye.half_width);
        if above < found[0].1 {
            found[0] = (x, above);
        }
        if below > found[1].1 {
            found[1] = (x, below);
        }
    }
    found
}

/// The crease above, the rim below.
fn skin_of_lids(surface: Surface, place: &Place) -> Surface {
    let reach = smoothstep(1.30, 0.75, place.along.abs());
    let crease = place.above - 0.050 * place.size * (1.0 - 0.35 * place.along * place.along);
    let fold = bell(place.down - crease, 0.0095) * reach;
    let above_fold = bell(place.down - crease + 0.035, 0.03) * reach;
    let rim = bell(place.down - place.below - 0.010, 0.008) * smoothstep(1.0, 0.8, place.along.abs());
    let bag = bell(place.down - place.below - 0.065, 0.013) * smoothstep(1.05, 0.3, place.along.abs());
    surface
        .tinted(Vec3::new(0.45, 0.33, 0.30), fold * 0.72)
        .tinted(Vec3::new(0.80, 0.66, 0.62), above_fold * 0.35)
        .tinted(Vec3::new(1.10, 0.92, 0.90), rim * 0.7)
        .tinted(Vec3::new(0.84, 0.70, 0.68), bag * 0.25)
}

fn ball(person: &Person, place: &Place, lid: Surface, pixel: f32) -> Surface {
    let iris_down = place.down + 0.012 * place.size;
    let radius = IRIS * place.size;
    let off = place.right.hypot(iris_down);
    let white =
        Vec3::new(0.62, 0.60, 0.58).mix(Vec3::new(0.62, 0.40, 0.36), smoothstep(0.5, 1.05, place.along.abs()) * 0.55);
    let iris = iris(person, place.right, iris_down, off / radius);
    let on_iris = smoothstep(0.006 + pixel, -0.006 - pixel, off - radius);
    let on_pupil = smoothstep(0.004 + pixel, -0.004 - pixel, off - PUPIL * place.size);
    let mut color = white.mix(iris, on_iris).mix(Vec3::new(0.006, 0.005, 0.005), on_pupil);

    // The lid and its lashes shade the upper part of the ball.
    let under_lid = smoothstep(0.062, 0.0, place.down - place.above);
    color = color * mix(1.0, 0.34, under_lid);
    let caruncle = ellipse(place.along + 0.93, place.down * 8.0 - 0.05, 0.10, 0.30);
    color = color.mix(Vec3::new(0.50, 0.20, 0.18), smoothstep(0.06, -0.04, caruncle) * 0.8);

    // The window that lights the portrait, and its weak reflection below; brighter than white can be.
    let window = ellipse(place.right + 0.036 * place.size, iris_down + 0.036 * place.size, 0.025, 0.022);
    let bounce = ellipse(place.right - 0.045 * place.size, iris_down - 0.050 * place.size, 0.022, 0.010);
    color = color.mix(Vec3::new(2.6, 2.6, 2.6), smoothstep(0.005 + pixel, -0.004 - pixel, window));
    color = color.mix(Vec3::new(0.9, 0.9, 1.0), smoothstep(0.010, -0.010, bounce) * 0.30);
    Surface {
        coverage: 1.0,
        height: lid.height,
        normal: Vec3::new(place.right / 0.30, place.down / 0.30, 0.75).unit(),
        albedo: color,
        specular: 0.0,
        scatter: 0.25,
    }
}

/// The coloured ring: fibres from the pupil outwards, dark at its rim, light where the lens throws it, below.
fn iris(person: &Person, right: f32, down: f32, off: f32) -> Vec3 {
    let angle = down.atan2(right);
    let fibres = noise(angle * 11.0 + 40.0, off * 2.5, person.salt + 3);
    let ring = bell(off - 0.50, 0.14);
    let light = mix(0.55, 1.55, smoothstep(-0.08, 0.09, down)) * mix(0.7, 1.3, fibres) + 0.25 * ring;
    let rim = smoothstep(0.76, 1.0, off);
    (person.eye.iris * light).mix(person.eye.iris * 0.12, rim * 0.9)
}

fn lashes(surface: Surface, person: &Person, place: &Place, pixel: f32) -> Surface {
    let strength = person.eye.lashes;
    let along = place.along;
    let on_lid = smoothstep(1.04, 0.96, along.abs());
    let up = place.above - place.down;
    let thick = mix(0.007, 0.013, smoothstep(-0.9, 0.8, along)) * mix(0.8, 1.3, strength);
    let line = smoothstep(thick + pixel, thick * 0.3, (up - thick * 0.4).abs()) * on_lid;

    // Single lashes fan out towards the temple and grow longer there.
    let length = place.size * mix(0.018, 0.062, smoothstep(-0.5, 0.85, along)) * strength;
    let lifted = (up / length.max(1e-4)).clamp(0.0, 1.2);
    let root = along - lifted * (0.10 + 0.16 * along.max(0.0));
    let spacing = (root * 13.0).fract().abs();
    let width = 0.34 * (1.0 - lifted).max(0.0) + 0.04;
    let single = smoothstep(width + 0.22, width, (spacing - 0.5).abs() * 2.0 * 0.6)
        * smoothstep(1.0, 0.85, lifted)
        * smoothstep(-0.01, 0.0, up)
        * smoothstep(-0.75, -0.1, root)
        * smoothstep(1.12, 1.0, root);

    let down = place.down - place.below;
    let lower = bell(down - 0.006, 0.006 + 0.3 * pixel) * smoothstep(-0.9, 0.6, along) * smoothstep(1.0, 0.9, along);
    surface
        .painted(LASH, lower * mix(0.35, 0.55, strength))
        .painted(LASH, single * strength * 0.75)
        .painted(LASH, line * mix(0.75, 0.95, strength))
}
