//! What a face does at each moment of a video: the speech, the seed and the parameters in one pose.

use crate::curve::rise;
use crate::emotion;
use crate::limits::Limits;
use crate::motion::Motion;
use crate::params::Params;
use crate::pose::{Expression, MouthPose, Pose, SpeechPose};

/// Seconds that the mouth takes out of its rest at the beginning and back into it at the end.
const AWAKE: f32 = 0.12;
/// Seconds that a mouth that is open in the portrait takes to close at the beginning, and to open again at the end.
const CLOSING: f32 = 0.24;
/// Seconds that an emotion takes to come and to go.
const MOVED: f32 = 0.6;
/// How far the brows rise on a stressed word, in units of the face.
const ACCENT: f32 = 0.04;
/// The widest a mouth opens, whatever the gain.
const WIDEST: f32 = 1.5;

/// A face that speaks.
pub(crate) struct Actor {
    motion: Motion,
    emotion: Expression,
    limits: Limits,
    mouth_gain: f32,
    expressiveness: f32,
    /// When the last frame is shown, in seconds.
    last: f32,
}

impl Actor {
    /// One that plays until `last`, in seconds.
    pub(crate) fn new(params: &Params, limits: Limits, last: f32) -> Self {
        Self {
            motion: Motion::new(params.seed, params.head_motion, params.blink_rate, last),
            emotion: emotion::expression(params.emotion),
            limits,
            mouth_gain: params.mouth_gain,
            expressiveness: params.expressiveness,
            last,
        }
    }

    /// The pose at `time`, in seconds, in which this is said. The first and the last show the portrait as it is. Times must
    /// not decrease.
    pub(crate) fn pose(&mut self, time: f32, said: &SpeechPose) -> Pose {
        let after = |seconds: f32| rise(0.0, seconds, time) * rise(0.0, seconds, self.last - time);
        let (awake, gain) = (after(AWAKE), self.mouth_gain.min(1.0));
        let strength = self.expressiveness * after(MOVED);
        self.limits.hold(Pose {
            head: self.motion.head(time, said.lively),
            mouth: MouthPose {
                open: (self.mouth_gain * said.mouth.open * awake).min(WIDEST),
                spread: said.mouth.spread * gain * awake,
                rest: if gain > 0.0 { after(CLOSING) } else { 0.0 },
            },
            blink: self.motion.lids(time),
            expression: self.emotion.scaled(strength).lifted(ACCENT * strength * said.accent),
        })
    }
}
