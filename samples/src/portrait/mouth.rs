//! Lips, and what is seen between them: teeth, tongue and the dark.

use crate::portrait::light;
use crate::portrait::person::{PEAK, Person};
use crate::portrait::shape::{bell, ellipse, mix, noise, smoothstep};
use crate::portrait::spec::MouthLook;
use crate::portrait::surface::{Surface, covered};
use crate::portrait::vector::Vec3;

const TOOTH: Vec3 = Vec3::new(0.69, 0.70, 0.70);
/// What little light there is between teeth and at the corners of the mouth.
const DARK: Vec3 = Vec3::new(0.030, 0.008, 0.007);
const TONGUE: Vec3 = Vec3::new(0.20, 0.062, 0.058);
/// The outer edges of the upper teeth from the middle of the mouth, in the lengths of [`Person`].
const TEETH: [f32; 6] = [0.0, 0.112, 0.198, 0.274, 0.334, 0.382];
/// How far the upper teeth are seen below the lip of an open mouth.
const SHOWN: f32 = 0.048;

/// The surface of a face with its mouth painted on.
pub(super) fn painted(surface: Surface, person: &Person, x: f32, y: f32, pixel: f32) -> Surface {
    let mouth = &person.mouth;
    let along = x / mouth.half_width;
    if along.abs() > 1.25 || y < mouth.height - 0.3 || y > mouth.height + mouth.drop + 0.3 {
        return surface;
    }
    let surface = lips(surface, person, x, y, pixel);
    let within = (y - upper_edge(person, x)).min(lower_edge(person, x) - y).min(mouth.half_width - x.abs());
    let inside = match mouth.look {
        MouthLook::Closed => return surface,
        MouthLook::Smile => teeth(surface, person, x, y, pixel),
        MouthLook::Open => cavity(surface, person, x, y, pixel),
    };
    Surface { coverage: surface.coverage * covered(-within, pixel), ..inside }.over(surface)
}

/// The lower edge of the upper lip.
pub(super) fn upper_edge(person: &Person, x: f32) -> f32 {
    rest(person, x) - person.mouth.lift * opening(person, x)
}

/// The upper edge of the lower lip.
pub(super) fn lower_edge(person: &Person, x: f32) -> f32 {
    let mouth = &person.mouth;
    let edge = rest(person, x) + mouth.drop * opening(person, x);
    if mouth.look == MouthLook::Closed { edge } else { edge - peak(x / mouth.half_width) }
}

/// The line between the lips, or the middle of the gap between them.
pub(super) fn line(person: &Person, x: f32) -> f32 {
    (upper_edge(person, x) + lower_edge(person, x)) / 2.0
}

/// Where the closed lips would meet; the corners rise with the smile.
fn rest(person: &Person, x: f32) -> f32 {
    let mouth = &person.mouth;
    let along = x / mouth.half_width;
    mouth.height - mouth.smile * (along * along - 0.15).clamp(-0.15, 1.0) + peak(along)
        - 0.006 * bell(along.abs() - 0.4, 0.2)
}

/// How far the middle of the upper lip hangs down below its sides.
fn peak(along: f32) -> f32 {
    PEAK * bell(along, 0.16)
}

/// How far the lips are parted: 1 in the middle, 0 at the corners.
fn opening(person: &Person, x: f32) -> f32 {
    let along = x / person.mouth.half_width;
    let power = if person.mouth.look == MouthLook::Open { 0.62 } else { 0.80 };
    (1.0 - along * along).max(0.0).powf(power)
}

