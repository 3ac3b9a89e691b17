//! Takes away what a signal has beside its sound: a constant offset, and what changes more slowly than any voice.

use std::f32::consts::TAU;

/// Below this, in hertz, nothing is left. The lowest voices begin at 70.
const CORNER: f32 = 20.0;

/// A filter of first order for one channel.
#[derive(Debug, Default)]
pub(super) struct OffsetFilter {
    /// What came in last, and what went out.
    last: Option<(f32, f32)>,
}

impl OffsetFilter {
    /// Filters the next samples. At its start the signal is taken to have had the offset of the first of them all along.
    pub(super) fn filter(&mut self, samples: &mut [f32], rate: u32) {
        let keep = (-TAU * CORNER / rate as f32).exp();
        let mean = samples.iter().sum::<f32>() / samples.len().max(1) as f32;
        let (mut before, mut out) = self.last.unwrap_or((mean, 0.0));
        for sample in samples {
            out = *sample - before + keep * out;
            before = std::mem::replace(sample, out);
        }
        self.last = Some((before, out));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_goes_and_a_voice_stays() {
        let voice = |n: usize| 0.3 * (n as f32 * 100.0 * TAU / 16_000.0).sin();
        let mut samples: Vec<f32> = (0..32_000).map(|n| voice(n) + if n < 16_000 { 0.4 } else { -0.2 }).collect();
        let mut filter = OffsetFilter::default();
        samples.chunks_mut(1000).for_each(|block| filter.filter(block, 16_000));
        for second in [&samples[800..16_000], &samples[17_600..]] {
            let mean = second.iter().sum::<f32>() / second.len() as f32;
            let peak = second.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
            assert!(mean.abs() < 0.005 && (0.28..0.32).contains(&peak), "{mean} {peak}");
        }
    }
}
