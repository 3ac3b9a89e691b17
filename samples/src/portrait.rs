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

pub use landmarks::{Area, Landmarks, Lips, Point};

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
mod surface;
mod vector;
mod view;

/// What to paint. The same spec gives the same picture.
///
/// ```
/// use avatar_samples::portrait::{self, PortraitSpec};
///
/// let spec = PortraitSpec { size: (96, 128), seed: 3, tilt: 5.0, ..PortraitSpec::default() };
/// let picture = portrait::render(&spec);
/// assert_eq!(picture.dimensions(), (96, 128));
/// let eyes = spec.landmarks().eyes;
/// assert!(eyes[0].x < eyes[1].x);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PortraitSpec {
    /// Width and height in pixels, at least 1 each.
    pub size: (u32, u32),
    /// Chooses the person: skin, hair, eyes, proportions, clothes and room.
    pub seed: u64,
    /// Degrees by which the head leans to its left shoulder, clockwise in the picture; sensible from -20 to 20.
    pub tilt: f32,
    /// Size of the face; at 1 it is half as high as the shorter side of the picture.
    pub scale: f32,
    /// Where the middle of the face is, as shares of width and height.
    pub center: (f32, f32),
    /// What the mouth does.
    pub mouth: MouthLook,
    /// Whether the sitter wears thin dark glasses.
    pub glasses: bool,
    /// How strong the brows are: 0 is none, 1 usual, 2 twice as thick and darker; sensible up to 2.5.
    pub brows: f32,
    /// Degrees by which the head is turned to the viewer's right; sensible from -40 to 40.
    ///
    /// The shoulders stay as they are.
    pub turn: f32,
}

/// What a mouth does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MouthLook {
    /// The lips are closed.
    #[default]
    Closed,
    /// A smile: the upper teeth fill the whole gap between the lips.
    Smile,
    /// The jaw is open as in "ah": a dark gap with a narrow row of upper teeth and a hint of tongue.
    ///
    /// The gap is 0.225 of the distance between the pupils high in its middle.
    Open,
}

/// Pictures up to this side are painted at twice their size and scaled down.
const FINE_BELOW: u32 = 700;

impl Default for PortraitSpec {
    /// A 512x512 portrait of somebody friendly, upright and centred.
    fn default() -> Self {
        Self {
            size: (512, 512),
            seed: 23,
            tilt: 0.0,
            scale: 1.0,
            center: (0.5, 0.47),
            mouth: MouthLook::Closed,
            glasses: false,
            brows: 1.0,
            turn: 0.0,
        }
    }
}

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
