//! Whose face it is that speaks, and where its parts are: looked for where the gateway says that it is, or in the whole
//! portrait.

use avatar_media::faces::{Face, FaceDetector};
use avatar_media::picture::Part;
use avatar_mediapipe::{FaceMesh, MediaPipe};
use engine_api::{Computation, PortraitFace};
use image::RgbImage;

use crate::geometry::{Geometry, by_mesh, by_picture};

/// How much larger than the face what is searched is.
const AROUND: f32 = 2.0;
/// Its longer side in pixels for the detector: a face of half of it is easily found, and the search takes few milliseconds.
const SIDE: f32 = 160.0;
/// The same for the mesh, which sees 256 pixels of a face.
const MESH_SIDE: f32 = 512.0;

/// The point of the mesh at the root of the nose.
const BETWEEN_THE_EYES: usize = 168;

/// What finds a face and its parts.
pub(crate) struct Finder<D> {
    pub detector: D,
    /// The face mesh, where its networks are.
    pub mesh: Option<MediaPipe>,
}

impl<D> Finder<D> {
    /// On what a job is computed: all of it on the processor, and the networks of the mesh, where they are, by `rten`.
    pub(crate) fn computation(&self) -> Computation {
        let providers: &[&str] = if self.mesh.is_some() { &["rten"] } else { &[] };
        Computation::new("cpu", providers, "fp32")
    }
}

impl<D: FaceDetector> Finder<D> {
    /// The parts of the face that speaks; none where there is no face.
    pub(crate) fn find(&self, picture: &RgbImage, known: Option<PortraitFace>) -> Option<Geometry> {
        if let Some(mesh) = &self.mesh {
            let first = |detector: &dyn FaceDetector| detector.detect(picture).into_iter().next();
            let face = known.map(of_gateway).or_else(|| first(&self.detector)).or_else(|| first(mesh))?;
            let geometry = mesh_of(mesh, picture, &face).and_then(|mesh| by_mesh(picture, &mesh));
            let without = || by_picture(picture, &near(&self.detector, picture, &face).unwrap_or(face));
            return Some(geometry.unwrap_or_else(without));
        }
        Some(by_picture(picture, &find(&self.detector, picture, known)?))
    }
}

/// The face that speaks; none where there is none.
///
/// Where the gateway has settled on one, it is looked for once more, but only there: the gateway's detector may be
/// another one, whose boxes lie otherwise around a face, and what is known here of proportions holds for this one's.
/// Where this one sees nothing there, the gateway's box has to do.
fn find(detector: &dyn FaceDetector, picture: &RgbImage, known: Option<PortraitFace>) -> Option<Face> {
    let Some(known) = known.map(of_gateway) else {
        return detector.detect(picture).into_iter().next();
    };
    Some(near(detector, picture, &known).unwrap_or(known))
}

fn of_gateway(PortraitFace { x, y, width, height, score }: PortraitFace) -> Face {
    Face { x, y, width, height, score }
}

/// What the detector sees where a face is known to be, with its middle in the known box.
fn near(detector: &dyn FaceDetector, picture: &RgbImage, known: &Face) -> Option<Face> {
    let Cutout { pixels, left, top, scale } = Cutout::around(known, picture, |longer| SIDE / longer)?;
    let placed = detector.detect(&pixels).into_iter().map(|face| {
        let face = face.scaled(1.0 / scale, 1.0 / scale);
        Face { x: left + face.x, y: top + face.y, ..face }
    });
    placed.into_iter().find(|face| is_in(known, middle(face)))
}

fn middle(face: &Face) -> [f32; 2] {
    [face.x + face.width / 2.0, face.y + face.height / 2.0]
}

/// Whether a place lies in a face's box.
fn is_in(face: &Face, [x, y]: [f32; 2]) -> bool {
    (face.x..face.x + face.width).contains(&x) && (face.y..face.y + face.height).contains(&y)
}

/// The mesh of a face, in pixels of the picture.
fn mesh_of(mesh: &MediaPipe, picture: &RgbImage, face: &Face) -> Option<FaceMesh> {
    let cutout = Cutout::around(face, picture, |longer| (MESH_SIDE / longer).min(1.0))?;
    let Cutout { pixels, left, top, scale } = cutout;
    let [x, y] = middle(face);
    let mut found = mesh.mesh(&pixels, [(x - left) * scale, (y - top) * scale])?;
    // 0 is the middle of the first pixel, in the copy as in the picture.
    let place = |at: f32, start: f32| start + (at + 0.5) / scale - 0.5;
    for [x, y, z] in &mut found.points {
        (*x, *y, *z) = (place(*x, left), place(*y, top), *z / scale);
    }
    let [x, y, _] = found.points[BETWEEN_THE_EYES];
    is_in(face, [x, y]).then_some(found)
}

/// A part of a picture, scaled.
struct Cutout {
    pixels: RgbImage,
    /// Where it begins, in pixels of the picture.
    left: f32,
    top: f32,
    scale: f32,
}

