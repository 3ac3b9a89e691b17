//! Landmarks of a face and their layouts: which of the points lie around the eyes and at the corners of the lips.

/// Which points the landmarks of a face are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// The 106 points of InsightFace's `2d106det`.
    InsightFace106,
    /// The 203 points of LivePortrait's landmark network.
    LivePortrait203,
    /// The 478 points of MediaPipe's face mesh.
    MediaPipe478,
}

impl Layout {
    /// How many points it has.
    #[must_use]
    pub const fn points(self) -> usize {
        match self {
            Self::InsightFace106 => 106,
            Self::LivePortrait203 => 203,
            Self::MediaPipe478 => 478,
        }
    }

    pub(super) fn anchors(self) -> &'static Anchors {
        match self {
            Self::InsightFace106 => &OF_106,
            Self::LivePortrait203 => &OF_203,
            Self::MediaPipe478 => &OF_478,
        }
    }
}

/// Landmarks of a face.
#[derive(Debug, Clone, PartialEq)]
pub struct Landmarks {
    /// Which points they are.
    pub layout: Layout,
    /// Their places (x, y) in pixels of the picture, as many as the layout has.
    pub points: Vec<[f32; 2]>,
}

/// Which landmarks lie around an eye (corners and middles of the lids) and at the corners of the lips. Left and right
/// are those of the picture.
pub(super) struct Anchors {
    pub(super) left: [usize; 4],
    pub(super) right: [usize; 4],
    pub(super) lips: [usize; 2],
    /// The landmarks that the square is laid around; `None` for all.
    pub(super) cloud: Option<&'static [usize]>,
}

const OF_106: Anchors = Anchors { left: [33, 35, 40, 39], right: [87, 89, 94, 93], lips: [52, 61], cloud: None };
const OF_203: Anchors = Anchors { left: [0, 6, 12, 18], right: [24, 30, 36, 42], lips: [48, 66], cloud: None };

/// The indices are those of MediaPipe's face mesh, as its `face_mesh_connections.py` groups them. There an eye is left
/// or right for the person, here for the picture.
const OF_478: Anchors =
    Anchors { left: [33, 159, 133, 145], right: [362, 386, 263, 374], lips: [61, 291], cloud: Some(&AS_106) };

/// The points of the mesh that lie where the 106 landmarks do. The whole mesh reaches up to the hair: on MediaPipe's
/// canonical face it is 17.7 high and 15.5 wide, while brows to chin are 14.5 high, so that all of its points would
/// make a square a seventh larger and higher up than the networks were made for.
#[rustfmt::skip]
pub(super) const AS_106: [usize; 81] = [
    // The outline, from eye height on the left over the chin to eye height on the right.
    127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152,
    377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356,
    // Brows.
    46, 53, 52, 65, 55, 70, 63, 105, 66, 107, 276, 283, 282, 295, 285, 300, 293, 334, 296, 336,
    // Eyes.
    33, 159, 133, 145, 362, 386, 263, 374,
    // Nose: its ridge, its base and its wings.
    168, 6, 197, 195, 5, 4, 1, 2, 98, 327,
    // The outer edge of the lips.
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
];
