//! Light and shadow: from surfaces to a picture in linear light.

use crate::portrait::plane::Plane;
use crate::portrait::shape::{mix, smoothstep};
use crate::portrait::surface::Surface;
use crate::portrait::vector::Vec3;

/// Towards the window, up and to the left in front of the sitter.
const KEY: Vec3 = Vec3::new(-0.46, -0.54, 0.705);
const KEY_COLOR: Vec3 = Vec3::new(1.38, 1.29, 1.17);
/// Towards a white wall on the right.
const FILL: Vec3 = Vec3::new(0.80, -0.05, 0.60);
const FILL_COLOR: Vec3 = Vec3::new(0.22, 0.23, 0.26);
/// A lamp behind the sitter that draws the right outline.
const RIM: Vec3 = Vec3::new(0.80, -0.55, -0.25);
const RIM_COLOR: Vec3 = Vec3::new(0.50, 0.44, 0.38);
const SKY_COLOR: Vec3 = Vec3::new(0.32, 0.33, 0.36);

/// The key light mirrored by a rough surface; 1 where it is brightest.
pub(super) fn gloss(normal: Vec3, sharpness: f32) -> f32 {
    halfway().dot(normal).max(0.0).powf(sharpness)
}

/// The key light mirrored by a strand, from the direction that it runs in (after Kajiya and Kay, 1989).
pub(super) fn strand_gloss(tangent: Vec3, sharpness: f32) -> f32 {
    let along = tangent.unit().dot(halfway());
    (1.0 - along * along).max(0.0).sqrt().powf(sharpness)
}

fn halfway() -> Vec3 {
    (KEY + Vec3::new(0.0, 0.0, 1.0)).unit()
}

/// Lights all surfaces; `unit` is the number of pixels in one length of theirs. Where nothing is covered the result is black.
pub(super) fn lit(surfaces: &Plane<Surface>, unit: f32) -> Plane<Vec3> {
    let (width, height) = (surfaces.width, surfaces.height);
    let heights = Plane::filled(width, height, |x, y| {
        let surface = surfaces.at(x, y);
        // The empty background lies far behind and throws no shadow.
        if surface.coverage > 0.03 { surface.height } else { -1.5 }
    });
    let open = openness(&heights, unit);
    let key = Plane::filled(width, height, |x, y| {
        let surface = surfaces.at(x, y);
        if surface.coverage == 0.0 { 0.0 } else { shadow(&heights, x, y, unit) }
    })
    .blurred(0.018 * unit);

    let arriving = Plane::filled(width, height, |x, y| arriving(&surfaces.at(x, y), key.at(x, y), open.at(x, y)));
    let scattered = Scattered::new(surfaces, &arriving, unit);
    Plane::filled(width, height, |x, y| {
        let surface = surfaces.at(x, y);
        let diffuse = arriving.at(x, y).mix(scattered.at(x, y), surface.scatter);
        surface.albedo * diffuse + KEY_COLOR * (surface.specular * key.at(x, y)) + rim(surface.normal) * open.at(x, y)
    })
}

/// The light that a point receives from all sides.
fn arriving(surface: &Surface, key: f32, open: f32) -> Vec3 {
    let wrap = 0.18 * surface.scatter;
    let facing = |light: Vec3| ((surface.normal.dot(light) + wrap) / (1.0 + wrap)).max(0.0);
    let sky = mix(0.55, 1.0, 0.5 - 0.5 * surface.normal.y);
    // Light that is thrown back by skin in a crease has its colour.
    let crease = Vec3::new(open, open.powf(1.25), open.powf(1.35));
    KEY_COLOR * (facing(KEY) * key) + FILL_COLOR * (facing(FILL) * mix(0.4, 1.0, open)) + SKY_COLOR * crease * sky
}

fn rim(normal: Vec3) -> Vec3 {
    let grazing = (1.0 - normal.z).clamp(0.0, 1.0).powi(3);
    RIM_COLOR * (grazing * normal.dot(RIM).max(0.0) * 0.55)
}

/// How much of the sky a point sees, 0 to 1: what lies below its surroundings sees less.
fn openness(heights: &Plane<f32>, unit: f32) -> Plane<f32> {
    let near = heights.blurred(0.05 * unit);
    let far = heights.blurred(0.22 * unit);
    Plane::filled(heights.width, heights.height, |x, y| {
        let here = heights.at(x, y);
        let hollow = 2.6 * (near.at(x, y) - here).max(0.0) + 0.9 * (far.at(x, y) - here).max(0.0);
        1.0 / (1.0 + 1.6 * hollow)
    })
}

/// The share of the key light that reaches a point: what stands in its way is searched step by step.
fn shadow(heights: &Plane<f32>, x: usize, y: usize, unit: f32) -> f32 {
    let start = heights.at(x, y);
    let mut reaching: f32 = 1.0;
    let mut distance = 0.03;
    while distance < 0.9 {
        let over = heights.near(x as f32 + 0.5 + KEY.x * distance * unit, y as f32 + 0.5 + KEY.y * distance * unit);
        let ray = start + KEY.z * distance;
        // A window is wide: its shadows grow softer with distance.
        let softness = 0.02 + 0.30 * distance;
        reaching = reaching.min(smoothstep(softness, -0.3 * softness, over - ray));
        distance *= 1.16;
    }
    reaching
}

/// Light that has travelled inside the skin: red farthest, which is what makes skin look alive.
struct Scattered {
    channels: [Plane<f32>; 3],
}

impl Scattered {
    fn new(surfaces: &Plane<Surface>, arriving: &Plane<Vec3>, unit: f32) -> Self {
        let (width, height) = (arriving.width, arriving.height);
        let weight = Plane::filled(width, height, |x, y| {
            let surface = surfaces.at(x, y);
            surface.scatter * surface.coverage + 1e-4
        });
        let channel = |deviation: f32, part: fn(Vec3) -> f32| {
            let weighted = Plane::filled(width, height, |x, y| part(arriving.at(x, y)) * weight.at(x, y));
            let (light, share) = (weighted.blurred(deviation * unit), weight.blurred(deviation * unit));
            // Light from outside the skin does not leak in: only skin's own share counts.
            Plane::filled(width, height, |x, y| light.at(x, y) / share.at(x, y).max(1e-4))
        };
        Self {
            channels: [
                channel(0.045, |light| light.x),
                channel(0.020, |light| light.y),
                channel(0.013, |light| light.z),
            ],
        }
    }

    fn at(&self, x: usize, y: usize) -> Vec3 {
        let [red, green, blue] = &self.channels;
        Vec3::new(red.at(x, y), green.at(x, y), blue.at(x, y))
    }
}
