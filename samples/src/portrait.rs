//! Head-and-shoulders portraits of people who do not exist, painted by code, and where exactly their faces are.

use image::{Rgb, RgbImage};

use backdrop::Backdrop;
use face::Face;
use hair::Hairdo;
use person::Person;
use plane::Plane;
use shape::{hash, mix, smoothstep};
use surface::Surface;
use vector::Vec3;
use view::View;

pub use area::{Area, Point};
pub use landmarks::{Landmarks, Lips};
pub use spec::{MouthLook, PortraitSpec};

mod area;
mod backdrop;
mod body;
mod brow;
mod eye;
mod face;
mod glasses;
mod hair;
mod landmarks;
mod light;
mod mouth;
mod person;
mod plane;
mod relief;
mod shape;
mod spec;
mod surface;
mod vector;
mod view;

/// Pictures up to this side are painted at twice their size and scaled down.
const FINE_BELOW: u32 = 700;

/// Paints a portrait: lit skin, hair and cloth in front of a room out of focus.
///
/// Takes about a second for 512x512 on two cores.
pub fn render(spec: &PortraitSpec) -> RgbImage {
    let person = Person::of(spec);
    let fine = if spec.size.0.max(spec.size.1) <= FINE_BELOW { 2 } else { 1 };
    let view = View::new(spec, &person, fine);
    let (width, height) = ((spec.size.0 * fine) as usize, (spec.size.1 * fine) as usize);

    let figure = Figure::new(&person);
    let surfaces = Plane::filled(width, height, |x, y| figure.at(&view, x, y));
    let lit = light::lit(&surfaces, view.unit);
    let room = Backdrop::new(&person, spec.seed);
    let picture = Plane::filled(width, height, |x, y| {
        let (right, down) = view.upright(x as f32 + 0.5, y as f32 + 0.5);
        room.at(right, down).mix(lit.at(x, y), surfaces.at(x, y).coverage)
    });
    developed(&picture, fine as usize)
}

/// The sitter: all parts, from back to front.
struct Figure<'a> {
    person: &'a Person,
    face: Face<'a>,
    hair: Hairdo<'a>,
}

impl<'a> Figure<'a> {
    fn new(person: &'a Person) -> Self {
        Self { person, face: Face::new(person), hair: Hairdo::new(person) }
    }

    fn at(&self, view: &View, column: usize, row: usize) -> Surface {
        let (column, row) = (column as f32 + 0.5, row as f32 + 0.5);
        let [(x, y), (back_x, back_y)] = view.head(column, row);
        let (body_x, body_y) = view.body(column, row);
        let pixel = 1.0 / view.unit;
        let head = self.face.head(x, y, pixel);
        let layers = [
            body::neck(self.person, body_x, body_y, pixel),
            body::clothes(self.person, body_x, body_y, pixel),
            view.turned(self.face.ears(x, y, pixel), x),
            view.turned(head, x),
            view.turned(glasses::worn(self.person, head.height, x, y, pixel), x),
            view.turned(self.hair.front(x, y, pixel), x),
        ];
        let behind = view.turned(self.hair.behind(back_x, back_y, pixel), back_x);
        layers.into_iter().fold(behind, |under, layer| layer.over(under))
    }
}

/// Scales down, darkens the corners, adds the film's grain and rolls the lights off.
fn developed(picture: &Plane<Vec3>, fine: usize) -> RgbImage {
    let (width, height) = (picture.width / fine, picture.height / fine);
    let pixels = Plane::filled(width, height, |x, y| {
        let mut sum = Vec3::default();
        for dy in 0..fine {
            for dx in 0..fine {
                sum = sum + rolled_off(picture.at(x * fine + dx, y * fine + dy));
            }
        }
        let (right, down) = (x as f32 / width as f32 - 0.5, y as f32 / height as f32 - 0.5);
        let vignette = 1.0 - 0.55 * (right * right + down * down);
        let grain = 1.0 + 0.035 * (hash(x as i32, y as i32, 97) - 0.5);
        (sum * (vignette * grain / (fine * fine) as f32)).pixel()
    });
    RgbImage::from_fn(width as u32, height as u32, |x, y| Rgb(pixels.at(x as usize, y as usize)))
}

/// Bright light fades into white instead of being cut off.
fn rolled_off(color: Vec3) -> Vec3 {
    let roll = |value: f32| if value < 0.6 { value } else { 1.0 - 0.4 * (-(value - 0.6) / 0.4).exp() };
    let brightest = color.x.max(color.y).max(color.z);
    let rolled = Vec3::new(roll(color.x), roll(color.y), roll(color.z));
    // Rolling off each channel alone would wash the colours of bright skin out.
    let even = color * (roll(brightest) / brightest.max(1e-6));
    even.mix(rolled, mix(0.3, 1.0, smoothstep(0.8, 2.0, brightest)))
}
