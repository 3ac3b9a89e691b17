//! Looks for faces again where the first look shows none: in parts of the picture, for small ones, and turned.

use image::RgbImage;

use super::detector::{Face, FaceDetector};
use crate::picture::{Part, Rotation};

/// How often the side of a part goes into the longer side of the picture. A detector that finds faces of a twelfth of what
/// it is shown finds those of a 48th so.
const ZOOMS: [u32; 2] = [2, 4];
/// Parts overlap by this share of their side: a face that is cut by the border of one lies in another as a whole, or is so
/// large that it was found before.
const OVERLAP: f32 = 0.25;
/// Parts with fewer pixels than the detector looks at are enlarged by this much at most.
const ENLARGED: f32 = 2.0;
/// A face that covers more of another, as a share of the smaller one, is the same face.
const COVERED: f32 = 0.5;
/// A box this near to the border of a part, in pixels of the detector's frame, is cut off by it.
const CUT_OFF: f32 = 1.5;
/// Levels between the darkest and the lightest green of a part in which nothing is seen.
const FLAT: u8 = 24;

/// A way to look at pictures.
pub struct Search<'a> {
    /// What finds faces.
    pub detector: &'a dyn FaceDetector,
    /// Its score from which a face is not doubtful. What a second look shows counts only if it is clear.
    pub sure_score: f32,
}

/// What was seen in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// The upright faces, best first: boxes in pixels of the picture, clamped to it.
    pub faces: Vec<Face>,
    /// How the picture has to be turned for a clear face to be upright, where none is as it stands.
    pub rotation: Option<Rotation>,
}

impl Search<'_> {
    /// The faces that one look at the whole picture shows, best first.
    pub fn glance(&self, picture: Part<'_>) -> Vec<Face> {
        let whole = Tile::all(picture.dimensions(), 1);
        whole.first().map_or_else(Vec::new, |tile| self.faces_in(tile, picture))
    }

    /// The faces of a picture, looked for more closely where no clear one is seen at once: at most three looks at all of
    /// it turned, 34 at parts and 27 at parts turned, each in memory of its own.
    ///
    /// What is looked at is a copy, never larger than the closest look at parts needs.
    pub fn look(&self, picture: Part<'_>) -> Sight {
        let (width, height) = picture.dimensions();
        let longest = self.detector.frame() * ZOOMS[ZOOMS.len() - 1];
        if width.max(height) <= longest {
            return self.look_at(picture);
        }
        let scale = longest as f32 / width.max(height) as f32;
        let side = |pixels: u32| ((pixels as f32 * scale).round() as u32).max(1);
        let copy = picture.resized(side(width), side(height));
        let Sight { faces, rotation } = self.look_at(Part::from(&copy));
        let (across, down) = (width as f32 / copy.width() as f32, height as f32 / copy.height() as f32);
        Sight { faces: faces.into_iter().map(|face| face.scaled(across, down)).collect(), rotation }
    }

    fn look_at(&self, picture: Part<'_>) -> Sight {
        let faces = self.glance(picture);
        if faces.iter().any(|face| self.is_clear(face)) {
            return Sight { faces, rotation: None };
        }
        if let Some(rotation) = self.rotation(picture, 1) {
            return Sight { faces, rotation: Some(rotation) };
        }
        for zoom in ZOOMS {
            let small = self.small_faces(picture, zoom);
            if !small.is_empty() {
                return Sight { faces: small, rotation: None };
            }
        }
        let rotation = self.rotation(picture, ZOOMS[0]);
        Sight { faces, rotation }
    }

    /// How far a face in a picture is turned to the side, in degrees; none where the detector cannot tell.
    pub fn yaw(&self, picture: Part<'_>, face: &Face) -> Option<f32> {
        let (across, down) = picture.dimensions();
        let side = 2.0 * face.width.max(face.height);
        let start = |middle: f32| (middle - side / 2.0).max(0.0) as u32;
        let (left, top) = (start(face.x + face.width / 2.0), start(face.y + face.height / 2.0));
        let head = Tile { left, top, width: (side as u32).min(across - left), height: (side as u32).min(down - top) };
        self.detector.yaw(&self.copy(&head, picture)?)
    }

    fn is_clear(&self, face: &Face) -> bool {
        face.score >= self.sure_score
    }

    /// The clear faces that looks at parts show, best first.
    fn small_faces(&self, picture: Part<'_>, zoom: u32) -> Vec<Face> {
        let tiles = Tile::all(picture.dimensions(), zoom);
        let seen = tiles.iter().flat_map(|tile| self.faces_in(tile, picture)).filter(|face| self.is_clear(face));
        let mut faces: Vec<Face> = seen.collect();
        faces.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut distinct: Vec<Face> = Vec::new();
        for face in faces {
            if distinct.iter().all(|better| covered(better, &face) <= COVERED) {
                distinct.push(face);
            }
        }
        distinct
    }

    /// The turn under which the clearest face is seen.
    fn rotation(&self, picture: Part<'_>, zoom: u32) -> Option<Rotation> {
        let mut best = (self.sure_score, None);
        for tile in Tile::all(picture.dimensions(), zoom) {
            let Some(copy) = self.copy(&tile, picture) else { continue };
            for rotation in Rotation::ALL {
                let score = self.detector.detect(&rotation.applied(&copy)).first().map_or(0.0, |face| face.score);
                if score >= best.0 {
                    best = (score, Some(rotation));
                }
            }
        }
        best.1
    }

    /// What is seen in a part, in pixels of the picture, without what its border cuts off.
    fn faces_in(&self, tile: &Tile, picture: Part<'_>) -> Vec<Face> {
        let Some(copy) = self.copy(tile, picture) else { return Vec::new() };
        let (across, down) = (tile.width as f32 / copy.width() as f32, tile.height as f32 / copy.height() as f32);
        let faces = self.detector.detect(&copy).into_iter();
        let whole = faces.filter(|face| tile.shows_whole(face, copy.dimensions(), picture.dimensions()));
        let placed = whole.map(|face| {
            let face = face.scaled(across, down);
            Face { x: tile.left as f32 + face.x, y: tile.top as f32 + face.y, ..face }
        });
        placed.collect()
    }

    /// A part as the detector looks at it; none where nothing is to be seen.
    fn copy(&self, tile: &Tile, picture: Part<'_>) -> Option<RgbImage> {
        let scale = (self.detector.frame() as f32 / tile.width.max(tile.height) as f32).min(ENLARGED);
        let scale = if tile.is_all_of(picture.dimensions()) { scale.min(1.0) } else { scale };
        let side = |pixels: u32| (pixels as f32 * scale).round() as u32;
        let (width, height) = (side(tile.width), side(tile.height));
        if width.min(height) == 0 {
            return None;
        }
        let copy = picture.cut(tile.left, tile.top, tile.width, tile.height).resized(width, height);
        (!is_flat(&copy)).then_some(copy)
    }
}

