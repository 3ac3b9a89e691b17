//! The truth about a painted face: where exactly its parts are.

use crate::portrait::area::{Area, Point};
use crate::portrait::face::Face;
use crate::portrait::person::Person;
use crate::portrait::spec::PortraitSpec;
use crate::portrait::view::View;
use crate::portrait::{brow, eye, mouth};

/// Where the parts of a painted face are, in pixels from the top left corner of the picture.
///
/// Left and right are the viewer's. Points may lie outside the picture if the spec puts the face there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmarks {
    /// The middles of the left and the right eye opening.
    pub eyes: [Point; 2],
    /// The highest point of the upper and the lowest of the lower lid's edge, along the face's own axis, for each eye.
    pub lids: [[Point; 2]; 2],
    /// The upright boxes around the painted hair of the left and the right brow.
    pub brows: [Area; 2],
    /// The middle of the line between the lips, or of the gap between them.
    pub mouth: Point,
    /// The left and the right corner of the mouth.
    pub mouth_corners: [Point; 2],
    /// The edges of the lips towards each other.
    pub lips: Lips,
    /// The lowest point of the face on its own axis.
    pub chin: Point,
    /// The upright box around the face's outline, from hairline to chin and from cheek to cheek, without ears.
    pub face: Area,
}

/// The inner contours of the lips, from the left to the right corner of the mouth at even steps across the face.
///
/// Both are the same for a closed mouth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lips {
    /// The lower edge of the upper lip.
    pub upper: [Point; 9],
    /// The upper edge of the lower lip.
    pub lower: [Point; 9],
}

impl PortraitSpec {
    /// The truth about the picture that [`render`](crate::portrait::render) makes of this spec.
    pub fn landmarks(&self) -> Landmarks {
        let person = Person::of(self);
        let view = View::new(self, &person, 1);
        let at = |(x, y): (f32, f32)| view.pixel(x, y);
        let half = person.mouth.half_width;
        let steps: [f32; 9] = std::array::from_fn(|step| half * (step as f32 / 4.0 - 1.0));
        let lips = Lips {
            upper: steps.map(|x| at((x, mouth::upper_edge(&person, x)))),
            lower: steps.map(|x| at((x, mouth::lower_edge(&person, x)))),
        };
        Landmarks {
            eyes: [-1.0, 1.0].map(|side| at((side * person.eye.apart, -0.012))),
            lids: [-1.0, 1.0].map(|side| eye::lids(&person, side).map(at)),
            brows: [-1.0, 1.0].map(|side| Area::around(brow::hairs(&person, side).map(at))),
            mouth: at((0.0, mouth::line(&person, 0.0))),
            mouth_corners: [lips.upper[0], lips.upper[8]],
            lips,
            chin: at((0.0, person.chin)),
            face: Area::around(Face::new(&person).outline(person.hairline).map(at)),
        }
    }
}
