//! What to paint.

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
    /// What the mouth does.
    pub mouth: MouthLook,
    /// Whether the sitter wears thin dark glasses.
    pub glasses: bool,
    /// How strong the brows are: 0 is none, 1 usual, 2 twice as thick and darker; sensible up to 2.5.
    pub brows: f32,
    /// Degrees by which the head is turned to the viewer's right; sensible from -40 to 40.
    ///
    /// The shoulders stay as they are.
    pub turn: f32,
}

/// What a mouth does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MouthLook {
    /// The lips are closed.
    #[default]
    Closed,
    /// A smile: the upper teeth fill the whole gap between the lips.
    Smile,
    /// The jaw is open as in "ah": a dark gap with a narrow row of upper teeth and a hint of tongue.
    ///
    /// The gap is 0.225 of the distance between the pupils high in its middle.
    Open,
}

impl Default for PortraitSpec {
    /// A 512x512 portrait of somebody friendly, upright and centred.
    fn default() -> Self {
        Self {
            size: (512, 512),
            seed: 23,
            tilt: 0.0,
            scale: 1.0,
            center: (0.5, 0.47),
            mouth: MouthLook::Closed,
            glasses: false,
            brows: 1.0,
            turn: 0.0,
        }
    }
}
