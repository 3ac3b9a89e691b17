//! The reference character: whose face the motion network is told of instead of the source's.

use serde::Deserialize;

use crate::motion::condition::Face;
use crate::motion::{BINS, COORDINATES, Motion, SourceMotion};
use crate::numbers;

/// A reference character: what the motion network is told instead of the user's face.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Record")]
pub struct Character {
    /// Motion of each frame; at least one.
    pub x_s_info: Vec<SourceMotion>,
    /// Eyes by frame and keypoints at rest.
    pub face: Face,
}

/// As a configuration writes it; numbers have any shape.
#[derive(Deserialize)]
struct Record {
    x_s_info_lst: Vec<Info>,
    #[serde(deserialize_with = "numbers::rows")]
    eye_open_lst: Vec<[f32; 2]>,
    #[serde(deserialize_with = "numbers::rows")]
    eye_ball_lst: Vec<[f32; 6]>,
    #[serde(deserialize_with = "numbers::fixed")]
    sc: [f32; COORDINATES],
}

#[derive(Deserialize)]
struct Info {
    #[serde(deserialize_with = "numbers::fixed")]
    scale: [f32; 1],
    #[serde(deserialize_with = "numbers::fixed")]
    pitch: [f32; BINS],
    #[serde(deserialize_with = "numbers::fixed")]
    yaw: [f32; BINS],
    #[serde(deserialize_with = "numbers::fixed")]
    roll: [f32; BINS],
    #[serde(deserialize_with = "numbers::fixed")]
    t: [f32; 3],
    #[serde(deserialize_with = "numbers::fixed")]
    exp: [f32; COORDINATES],
    #[serde(deserialize_with = "numbers::fixed")]
    kp: [f32; COORDINATES],
}

impl TryFrom<Record> for Character {
    type Error = &'static str;

    fn try_from(record: Record) -> Result<Self, &'static str> {
        let Record { x_s_info_lst, eye_open_lst, eye_ball_lst, sc } = record;
        if x_s_info_lst.is_empty() {
            return Err("x_s_info_lst has nothing in it");
        }
        let face = Face { eye_open: eye_open_lst, eye_ball: eye_ball_lst, sc };
        Ok(Self { x_s_info: x_s_info_lst.into_iter().map(SourceMotion::from).collect(), face })
    }
}

impl From<Info> for SourceMotion {
    fn from(info: Info) -> Self {
        let Info { scale: [scale], pitch, yaw, roll, t, exp, kp } = info;
        Self { motion: Motion { scale, pitch, yaw, roll, t, exp }, kp }
    }
}
