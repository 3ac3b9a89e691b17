//! How far the eyes are open and where they look, from the points of the face mesh.

/// Indices of one eye in the mesh.
struct Eye {
    width: [usize; 2],
    heights: [[usize; 2]; 3],
    iris: usize,
}

const LEFT: Eye = Eye { width: [33, 133], heights: [[145, 159], [144, 160], [153, 158]], iris: 468 };
const RIGHT: Eye = Eye { width: [263, 362], heights: [[374, 386], [373, 387], [380, 385]], iris: 473 };

/// Keeps lengths of zero from dividing.
const LEAST: f32 = 1e-8;

/// Opening and gaze of both eyes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eyes {
    /// Heights over width, left and right.
    pub open: [f32; 2],
    /// Displacement of the irises: left x, right x, left y, right y, left z, right z.
    pub ball: [f32; 6],
}

/// Reads the eyes off a mesh of 478 points; `None` where there are fewer.
#[must_use]
pub fn eyes(mesh: &[[f32; 3]]) -> Option<Eyes> {
    if mesh.len() < crate::face::mesh_region::POINTS {
        return None;
    }
    let (left, right) = (gaze(mesh, &LEFT), gaze(mesh, &RIGHT));
    Some(Eyes {
        open: [opening(mesh, &LEFT), opening(mesh, &RIGHT)],
        ball: [left[0], right[0], left[1], right[1], left[2], right[2]],
    })
}

fn opening(mesh: &[[f32; 3]], eye: &Eye) -> f32 {
    let distance = |[a, b]: [usize; 2]| length(difference(mesh[a], mesh[b]));
    eye.heights.map(distance).iter().sum::<f32>() / (distance(eye.width) + LEAST)
}

fn gaze(mesh: &[[f32; 3]], eye: &Eye) -> [f32; 3] {
    let [a, b] = eye.width.map(|place| mesh[place]);
    let centre: [f32; 3] = std::array::from_fn(|i| (a[i] + b[i]) / 2.0);
    let offset = difference(mesh[eye.iris], centre);
    let (to_iris, across) = (direction(offset), direction(difference(a, b)));
    std::array::from_fn(|i| (to_iris[i] - across[i]) * length(offset))
}

fn difference(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|i| a[i] - b[i])
}

fn length([x, y, z]: [f32; 3]) -> f32 {
    (x * x + y * y + z * z).sqrt()
}

fn direction(v: [f32; 3]) -> [f32; 3] {
    let length = length(v) + LEAST;
    v.map(|part| part / length)
}
