//! The curves of ITU-R BT.2100 for high dynamic range, and how ITU-R BT.2390 brings it to screens of standard range.

/// White of standard dynamic range in candelas per square metre (ITU-R BT.2408).
pub(crate) const WHITE: f64 = 203.0;
/// The brightest that is told apart from what is brighter: what HLG is made for, and most of PQ.
pub(crate) const PEAK: f64 = 1000.0;

/// What a screen of [`PEAK`] raises the luminance of a scene to that comes as HLG.
pub(crate) const SYSTEM_GAMMA: f64 = 1.2;

/// The light of the scene that a part of an HLG signal stands for, from 0 to 1 (BT.2100, table 5).
pub(crate) fn hlg_scene(signal: f64) -> f64 {
    const A: f64 = 0.17883277;
    const B: f64 = 1.0 - 4.0 * A;
    const C: f64 = 0.55991073;
    match signal <= 0.5 {
        true => signal * signal / 3.0,
        false => (((signal - C) / A).exp() + B) / 12.0,
    }
}

const M1: f64 = 2610.0 / 16384.0;
const M2: f64 = 2523.0 / 4096.0 * 128.0;
const C1: f64 = 3424.0 / 4096.0;
const C2: f64 = 2413.0 / 4096.0 * 32.0;
const C3: f64 = 2392.0 / 4096.0 * 32.0;

/// What a part of a PQ signal shows, in candelas per square metre (BT.2100, table 4).
pub(crate) fn pq(signal: f64) -> f64 {
    let power = signal.powf(1.0 / M2);
    10_000.0 * ((power - C1).max(0.0) / (C2 - C3 * power)).powf(1.0 / M1)
}

/// The PQ signal for so many candelas per square metre.
pub(crate) fn to_pq(light: f64) -> f64 {
    let power = (light / 10_000.0).powf(M1);
    ((C1 + C2 * power) / (1.0 + C3 * power)).powf(M2)
}

/// Light of up to [`PEAK`] as light of up to [`WHITE`]: the same in the dark, and rolled off above (BT.2390, 5.4.1).
pub(crate) fn rolled_off(light: f64) -> f64 {
    let peak = to_pq(PEAK);
    let (white, signal) = (to_pq(WHITE) / peak, (to_pq(light) / peak).min(1.0));
    let knee = 1.5 * white - 0.5;
    if signal < knee {
        return light;
    }
    let t = (signal - knee) / (1.0 - knee);
    let (t2, t3) = (t * t, t * t * t);
    let rolled =
        (2.0 * t3 - 3.0 * t2 + 1.0) * knee + (t3 - 2.0 * t2 + t) * (1.0 - knee) + (3.0 * t2 - 2.0 * t3) * white;
    pq(rolled * peak)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_show_the_light_that_the_standards_tell() {
        let close = |got: f64, wanted: f64| (got - wanted).abs() <= 0.5 + wanted * 0.01;
        // ITU-R BT.2408, table 1: reference white, grey card and peak.
        for (signal, light) in [(0.75, 203.0), (0.38, 26.0), (1.0, 1000.0), (0.0, 0.0)] {
            let shown = PEAK * hlg_scene(signal).powf(SYSTEM_GAMMA);
            assert!(close(shown, light), "{signal}: {shown}");
        }
        for (signal, light) in [(0.58, 203.0), (0.38, 26.0), (0.7518, 1000.0), (1.0, 10_000.0), (0.0, 0.0)] {
            assert!(close(pq(signal), light), "{signal}: {}", pq(signal));
            assert!((to_pq(pq(signal)) - signal).abs() < 1e-6);
        }
    }

    #[test]
    fn what_is_dark_stays_and_the_peak_becomes_white() {
        for light in [0.01, 1.0, 26.0, 80.0] {
            assert_eq!(rolled_off(light), light);
        }
        for light in [1000.0, 4000.0, 10_000.0] {
            assert!((rolled_off(light) - WHITE).abs() < 0.1, "{}", rolled_off(light));
        }
    }
}
