//! What one frame shows: the numbers between the motion that makes them and the stage that paints them.

/// The head, the mouth and the lids at one moment. The default is the portrait itself.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Pose {
    pub head: HeadPose,
    pub mouth: MouthPose,
    /// How far the upper lids have come down: 0 open, 1 closed.
    pub lids: f32,
}

/// Where the head is, in units of the face (the distance between the pupils).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct HeadPose {
    /// To the right and down.
    pub shift: [f32; 2],
    /// Radians, clockwise.
    pub tilt: f32,
    /// How far the nose moves to the right of the head.
    pub turn: f32,
    /// How far the nose moves down the head.
    pub nod: f32,
}

/// The shape of the mouth.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct MouthPose {
    /// 0 closed, 1 as open as loud speech makes it.
    pub open: f32,
    /// −1 rounded as in "oo", 1 spread as in "ee".
    pub spread: f32,
}
