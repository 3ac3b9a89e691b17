//! Smooths the motion records of a source video over time.

use crate::motion::{Motion, SourceMotion};

/// Every number of every record averaged with its neighbours: a centred mean over `width` frames, fewer at the ends.
/// Widths up to 1 change nothing.
#[must_use]
pub fn smoothed(records: &[SourceMotion], width: usize) -> Vec<SourceMotion> {
    if width <= 1 || records.len() <= 1 {
        return records.to_vec();
    }
    let reach = width / 2;
    let mean = |place: usize| {
        let window = &records[place.saturating_sub(reach)..records.len().min(place + reach + 1)];
        let motion = Motion {
            scale: averaged(window, |record| [record.motion.scale])[0],
            pitch: averaged(window, |record| record.motion.pitch),
            yaw: averaged(window, |record| record.motion.yaw),
            roll: averaged(window, |record| record.motion.roll),
            t: averaged(window, |record| record.motion.t),
            exp: averaged(window, |record| record.motion.exp),
        };
        SourceMotion { motion, kp: averaged(window, |record| record.kp) }
    };
    (0..records.len()).map(mean).collect()
}

fn averaged<const N: usize>(window: &[SourceMotion], part: impl Fn(&SourceMotion) -> [f32; N]) -> [f32; N] {
    let mut sum = [0.0; N];
    for record in window {
        sum.iter_mut().zip(part(record)).for_each(|(sum, value)| *sum += value);
    }
    sum.map(|sum| sum / window.len() as f32)
}
