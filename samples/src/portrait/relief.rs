//! The shape of a head as a height towards the viewer: what light and shadow are computed from.

use crate::portrait::person::Person;
use crate::portrait::shape::{bell, mix, smoothstep};
use crate::portrait::spec::MouthLook;
use crate::portrait::vector::Vec3;

/// A head seen from the front, in the lengths of [`Person`].
pub(super) struct Relief {
    half_width: f32,
    chin: f32,
    jaw: f32,
    nose_tip: f32,
    bumps: Vec<Bump>,
}

/// A bell-shaped rise or hollow.
struct Bump {
    x: f32,
    y: f32,
    wide: f32,
    high: f32,
    rise: f32,
}

/// From the eyes to the top of the skull.
const CROWN: f32 = 1.5;

impl Relief {
    pub(super) fn new(person: &Person) -> Self {
        let mut relief = Self {
            half_width: person.half_width,
            chin: person.chin,
            jaw: person.jaw,
            nose_tip: person.nose.tip,
            bumps: Vec::new(),
        };
        relief.eyes_and_cheeks(person);
        relief.nose(person);
        relief.mouth_and_chin(person);
        relief
    }

    /// How far a point lies outside the outline of the head; negative inside, nearly a length close to the edge.
    pub(super) fn outside(&self, x: f32, y: f32) -> f32 {
        let step = 0.01;
        let here = self.fullness(x, y);
        let slope = (self.fullness(x + step, y) - here).hypot(self.fullness(x, y + step) - here);
        (here - 1.0) * step / slope.max(1e-4)
    }

    /// Points on the outline of the head, left and right, from `top` down to the chin.
    pub(super) fn outline(&self, top: f32) -> impl Iterator<Item = (f32, f32)> {
        const STEPS: u16 = 96;
        (0..=STEPS).flat_map(move |step| {
            let y = mix(top, self.chin, f32::from(step) / f32::from(STEPS));
            let free = (1.0 - self.fullness(0.0, y)).max(0.0);
            let half = self.half_width * free.powf(1.0 / roundness(y));
            [(-half, y), (half, y)]
        })
    }

    pub(super) fn height(&self, x: f32, y: f32) -> f32 {
        let skull = 1.0 * (1.0 - self.fullness(x, y)).max(0.0).powf(0.42);
        let bumps: f32 = self.bumps.iter().map(|bump| bump.at(x, y)).sum();
        skull + bumps + self.bridge(x, y)
    }

    /// The direction that the surface faces.
    pub(super) fn normal(&self, x: f32, y: f32) -> Vec3 {
        let step = 0.006;
        let across = self.height(x + step, y) - self.height(x - step, y);
        let down = self.height(x, y + step) - self.height(x, y - step);
        Vec3::new(-across, -down, 2.0 * step).unit()
    }

    /// 0 in the middle of the face, 1 on its outline.
    fn fullness(&self, x: f32, y: f32) -> f32 {
        let (length, power) = if y < 0.0 { (CROWN, 2.4) } else { (self.chin, self.jaw) };
        (x.abs() / self.half_width).powf(roundness(y)) + (y.abs() / length).powf(power)
    }

    /// The ridge of the nose: narrow between the eyes, high at the tip, gone below it.
    fn bridge(&self, x: f32, y: f32) -> f32 {
        let along = (y + 0.28) / (self.nose_tip + 0.28);
        if !(0.0..=1.6).contains(&along) {
            return 0.0;
        }
        let rise = 0.30 * smoothstep(0.0, 1.0, along).powf(0.8) * smoothstep(1.30, 0.98, along);
        rise * bell(x, mix(0.075, 0.115, along.min(1.0)))
    }

    fn eyes_and_cheeks(&mut self, person: &Person) {
        let eye = person.eye.apart;
        let strong = smoothstep(2.0, 2.6, person.jaw);
        self.pair(eye - 0.05, person.brow.height + 0.04, 0.25, 0.085, mix(0.035, 0.07, strong));
        self.pair(eye, -0.03, 0.23, 0.13, -0.14);
        self.pair(eye - 0.24, -0.02, 0.07, 0.13, -0.06);
        self.pair(eye, 0.0, 0.15, 0.095, 0.075);
        self.pair(eye - 0.03, 0.15, 0.17, 0.03, 0.006);
        self.pair(eye - 0.05, 0.20, 0.16, 0.035, -0.008);
        self.pair(0.56, 0.36, 0.24, 0.20, 0.085);
        self.pair(0.62, 0.80, 0.16, 0.22, -0.045);
        self.pair(0.86, -0.35, 0.12, 0.25, -0.05);
        self.single(0.0, -0.62, 0.45, 0.28, 0.05);
    }

    fn nose(&mut self, person: &Person) {
        let (tip, wing) = (person.nose.tip, person.nose.half_width);
        self.single(0.0, tip, 0.095, 0.085, 0.115);
        self.pair(wing - 0.025, tip + 0.045, 0.05, 0.06, 0.105);
        self.pair(wing + 0.045, tip + 0.02, 0.03, 0.09, -0.035);
        self.pair(0.075, tip + 0.125, 0.04, 0.022, -0.06);
        self.single(0.0, tip + 0.12, 0.03, 0.04, 0.05);
    }

    fn mouth_and_chin(&mut self, person: &Person) {
        let (mouth, half) = (person.mouth.height, person.mouth.half_width);
        let full = person.mouth.fullness;
        let (above, below) = (mouth - person.mouth.lift, mouth + person.mouth.drop);
        self.single(0.0, mouth, 0.34, 0.20, 0.075);
        self.single(0.0, mouth - 0.155, 0.03, 0.05, -0.028);
        self.pair(0.065, mouth - 0.15, 0.026, 0.06, 0.014);
        self.pair(0.09, above - 0.045, 0.11, 0.030, 0.045 * full);
        self.single(0.0, below + 0.060, 0.17, 0.042, 0.075 * full);
        if person.mouth.look == MouthLook::Closed {
            self.single(0.0, mouth, half * 0.62, 0.014, -0.035);
        }
        self.pair(half + 0.02, mouth - 0.02, 0.045, 0.05, -0.045);
        self.single(0.0, below + 0.165, 0.16, 0.045, -0.055);
        let chin = person.chin;
        self.single(0.0, chin - 0.17, 0.20, 0.11, 0.13);
        self.pair(0.30, chin - 0.20, 0.12, 0.12, 0.05);
    }

    fn single(&mut self, x: f32, y: f32, wide: f32, high: f32, rise: f32) {
        self.bumps.push(Bump { x, y, wide, high, rise });
    }

    fn pair(&mut self, x: f32, y: f32, wide: f32, high: f32, rise: f32) {
        self.single(x, y, wide, high, rise);
        self.single(-x, y, wide, high, rise);
    }
}

/// The power that shapes the outline: temples are flatter than the jaw is.
fn roundness(y: f32) -> f32 {
    mix(2.5, 1.65, smoothstep(-0.4, 0.95, y))
}

impl Bump {
    fn at(&self, x: f32, y: f32) -> f32 {
        let (across, down) = ((x - self.x) / self.wide, (y - self.y) / self.high);
        let distance = across * across + down * down;
        if distance > 14.0 {
            return 0.0;
        }
        self.rise * (-0.5 * distance).exp()
    }
}
