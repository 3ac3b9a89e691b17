//! What a piece of speech takes is given back before the next: the memory of the process does not grow with its length. A
//! process of its own, as for the windows.

#![cfg(target_os = "linux")]

use avatar_media::speech::{SPEECH_RATE, SpeechReader};
use avatar_samples::speech::write_canonical;
use engine_dice_talk::projection::{Projection, ProjectionSizes};
use engine_dice_talk::speech::encoder::{SpeechEncoder, heard_numbers};
use engine_dice_talk::speech::length::spoken;
use engine_dice_talk::windows::Windows;
use engine_golden::weights::weights;
use engine_golden_torch::memory::{resident, stays_flat};
use engine_torch::testing;
use engine_whisper::{Config, Encoder};
use tch::{Device, no_grad};

/// Seconds of speech, heard two at a time.
const SECONDS: u32 = 120;
/// Bytes that each piece may add. Its states have 62 KiB, and what its frames hear of them 156 KiB.
const GROWTH: u64 = 32 << 10;

#[test]
fn memory_does_not_grow_with_the_speech() {
    let config = Config { n_audio_ctx: 100, n_audio_state: 32, n_audio_head: 4, ..Config::TINY };
    let sizes = ProjectionSizes { inputs: heard_numbers(&config), inner: 16, tokens: 2, channels: 16 };
    let encoder = testing::made(
        |key, shape| weights("", "flat_speech", key, shape),
        |vs| {
            let whisper = Encoder::new(&(vs / "whisper"), &config);
            SpeechEncoder::new(whisper, config, Projection::new(&(vs / "projection"), &sizes), Device::Cpu)
        },
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    let samples = SECONDS * SPEECH_RATE;
    write_canonical(&path, &(0..samples).map(|at| (at as f32 / 9.0).sin() * 0.3).collect::<Vec<_>>()).unwrap();
    let mut speech = SpeechReader::open(&path).unwrap();
    let windows = Windows::over(spoken(samples.into()).unwrap().cast_signed());
    let mut memory = Vec::new();
    let heard = no_grad(|| {
        encoder.hear(&mut speech, &windows, &mut |_, _| {
            memory.push(resident());
            Ok(())
        })
    });
    assert_eq!(heard.unwrap().silence().size(), [1, 2, 16]);
    stays_flat(&memory, GROWTH);
}
