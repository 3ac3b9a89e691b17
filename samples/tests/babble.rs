//! Babble against its own truth: loud where syllables are, silent in pauses, hissing in hisses.

use avatar_samples::speech::{self, Babble, BabbleSpec, Onset, babble};

const RATE: f64 = speech::SAMPLE_RATE as f64;

#[test]
fn syllables_and_pauses_fill_the_recording_in_order() {
    for seed in 0..20 {
        let babble = babble(&BabbleSpec { seconds: 9.3, seed });
        assert_eq!(babble.samples.len(), 148_800);
        let mut parts: Vec<(f64, f64)> = babble.pauses.iter().map(|pause| (pause.start, pause.end)).collect();
        parts.extend(babble.syllables.iter().map(|syllable| (syllable.start, syllable.end)));
        parts.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut end = 0.0;
        for (start, stop) in parts {
            assert!((start - end).abs() < 1e-6, "seed {seed}: a gap or overlap at {end}");
            assert!(stop > start, "seed {seed}: nothing at {start}");
            end = stop;
        }
        assert!((end - babble.seconds()).abs() < 1e-6);
        assert!(babble.pauses.len() >= 3, "seed {seed} never breathes");
    }
}

#[test]
fn pauses_are_silent_and_syllables_are_not() {
    for seed in 0..8 {
        let babble = babble(&BabbleSpec { seconds: 7.0, seed });
        for pause in &babble.pauses {
            let part = part(&babble, pause.start, pause.end);
            assert!(part.iter().all(|sample| *sample == 0.0), "seed {seed}: sound in {pause:?}");
        }
        for syllable in &babble.syllables {
            let level = level(part(&babble, syllable.vowel_start, syllable.end));
            assert!(level > 0.02, "seed {seed}: {syllable:?} has level {level}");
        }
        let peak = babble.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!((peak - 0.7).abs() < 1e-3);
    }
}

#[test]
fn hisses_are_high_and_nasals_are_low() {
    let babble = babble(&BabbleSpec { seconds: 60.0, seed: 3 });
    let mean_crossings = |onset: Onset| {
        let of_kind: Vec<f64> = babble
            .syllables
            .iter()
            .filter(|syllable| syllable.onset == onset)
            .map(|syllable| {
                // The first third still rings from the vowel before.
                let length = syllable.vowel_start - syllable.start;
                crossings(part(&babble, syllable.start + length / 3.0, syllable.vowel_start))
            })
            .collect();
        assert!(!of_kind.is_empty(), "a minute has every consonant");
        of_kind.iter().sum::<f64>() / of_kind.len() as f64
    };
    assert!(mean_crossings(Onset::S) > 3_000.0);
    assert!(mean_crossings(Onset::Sh) > 2_000.0);
    assert!(mean_crossings(Onset::M) < 1_500.0);
}

#[test]
fn the_same_spec_gives_the_same_sound_and_another_seed_another() {
    let spec = BabbleSpec { seconds: 2.0, seed: 4 };
    assert_eq!(babble(&spec), babble(&spec));
    assert_ne!(babble(&spec).samples, babble(&BabbleSpec { seed: 5, ..spec }).samples);
}

#[test]
fn any_length_works() {
    for seconds in [0.0, 0.1, 0.3, 0.59, 0.61, 1.0, 2.55] {
        let babble = babble(&BabbleSpec { seconds, seed: 1 });
        assert_eq!(babble.samples.len(), (seconds * RATE).round() as usize);
        assert!(babble.samples.iter().all(|sample| sample.is_finite()));
        assert_eq!(babble.syllables.is_empty(), seconds < 0.6, "{seconds} s");
    }
}

#[test]
fn a_written_file_holds_the_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    let babble = babble(&BabbleSpec { seconds: 1.0, seed: 2 });
    speech::write_wav(&path, &babble.samples, babble.sample_rate).unwrap();

    let mut reader = hound::WavReader::open(&path).unwrap();
    assert_eq!(reader.spec().sample_rate, 16_000);
    assert_eq!(reader.spec().channels, 1);
    let read: Vec<i16> = reader.samples::<i16>().map(Result::unwrap).collect();
    assert_eq!(read.len(), 16_000);
    for (sample, original) in read.iter().zip(&babble.samples) {
        assert!((f32::from(*sample) / 32_767.0 - original).abs() < 1e-4);
    }
}

fn part(babble: &Babble, start: f64, end: f64) -> &[f32] {
    &babble.samples[(start * RATE).round() as usize..(end * RATE).round() as usize]
}

/// Root mean square.
fn level(samples: &[f32]) -> f32 {
    let power: f32 = samples.iter().map(|sample| sample * sample).sum();
    (power / samples.len() as f32).sqrt()
}

/// Changes of sign per second: about twice the frequency that dominates.
fn crossings(samples: &[f32]) -> f64 {
    let changes = samples.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count();
    changes as f64 / samples.len() as f64 * RATE
}