/// A part of a picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tile {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Tile {
    /// The parts that cover a picture whose longer side is `zoom` times theirs.
    fn all((width, height): (u32, u32), zoom: u32) -> Vec<Self> {
        let side = width.max(height).div_ceil(zoom);
        let (columns, rows) = (starts(width, side), starts(height, side));
        let row = |&top: &u32| {
            let tile = move |&left: &u32| Self { left, top, width: side.min(width), height: side.min(height) };
            columns.iter().map(tile).collect::<Vec<_>>()
        };
        rows.iter().flat_map(row).collect()
    }

    fn is_all_of(&self, picture: (u32, u32)) -> bool {
        (self.width, self.height) == picture
    }

    /// Whether a face, in pixels of a copy of this size, lies in it as a whole, as far as it lies in the picture.
    fn shows_whole(&self, face: &Face, copy: (u32, u32), picture: (u32, u32)) -> bool {
        let cut = [
            self.left > 0 && face.x < CUT_OFF,
            self.top > 0 && face.y < CUT_OFF,
            self.left + self.width < picture.0 && face.x + face.width > copy.0 as f32 - CUT_OFF,
            self.top + self.height < picture.1 && face.y + face.height > copy.1 as f32 - CUT_OFF,
        ];
        !cut.contains(&true)
    }
}

/// Where parts of this side begin that cover a length evenly.
fn starts(length: u32, side: u32) -> Vec<u32> {
    if length <= side {
        return vec![0];
    }
    let step = side as f32 * (1.0 - OVERLAP);
    let steps = ((length - side) as f32 / step).ceil() as u32;
    (0..=steps).map(|n| ((length - side) as f32 * n as f32 / steps as f32).round() as u32).collect()
}

/// How much of the smaller of two faces the other covers.
fn covered(one: &Face, other: &Face) -> f32 {
    let across = (one.x + one.width).min(other.x + other.width) - one.x.max(other.x);
    let down = (one.y + one.height).min(other.y + other.height) - one.y.max(other.y);
    across.max(0.0) * down.max(0.0) / (one.width * one.height).min(other.width * other.height)
}

fn is_flat(copy: &RgbImage) -> bool {
    let greens = copy.pixels().map(|pixel| pixel.0[1]);
    let (low, high) = greens.fold((u8::MAX, u8::MIN), |(low, high), green| (low.min(green), high.max(green)));
    high.saturating_sub(low) < FLAT
}

#[cfg(test)]
mod tests;