impl Cutout {
    /// What lies around a face, scaled by what is wanted for its longer side; none where nothing would be left of it.
    fn around(face: &Face, picture: &RgbImage, scale: impl Fn(f32) -> f32) -> Option<Self> {
        let side = AROUND * face.width.max(face.height);
        let span = |start: f32, length: f32, most: u32| {
            let middle = start + length / 2.0;
            let edge = |at: f32| (at.max(0.0) as u32).min(most);
            let (from, to) = (edge(middle - side / 2.0), edge(middle + side / 2.0));
            (from, to - from)
        };
        let (left, width) = span(face.x, face.width, picture.width());
        let (top, height) = span(face.y, face.height, picture.height());
        let scale = scale(width.max(height) as f32);
        let small = |pixels: u32| (pixels as f32 * scale).round() as u32;
        if small(width).min(small(height)) == 0 {
            return None;
        }
        let pixels = Part::from(picture).cut(left, top, width, height).resized(small(width), small(height));
        Some(Self { pixels, left: left as f32, top: top as f32, scale })
    }
}

#[cfg(test)]
mod tests {
    use avatar_media::faces::SeetaFace;
    use avatar_samples::portrait::{self, PortraitSpec};

    use super::*;

    /// The detector's own boxes differ by so much between sizes of a picture; the pupils, which are looked for next, settle it.
    const ALIKE: f32 = 0.15;

    /// How far apart two boxes are, in widths of the first: their middles, and their sizes.
    fn apart(a: &Face, b: &Face) -> f32 {
        let middle = |face: &Face| [face.x + face.width / 2.0, face.y + face.height / 2.0];
        let ([ax, ay], [bx, by]) = (middle(a), middle(b));
        (ax - bx).hypot(ay - by).max((a.width - b.width).abs()) / a.width
    }

    fn known(face: &Face) -> PortraitFace {
        PortraitFace { x: face.x, y: face.y, width: face.width, height: face.height, score: face.score }
    }

    #[test]
    fn a_known_face_is_found_where_a_search_of_the_whole_finds_it() {
        let detector = SeetaFace::new();
        for (seed, size, scale) in [(4, (400, 400), 1.0), (8, (900, 1200), 0.5), (12, (768, 768), 1.0)] {
            let picture = portrait::render(&PortraitSpec { seed, size, scale, ..PortraitSpec::default() });
            let whole = find(&detector, &picture, None).expect("a painted face is found");
            let again = find(&detector, &picture, Some(known(&whole))).expect("and found again");
            assert!(apart(&whole, &again) < ALIKE, "{whole:?} and {again:?}");
            // A box as another detector has it: from the brows to the chin, and narrower.
            let other = PortraitFace {
                y: whole.y + 0.12 * whole.height,
                x: whole.x + 0.05 * whole.width,
                width: 0.9 * whole.width,
                height: 0.9 * whole.height,
                score: 0.97,
            };
            let again = find(&detector, &picture, Some(other)).expect("and found again");
            assert!(apart(&whole, &again) < ALIKE, "{whole:?} and {again:?}");
        }
    }

    #[test]
    fn of_two_faces_the_known_one_speaks() {
        let mut picture = RgbImage::new(800, 400);
        for (seed, left) in [(4, 0), (8, 400)] {
            let one = portrait::render(&PortraitSpec { seed, size: (400, 400), ..PortraitSpec::default() });
            image::imageops::replace(&mut picture, &one, left, 0);
        }
        let detector = SeetaFace::new();
        let faces = detector.detect(&picture);
        assert_eq!(faces.len(), 2, "{faces:?}");
        for face in &faces {
            let again = find(&detector, &picture, Some(known(face))).expect("it is found again");
            assert!(apart(face, &again) < ALIKE, "{face:?} and {again:?}");
        }
    }

    #[test]
    fn the_mesh_of_another_face_is_none() {
        let Some(file) = avatar_prerequisites::real_weights("face_mesh.onnx") else { return };
        let mesh = MediaPipe::load(file.parent().unwrap()).unwrap();
        let one = portrait::render(&PortraitSpec { size: (400, 400), ..PortraitSpec::default() });
        let mut picture = RgbImage::from_pixel(800, 400, image::Rgb([120; 3]));
        image::imageops::replace(&mut picture, &one, 400, 0);
        let face = SeetaFace::new().detect(&picture).into_iter().next().expect("a painted face is found");
        assert!(mesh_of(&mesh, &picture, &face).is_some());
        let beside = Face { x: face.x - 0.9 * face.width, ..face };
        assert!(mesh_of(&mesh, &picture, &beside).is_none());
    }

    #[test]
    fn where_nothing_is_seen_the_known_box_has_to_do() {
        let picture = RgbImage::from_pixel(300, 200, image::Rgb([120; 3]));
        let detector = SeetaFace::new();
        assert_eq!(find(&detector, &picture, None), None);
        for [x, y, width, height] in [[90.0, 60.0, 80.0, 90.0], [0.0, 0.0, 300.0, 200.0], [299.0, 199.0, 1.0, 1.0]] {
            let face = find(&detector, &picture, Some(PortraitFace { x, y, width, height, score: 0.9 }));
            assert_eq!(face, Some(Face { x, y, width, height, score: 0.9 }));
        }
    }
}