fn lips(surface: Surface, person: &Person, x: f32, y: f32, pixel: f32) -> Surface {
    let mouth = &person.mouth;
    let along = x / mouth.half_width;
    let inside = (1.0 - along * along).max(0.0);
    let bow = 1.0 - 0.20 * bell(along, 0.13) + 0.10 * bell(along.abs() - 0.26, 0.14);
    let upper = 0.072 * mouth.fullness * inside.powf(0.85) * bow;
    let lower = 0.098 * mouth.fullness * inside.powf(0.70);
    let middle = line(person, x);
    let (above, below) = (upper_edge(person, x) - y, y - lower_edge(person, x));
    let soft = 0.012 + pixel;
    let on_upper = smoothstep(-soft, soft, upper - above) * smoothstep(-soft, 0.0, above);
    let on_lower = smoothstep(-soft, soft, lower - below) * smoothstep(-soft, 0.0, below);
    let on_lips = on_upper.max(on_lower) * smoothstep(1.02, 0.90, along.abs());

    let folds = noise(x * 46.0 + 2.0 * below, y * 5.0, 31);
    let shade = if y < middle { 0.80 } else { 1.0 };
    let color = person.skin.lips * (shade * mix(0.86, 1.1, folds));
    let mut surface = surface.painted(color, on_lips * 0.9);
    surface.specular *= mix(1.0, 0.5, on_lips);
    let wet = bell(below - lower * 0.46, 0.022) * bell(along + 0.12, 0.32) * on_lips;
    surface.specular += 0.06 * wet * mix(0.6, 1.2, folds);

    // Parted lips only shade each other's edges.
    let (line, deep) = match mouth.look {
        MouthLook::Closed => (bell(y - middle, 0.0085 + 0.3 * pixel), 0.86),
        MouthLook::Smile | MouthLook::Open => (bell(above, 0.010 + 0.3 * pixel).max(bell(below, 0.007)), 0.45),
    };
    let line = line * smoothstep(1.06, 0.92, along.abs());
    let corner = bell(along.abs() - 1.0, 0.07) * bell(y - middle, 0.022);
    let border = bell(above - upper - 0.012, 0.010) * inside;
    surface
        .painted(Vec3::new(0.075, 0.018, 0.016), line * deep)
        .tinted(Vec3::new(0.55, 0.38, 0.36), corner * 0.6)
        .tinted(Vec3::new(1.12, 1.10, 1.08), border * 0.4)
}

/// The upper teeth of a smile, from lip to lip.
fn teeth(under: Surface, person: &Person, x: f32, y: f32, pixel: f32) -> Surface {
    let along = x / person.mouth.half_width;
    let (above, below) = (y - upper_edge(person, x), lower_edge(person, x) - y);
    // The row curves back into the cheeks, and the lips shade what is next to them.
    let deep = mix(1.0, 0.42, smoothstep(0.45, 1.0, along.abs()));
    let shade = deep * mix(0.72, 1.0, smoothstep(0.0, 0.035, above)) * mix(0.82, 1.0, smoothstep(0.0, 0.02, below));
    let (gap, bulge) = gaps(x, pixel);
    let normal = Vec3::new(0.7 * along + 0.35 * bulge, -0.15, 1.0).unit();
    Surface {
        coverage: 1.0,
        height: under.height - 0.02,
        normal,
        albedo: (TOOTH * shade).mix(DARK, gap * 0.42),
        specular: 0.10 * light::gloss(normal, 50.0) * deep,
        scatter: 0.0,
    }
}

/// How much of a gap between two teeth a place is, and how far it is right of the middle of its tooth, -1 to 1.
fn gaps(x: f32, pixel: f32) -> (f32, f32) {
    let side = x.abs();
    let gap = TEETH.iter().map(|edge| bell(side - edge, 0.0045 + 0.25 * pixel)).fold(0.0, f32::max);
    let tooth = TEETH.windows(2).find(|pair| side < pair[1]);
    let bulge = tooth.map_or(0.0, |pair| (2.0 * (side - pair[0]) / (pair[1] - pair[0]) - 1.0) * x.signum());
    (gap, bulge)
}

/// The inside of an open mouth.
fn cavity(under: Surface, person: &Person, x: f32, y: f32, pixel: f32) -> Surface {
    let half = person.mouth.half_width;
    let along = x / half;
    let (above, below) = (y - upper_edge(person, x), lower_edge(person, x) - y);
    let (gap, bulge) = gaps(x, pixel);
    // Single teeth end in a slight arch each.
    let end = SHOWN * (1.0 - 0.55 * along * along) * (1.0 - 0.10 * bulge * bulge) - peak(along);
    let tooth = smoothstep(-0.5, 0.5, (end - above) / (pixel + 0.004)) * smoothstep(0.82, 0.66, along.abs());
    let shade = mix(0.45, 0.85, smoothstep(0.0, 0.03, above)) * mix(1.0, 0.35, smoothstep(0.2, 0.75, along.abs()));
    let hill = ellipse(x, below - 0.005, 0.60 * half, 0.075);
    let tongue = smoothstep(0.012, -0.045, hill) * mix(0.70, 1.0, smoothstep(0.0, 0.04, x.abs()));
    let color = DARK.mix(TONGUE, tongue).mix((TOOTH * shade).mix(DARK, gap * 0.5), tooth);
    let normal = Vec3::new(0.5 * along, mix(-0.3, 0.0, tooth), 1.0).unit();
    let depth = smoothstep(0.0, 0.05, above.min(below)) * (1.0 - 0.8 * tooth);
    Surface {
        coverage: 1.0,
        height: under.height - 0.03 - 0.18 * depth,
        normal,
        albedo: color,
        specular: 0.0,
        scatter: 0.0,
    }
}
