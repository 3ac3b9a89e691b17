//! MediaPipe's short-range face detector (BlazeFace) and face mesh, run in pure Rust: a stronger detector than the one that
//! `avatar-media` embeds, where the operator has its two files.
//!
//! BlazeFace proposes faces, and the mesh says whether each is one and how it is turned. The files are conversions of
//! MediaPipe's Face Landmarker (Google, Apache-2.0) to ONNX, as Ditto's releases carry them.

use std::path::Path;

use avatar_media::faces::{Face, FaceDetector};
use avatar_media::picture::RgbImage;

pub use mesh::{FaceMesh, POINTS};
pub use network::NetworkError;

use crate::blaze::{Candidate, Square};
use crate::mesh::{MeshReading, Region};
use crate::network::Network;

mod blaze;
mod mesh;
mod network;

/// The names of the two files.
pub const FILES: [&str; 2] = ["blaze_face.onnx", "face_mesh.onnx"];

/// Bytes of memory that loading the networks and looking at a picture takes, beside the picture.
pub const MEMORY: u64 = 96 << 20;

/// Least product of the two networks' scores at which something is told as a face.
const LEAST: f32 = 0.4;
/// Heads that lean further, in degrees, are not upright.
const UPRIGHT: f32 = 45.0;

/// The two networks. Scores are the product of how sure both are, 0 to 1: above 0.9 for clear portraits.
pub struct MediaPipe {
    blaze: Network,
    mesh: Network,
}

impl MediaPipe {
    /// Loads the networks from a folder, and tries each.
    ///
    /// # Errors
    /// A file is missing, damaged, or another network.
    pub fn load(folder: &Path) -> Result<Self, NetworkError> {
        let [blaze, mesh] = FILES.map(|name| folder.join(name));
        let blaze =
            Network::load(&blaze, blaze::SIDE, &[("regressors", blaze::VALUES), ("classificators", blaze::ANCHORS)])?;
        let mesh = Network::load(&mesh, mesh::SIDE, &[("Identity", mesh::VALUES), ("Identity_1", 1)])?;
        Ok(Self { blaze, mesh })
    }

    /// The points of the face in a picture that shows little else: of several, the one nearest to a place, in pixels. The mesh
    /// is read twice, as MediaPipe does from one picture of a video to the next: the first reading centres the second.
    pub fn mesh(&self, picture: &RgbImage, near: [f32; 2]) -> Option<FaceMesh> {
        let nearest = |found: Vec<Candidate>| {
            let faces = blaze::distinct(found).into_iter();
            faces.min_by(|a, b| a.distance(near).total_cmp(&b.distance(near)))
        };
        let squares = Square::over(picture.dimensions());
        let face = squares.iter().find_map(|square| nearest(self.proposed(square, picture)))?;
        let region = Region::around(&face);
        let [points, _] = self.outputs(&region, picture)?;
        let region = Region::around_points(&region.in_picture(&points));
        let [points, presence] = self.outputs(&region, picture)?;
        let MeshReading { presence, .. } = MeshReading::of(&points, &presence)?;
        let points = region.in_picture(&points);
        (presence >= LEAST && points.as_flattened().iter().all(|value| value.is_finite()))
            .then_some(FaceMesh { points, presence })
    }

    /// What looks like a face to the detector in a square of a picture.
    fn proposed(&self, square: &Square, picture: &RgbImage) -> Vec<Candidate> {
        let out = self.blaze.run(square.input(picture)).unwrap_or_default();
        let [values, scores] = out.as_slice() else { return Vec::new() };
        square.candidates(values, scores)
    }

    /// The mesh's points and its presence, as the network gives them.
    fn outputs(&self, region: &Region, picture: &RgbImage) -> Option<[Vec<f32>; 2]> {
        self.mesh.run(region.input(picture)).ok()?.try_into().ok()
    }

    /// What looks like a face, with what the mesh says of it, best first.
    fn seen(&self, picture: &RgbImage) -> Vec<(Candidate, MeshReading)> {
        let squares = Square::over(picture.dimensions());
        let found = squares.iter().flat_map(|square| self.proposed(square, picture));
        let read = blaze::distinct(found.collect()).into_iter().filter_map(|candidate| {
            let [points, presence] = self.outputs(&Region::around(&candidate), picture)?;
            Some((candidate, MeshReading::of(&points, &presence)?))
        });
        let mut seen: Vec<_> = read.filter(|(candidate, mesh)| candidate.score * mesh.presence >= LEAST).collect();
        seen.sort_by(|a, b| (b.0.score * b.1.presence).total_cmp(&(a.0.score * a.1.presence)));
        seen
    }
}

impl FaceDetector for MediaPipe {
    fn detect(&self, picture: &RgbImage) -> Vec<Face> {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let upright = self.seen(picture).into_iter().filter(|(candidate, _)| candidate.roll().abs() <= UPRIGHT);
        let faces = upright.filter_map(|(candidate, mesh)| {
            let [left, top, right, bottom] = candidate.bounds;
            let (x, y) = (left.max(0.0), top.max(0.0));
            let (width, height) = (right.min(width) - x, bottom.min(height) - y);
            let score = candidate.score * mesh.presence;
            (width > 0.0 && height > 0.0).then_some(Face { x, y, width, height, score })
        });
        faces.collect()
    }

    fn frame(&self) -> u32 {
        512
    }

    fn yaw(&self, head: &RgbImage) -> Option<f32> {
        self.seen(head).first().map(|(_, mesh)| mesh.yaw)
    }
}
