//! The pose of a face in one frame: the numbers that speech and motion make and that the warp paints.

/// The head, the mouth, the lids and the expression of the face at one moment. The default is the portrait itself.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Pose {
    pub head: HeadPose,
    pub mouth: MouthPose,
    /// How far the eyes are shut in a blink: 0 not at all, 1 wholly.
    pub blink: f32,
    pub expression: Expression,
}

/// What speech makes a face do at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct SpeechPose {
    pub mouth: MouthPose,
    /// How lively the voice has just been, 0 to 1.
    pub lively: f32,
    /// How much the voice has just stressed what it says, 0 to 1.
    pub accent: f32,
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
    /// How far a mouth that is open in the portrait has come to rest: 0 as in the portrait, 1 closed.
    pub rest: f32,
}

/// The expression of the face. Lengths in units of the face; of pairs, the left one in the picture comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Expression {
    /// How far the corners of the mouth go outward and up.
    pub corners: [[f32; 2]; 2],
    /// How far the cheeks go up.
    pub cheeks: f32,
    /// How far the upper lip and the wings of the nose go up.
    pub sneer: f32,
    pub brows: [BrowPose; 2],
    /// How far the upper lids are raised.
    pub wide: f32,
    pub lids: [LidPose; 2],
}

/// One eyebrow, in units of the face.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct BrowPose {
    /// How far its ends go up.
    pub inner: f32,
    pub outer: f32,
    /// How far its inner end goes toward the nose.
    pub together: f32,
}

/// The lids of one eye: how far each has gone from its place in the portrait (0) to where the lids meet (1).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct LidPose {
    pub upper: f32,
    pub lower: f32,
}

impl Expression {
    /// The same expression, `amount` times as strong, as far as a face can go.
    pub(crate) fn scaled(self, amount: f32) -> Self {
        let within = |value: f32, most: f32| (amount * value).clamp(-most, most);
        Self {
            corners: self.corners.map(|corner| corner.map(|step| within(step, 0.115))),
            cheeks: within(self.cheeks, 0.06),
            sneer: within(self.sneer, 0.09),
            brows: self.brows.map(|brow| BrowPose {
                inner: within(brow.inner, 0.13),
                outer: within(brow.outer, 0.13),
                together: within(brow.together, 0.07),
            }),
            wide: within(self.wide, 0.03),
            lids: self.lids.map(|lids| LidPose { upper: within(lids.upper, 0.45), lower: within(lids.lower, 0.6) }),
        }
    }

    /// The same expression with both brows `lift` higher.
    pub(crate) fn lifted(mut self, lift: f32) -> Self {
        for brow in &mut self.brows {
            (brow.inner, brow.outer) = ((brow.inner + lift).min(0.13), (brow.outer + lift).min(0.13));
        }
        self
    }
}

impl LidPose {
    /// Where the lids are when they blink from here.
    pub(crate) fn blinking(self, blink: f32) -> Self {
        Self { upper: self.upper + (1.0 - self.upper) * blink, lower: self.lower + (1.0 - self.lower) * blink }
    }

    /// Whether the eye is just as in the portrait.
    pub(crate) fn is_rest(self) -> bool {
        self == Self::default()
    }
}
