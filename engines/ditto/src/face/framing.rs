//! How the square lies that is cut out around a face.

/// How the square lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Framing {
    /// Its side in pixels.
    pub side: usize,
    /// Its side as a multiple of the landmarks' extent.
    pub scale: f32,
    /// How far its centre lies below that of the landmarks, as a share of its side; negative is above.
    pub down: f32,
    /// How far its centre lies right of that of the landmarks, in the same way.
    pub right: f32,
    /// Whether it turns with the head.
    pub upright: bool,
}

/// How the 512-pixel square lies that is rendered, unless somebody says otherwise.
pub const FRAMING: Framing = Framing { side: 512, scale: 2.3, down: -0.125, right: 0.0, upright: true };
