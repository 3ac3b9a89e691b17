//! The emotions as what brows, lids and mouth do in them.
//!
//! Which muscles belong to which emotion follows the Facial Action Coding System (Ekman and Friesen, 1978); how far
//! each moves is set by eye.

use engine_api::Emotion;

use crate::pose::{BrowPose, Expression, LidPose};

/// The face at expressiveness 1.
pub(crate) fn expression(emotion: Emotion) -> Expression {
    let rest = Expression::default();
    match emotion {
        Emotion::Neutral => rest,
        Emotion::Happy => Expression {
            corners: [[0.045, 0.075]; 2],
            cheeks: 0.035,
            brows: both(0.02, 0.03, 0.0),
            lids: lids(0.06, 0.3),
            ..rest
        },
        Emotion::Sad => Expression {
            corners: [[-0.01, -0.065]; 2],
            brows: both(0.065, -0.03, 0.025),
            lids: lids(0.24, 0.0),
            ..rest
        },
        Emotion::Angry => Expression {
            corners: [[-0.03, -0.025]; 2],
            brows: both(-0.09, 0.015, 0.045),
            lids: lids(0.14, 0.25),
            ..rest
        },
        Emotion::Surprised => {
            Expression { corners: [[-0.035, 0.0]; 2], brows: both(0.085, 0.085, 0.0), wide: 0.02, ..rest }
        }
        Emotion::Disgusted => Expression {
            corners: [[0.0, -0.035]; 2],
            sneer: 0.055,
            brows: both(-0.05, -0.03, 0.02),
            lids: lids(0.16, 0.45),
            ..rest
        },
        Emotion::Fear => {
            Expression { corners: [[0.06, -0.03]; 2], brows: both(0.075, 0.02, 0.04), wide: 0.022, ..rest }
        }
        Emotion::Contempt => Expression {
            corners: [[0.0, -0.01], [0.055, 0.075]],
            brows: [BrowPose::default(), BrowPose { inner: 0.01, outer: 0.055, together: 0.0 }],
            lids: [LidPose { upper: 0.2, lower: 0.1 }, LidPose { upper: 0.12, lower: 0.3 }],
            ..rest
        },
    }
}

fn both(inner: f32, outer: f32, together: f32) -> [BrowPose; 2] {
    [BrowPose { inner, outer, together }; 2]
}

fn lids(upper: f32, lower: f32) -> [LidPose; 2] {
    [LidPose { upper, lower }; 2]
}
