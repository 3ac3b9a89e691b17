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

mod backdrop;
mod body;
mod eye;
mod face;
mod hair;
mod light;
mod person;
mod plane;
mod relief;
mod shape;
mod surface;
mod vector;

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
}

/// Where the parts of a painted face are, in pixels from the top left corner of the picture.
///
/// Left and right are the viewer's. Points may lie outside the picture if the spec puts the face there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmarks {
    /// The middles of the left and the right eye opening.
    pub eyes: [Point; 2],
    /// The middle of the line between the lips.
    pub mouth: Point,
    /// The left and the right corner of the mouth.
    pub mouth_corners: [Point; 2],
    /// The lowest point of the face on its own axis.
    pub chin: Point,
    /// The upright box around the face's outline, from hairline to chin and from cheek to cheek, without ears.
    pub face: Area,
}

/// A place in a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// An upright rectangle in a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// From left to right, not negative.
    pub width: f32,
    /// From top to bottom, not negative.
    pub height: f32,
}

/// Pictures up to this side are painted at twice their size and scaled down.
const FINE_BELOW: u32 = 700;
/// From the point between the eyes to the middle of the face, in the lengths of [`Person`].
const MIDDLE: f32 = 0.2;
/// The height of a face from hairline to chin.
const FACE_HEIGHT: f32 = 2.4;

impl Default for PortraitSpec {
    /// A 512x512 portrait of somebody friendly, upright and centred.
    fn default() -> Self {
        Self { size: (512, 512), seed: 23, tilt: 0.0, scale: 1.0, center: (0.5, 0.47) }
    }
}

impl PortraitSpec {
    /// The truth about the picture that [`render`] makes of this spec.
    pub fn landmarks(&self) -> Landmarks {
        let person = Person::from_seed(self.seed);
        let view = View::new(self, 1);
        let at = |x: f32, y: f32| view.pixel(x, y);
        let half = person.mouth.half_width;
        let corner = face::mouth_line(&person, half);
        Landmarks {
            eyes: [-1.0, 1.0].map(|side| at(side * person.eye.apart, -0.012)),
            mouth: at(0.0, face::mouth_line(&person, 0.0)),
            mouth_corners: [at(-half, corner), at(half, corner)],
            chin: at(0.0, person.chin),
            face: Area::around(Face::new(&person).outline(person.hairline).map(|(x, y)| at(x, y))),
        }
    }
}

impl Area {
    /// The middle of the area.
    pub fn center(&self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    fn around(points: impl Iterator<Item = Point>) -> Self {
        let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
        for point in points {
            low = (low.0.min(point.x), low.1.min(point.y));
            high = (high.0.max(point.x), high.1.max(point.y));
        }
        Self { x: low.0, y: low.1, width: high.0 - low.0, height: high.1 - low.1 }
    }
}

/// Paints a portrait: lit skin, hair and cloth in front of a room out of focus.
///
/// Takes about a second for 512x512 on two cores.
pub fn render(spec: &PortraitSpec) -> RgbImage {
    let person = Person::from_seed(spec.seed);
    let fine = if spec.size.0.max(spec.size.1) <= FINE_BELOW { 2 } else { 1 };
    let view = View::new(spec, fine);
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
        let (x, y) = view.head(column, row);
        let (body_x, body_y) = view.body(column, row);
        let pixel = 1.0 / view.unit;
        let layers = [
            body::neck(self.person, body_x, body_y, pixel),
            body::clothes(self.person, body_x, body_y, pixel),
            self.face.ears(x, y, pixel),
            self.face.head(x, y, pixel),
            self.hair.front(x, y, pixel),
        ];
        layers.into_iter().fold(self.hair.behind(x, y, pixel), |under, layer| layer.over(under))
    }
}

/// How the lengths of [`Person`] lie in the picture.
struct View {
    center: Point,
    /// Pixels in one length.
    unit: f32,
    sin: f32,
    cos: f32,
}

impl View {
    fn new(spec: &PortraitSpec, fine: u32) -> Self {
        let (width, height) = ((spec.size.0 * fine) as f32, (spec.size.1 * fine) as f32);
        let (sin, cos) = spec.tilt.to_radians().sin_cos();
        Self {
            center: Point { x: width * spec.center.0, y: height * spec.center.1 },
            unit: 0.5 * spec.scale * width.min(height) / FACE_HEIGHT,
            sin,
            cos,
        }
    }

    /// Coordinates of a head that stands upright.
    fn upright(&self, column: f32, row: f32) -> (f32, f32) {
        let (x, y) = ((column - self.center.x) / self.unit, (row - self.center.y) / self.unit);
        (x, y + MIDDLE)
    }

    /// Coordinates of the tilted head.
    fn head(&self, column: f32, row: f32) -> (f32, f32) {
        let (x, y) = self.upright(column, row);
        let y = y - MIDDLE;
        (x * self.cos + y * self.sin, y * self.cos - x * self.sin + MIDDLE)
    }

    /// Coordinates of the body: the neck bends, the shoulders stay.
    fn body(&self, column: f32, row: f32) -> (f32, f32) {
        let (x, y) = self.upright(column, row);
        let bend = self.sin * (1.25 - MIDDLE) * smoothstep(2.5, 1.0, y);
        (x + bend, y)
    }

    fn pixel(&self, x: f32, y: f32) -> Point {
        let y = y - MIDDLE;
        Point {
            x: self.center.x + self.unit * (x * self.cos - y * self.sin),
            y: self.center.y + self.unit * (x * self.sin + y * self.cos),
        }
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
