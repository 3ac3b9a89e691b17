//! Where a head's own coordinates lie in the picture.

use crate::portrait::area::Point;
use crate::portrait::person::Person;
use crate::portrait::shape::{bell, smoothstep};
use crate::portrait::spec::PortraitSpec;
use crate::portrait::surface::Surface;
use crate::portrait::vector::Vec3;

/// From the point between the eyes to the middle of the face, in the lengths of [`Person`].
const MIDDLE: f32 = 0.2;
/// The height of a face from hairline to chin.
const FACE_HEIGHT: f32 = 2.4;

/// How the lengths of [`Person`] lie in the picture.
pub(super) struct View {
    center: Point,
    /// Pixels in one length.
    pub(super) unit: f32,
    sin: f32,
    cos: f32,
    turn: Turn,
}

impl View {
    /// For a picture painted at `fine` times the size that the spec names.
    pub(super) fn new(spec: &PortraitSpec, person: &Person, fine: u32) -> Self {
        let (width, height) = ((spec.size.0 * fine) as f32, (spec.size.1 * fine) as f32);
        let (sin, cos) = spec.tilt.to_radians().sin_cos();
        Self {
            center: Point { x: width * spec.center.0, y: height * spec.center.1 },
            unit: 0.5 * spec.scale * width.min(height) / FACE_HEIGHT,
            sin,
            cos,
            turn: Turn::new(spec.turn, person),
        }
    }

    /// Coordinates of a head that stands upright.
    pub(super) fn upright(&self, column: f32, row: f32) -> (f32, f32) {
        let (x, y) = ((column - self.center.x) / self.unit, (row - self.center.y) / self.unit);
        (x, y + MIDDLE)
    }

    /// Coordinates of the tilted and turned head: on its front, and on the plane of the hair behind it.
    pub(super) fn head(&self, column: f32, row: f32) -> [(f32, f32); 2] {
        let (x, y) = self.upright(column, row);
        let y = y - MIDDLE;
        let (x, y) = (x * self.cos + y * self.sin, y * self.cos - x * self.sin + MIDDLE);
        [(self.turn.front(x, y), y), (self.turn.back(x), y)]
    }

    /// Coordinates of the body: the neck bends and follows a turn, the shoulders stay.
    pub(super) fn body(&self, column: f32, row: f32) -> (f32, f32) {
        let (x, y) = self.upright(column, row);
        let follow = smoothstep(2.5, 1.0, y);
        let bend = self.sin * (1.25 - MIDDLE) * follow;
        (x + bend - 0.22 * self.turn.sin * follow, y)
    }

    /// The head's surface at `x` as it lies to the viewer and the light.
    pub(super) fn turned(&self, surface: Surface, x: f32) -> Surface {
        let Turn { sin, cos, .. } = self.turn;
        if sin == 0.0 {
            return surface;
        }
        let Vec3 { x: right, y: down, z: near } = surface.normal;
        // The edges already face aside; turned further they would catch the light behind the sitter all over.
        let turned = Vec3::new(right * cos + near * sin, down, (near * cos - right * sin).max(near));
        Surface { height: surface.height * cos - x * sin, normal: turned.unit(), ..surface }
    }

    /// Where a point on the front of the head lies.
    pub(super) fn pixel(&self, x: f32, y: f32) -> Point {
        let x = self.turn.across(x, y);
        let y = y - MIDDLE;
        Point {
            x: self.center.x + self.unit * (x * self.cos - y * self.sin),
            y: self.center.y + self.unit * (x * self.sin + y * self.cos),
        }
    }
}

/// A head turned around its upright axis.
///
/// The head is a dome so smooth that no part of it hides another: what lies behind its edge comes no nearer than the edge.
struct Turn {
    sin: f32,
    cos: f32,
    nose_tip: f32,
}

/// How far the middle of the face stands out of the plane that depth is measured from, in the lengths of [`Person`].
const DEPTH: f32 = 0.70;
/// From that plane to the axis that the head turns around.
const AXIS: f32 = 0.20;
/// From that plane back to the hair behind the head.
const BACK: f32 = -0.25;

impl Turn {
    fn new(degrees: f32, person: &Person) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self { sin, cos, nose_tip: person.nose.tip }
    }

    /// How far to the right a point of the front is seen; rises with `x` for turns up to 40 degrees and a little more.
    fn across(&self, x: f32, y: f32) -> f32 {
        x * self.cos + (self.depth(x, y) - AXIS) * self.sin
    }

    /// The point of the front that is seen at `across`: the inverse of [`Self::across`].
    fn front(&self, across: f32, y: f32) -> f32 {
        if self.sin == 0.0 {
            return across;
        }
        let reach = (2.0 * DEPTH * self.sin).abs();
        let (mut low, mut high) = ((across - reach) / self.cos, (across + reach) / self.cos);
        for _ in 0..22 {
            let middle = 0.5 * (low + high);
            if self.across(middle, y) < across { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }

    /// The point of a flat plane behind the head that is seen at `across`.
    fn back(&self, across: f32) -> f32 {
        (across - (BACK - AXIS) * self.sin) / self.cos
    }

    /// Towards the viewer of a head that is not turned.
    fn depth(&self, x: f32, y: f32) -> f32 {
        let dome = DEPTH * (1.25 * x).clamp(-std::f32::consts::PI, std::f32::consts::PI).cos() * bell(y - 0.2, 1.4);
        let ridge = smoothstep(-0.25, self.nose_tip, y) * smoothstep(self.nose_tip + 0.22, self.nose_tip + 0.04, y);
        dome + 0.18 * ridge * bell(x, 0.16)
    }
}
