//! Smoothing of a clip's motion records over time.

use crate::register::SourceMotion;

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
        SourceMotion {
            pitch: averaged(window, |record| record.pitch),
            yaw: averaged(window, |record| record.yaw),
            roll: averaged(window, |record| record.roll),
            t: averaged(window, |record| record.t),
            exp: averaged(window, |record| record.exp),
            scale: averaged(window, |record| [record.scale])[0],
            kp: averaged(window, |record| record.kp),
        }
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
