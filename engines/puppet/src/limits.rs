//! How far a face may be moved: what a portrait does not surely show is moved less, or not at all, and the client is told.

use engine_api::Host;

use crate::curve::rise;
use crate::geometry::Geometry;
use crate::params::Params;
use crate::pose::Pose;

/// Up to so many degrees to the side a face moves in full, and from the second on as little as it ever does.
const TURNED: (f32, f32) = (35.0, 65.0);
/// How far the mouth of a face that is seen from the side opens, and how far its head turns.
const LEAST_MOUTH: f32 = 0.5;
const LEAST_TURN: f32 = 0.3;
/// Eyes that are known less surely do not blink.
const SURE: f32 = 0.5;
/// How far brows move whose eyes are not known, and the mouth where lips are not.
const UNSURE_BROWS: f32 = 0.5;
const UNSURE_MOUTH: f32 = 0.5;

/// Shares of each movement, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    mouth: f32,
    lids: f32,
    brows: f32,
    turn: f32,
}

impl Limits {
    pub(crate) fn of(geometry: &Geometry) -> Self {
        let facing = 1.0 - rise(TURNED.0, TURNED.1, geometry.head.yaw.unwrap_or(0.0));
        let at_least = |least: f32, share: f32| least + (1.0 - least) * share;
        let sees_eyes = geometry.eyes.iter().all(|lids| lids.sure >= SURE);
        Self {
            mouth: at_least(LEAST_MOUTH, facing) * at_least(UNSURE_MOUTH, geometry.mouth.sure),
            lids: if sees_eyes { 1.0 } else { 0.0 },
            brows: if sees_eyes { 1.0 } else { UNSURE_BROWS },
            turn: at_least(LEAST_TURN, facing),
        }
    }

    /// Tells the client what is known badly of what it wants moved.
    pub(crate) fn tell(self, geometry: &Geometry, params: &Params, host: &mut dyn Host) {
        if let Some(yaw) = geometry.head.yaw.filter(|yaw| *yaw > TURNED.0) {
            let told = format!(
                "the head is turned to the side by about {yaw:.0} degrees, so that the mouth opens less; send a portrait \
                 that looks at the camera"
            );
            host.warn("turned", &told);
        }
        if self.lids == 0.0 && params.blink_rate > 0.0 {
            host.warn(
                "eyes_unsure",
                "the eyes are closed, hidden or not to be made out, so that they do not blink; send a portrait with open \
                 eyes and no dark glasses",
            );
        }
        if geometry.mouth.is_open() && params.mouth_gain > 0.0 {
            host.warn(
                "mouth_open",
                "the mouth is open in the portrait and is closed for pauses, which bends the chin; send a portrait with \
                 closed lips, or with a smile",
            );
        }
    }

    /// The pose as far as the face allows it.
    pub(crate) fn hold(self, mut pose: Pose) -> Pose {
        pose.mouth.open *= self.mouth;
        pose.blink *= self.lids;
        (pose.head.turn, pose.head.nod) = (pose.head.turn * self.turn, pose.head.nod * self.turn);
        let expression = &mut pose.expression;
        expression.wide *= self.lids;
        for lids in &mut expression.lids {
            (lids.upper, lids.lower) = (lids.upper * self.lids, lids.lower * self.lids);
        }
        for brow in &mut expression.brows {
            brow.inner *= self.brows;
            brow.outer *= self.brows;
            brow.together *= self.brows;
        }
        pose
    }
}

#[cfg(test)]
mod tests {
    use engine_api::testing::RecordingHost;

    use super::*;
    use crate::geometry::usual;
    use crate::pose::{BrowPose, Expression, HeadPose, LidPose, MouthPose};

    fn lively() -> Pose {
        Pose {
            head: HeadPose { turn: 0.1, nod: 0.1, ..HeadPose::default() },
            mouth: MouthPose { open: 1.0, ..MouthPose::default() },
            blink: 1.0,
            expression: Expression {
                brows: [BrowPose { inner: 0.1, outer: 0.1, together: 0.0 }; 2],
                lids: [LidPose { upper: 0.3, lower: 0.3 }; 2],
                ..Expression::default()
            },
        }
    }

    fn told(geometry: &Geometry) -> Vec<String> {
        let mut host = RecordingHost::new();
        Limits::of(geometry).tell(geometry, &Params::default(), &mut host);
        host.warned().into_iter().map(str::to_owned).collect()
    }

    /// A face that is surely known.
    fn known() -> Geometry {
        let mut geometry = usual();
        geometry.mouth.sure = 1.0;
        geometry.eyes.iter_mut().for_each(|lids| lids.sure = 1.0);
        geometry
    }

    #[test]
    fn a_face_that_is_surely_known_moves_in_full() {
        assert_eq!(Limits::of(&known()).hold(lively()), lively());
        assert_eq!(told(&known()), [""; 0]);
    }

    #[test]
    fn eyes_that_are_not_made_out_do_not_blink() {
        let mut geometry = known();
        geometry.eyes[1].sure = 0.3;
        let held = Limits::of(&geometry).hold(lively());
        assert_eq!((held.blink, held.expression.lids), (0.0, [LidPose::default(); 2]));
        assert!(held.expression.brows[0].inner < 0.1 && held.mouth.open == 1.0);
        assert_eq!(told(&geometry), ["eyes_unsure"]);
    }

    #[test]
    fn a_turned_face_moves_less_the_farther_it_is_turned() {
        let open = |yaw: f32| {
            let mut geometry = known();
            geometry.head.yaw = Some(yaw);
            (Limits::of(&geometry).hold(lively()).mouth.open, told(&geometry).concat())
        };
        let (all, some, least) = (open(30.0), open(50.0), open(80.0));
        assert_eq!((all.0, all.1.as_str()), (1.0, ""));
        assert!(some.0 < 1.0 && least.0 < some.0 && least.0 > 0.4, "{some:?} {least:?}");
        assert_eq!((some.1.as_str(), least.1.as_str()), ("turned", "turned"));
    }
}
