//! A small encoder over short speech.

use std::path::Path;

use avatar_samples::speech::write_canonical;
use engine_api::ErrorKind;
use engine_diffusion::window::Window;
use engine_torch::testing::made;

use super::*;
use crate::projection::ProjectionSizes;

/// An encoder that hears 80 ms at a time, so that a frame of it hears three pieces.
fn encoder() -> SpeechEncoder {
    let config =
        Config { n_mels: 8, n_audio_ctx: 4, n_audio_state: 8, n_audio_head: 2, n_audio_layer: 1, n_audio_mlp: None };
    let values = |key: &str, shape: &[usize]| {
        let start = key.len() as f32;
        (0..shape.iter().product::<usize>()).map(|at| (start + at as f32).sin() / 2.0).collect()
    };
    let sizes = ProjectionSizes { inputs: heard_numbers(&config), inner: 6, tokens: 2, channels: 5 };
    made(values, |vs| {
        let whisper = Encoder::new(&(vs / "encoder"), &config);
        SpeechEncoder::new(whisper, config, Projection::new(&(vs / "linear"), &sizes), Device::Cpu)
    })
}

/// Canonical speech of so many samples.
fn speech(folder: &Path, samples: usize) -> SpeechReader {
    let path = folder.join("speech.wav");
    let sample = |at: usize| (at as f32 / 9.0).sin() * (at as f32 / 900.0).cos() * 0.3;
    write_canonical(&path, &(0..samples).map(sample).collect::<Vec<_>>()).unwrap();
    SpeechReader::open(&path).unwrap()
}

/// What so many frames hear of so many samples, silent ones behind them too; and what was told meanwhile.
fn hear(samples: usize, frames: i64) -> (Tensor, Vec<(u64, u64)>) {
    let (encoder, folder) = (encoder(), tempfile::tempdir().unwrap());
    let windows = Windows { length: 3, ..Windows::over(frames) };
    let mut told = Vec::new();
    let heard = encoder.hear(&mut speech(folder.path(), samples), &windows, &mut |done, of| {
        told.push((done, of));
        Ok(())
    });
    (heard.unwrap().tokens(&Window::new(0, frames + 3, frames + 3)), told)
}

/// Whether both are the same but for rounding.
fn near(one: &Tensor, other: &Tensor) -> bool {
    one.allclose(other, 1e-4, 1e-4, false)
}

#[test]
fn a_shorter_video_hears_the_same_and_less_is_encoded_for_it() {
    let (whole, told) = hear(8000, 6);
    assert_eq!((whole.size(), told.len(), told.last()), (vec![9, 2, 5], 7, Some(&(6, 6))), "24 rows, 4 at a time");
    let (short, told) = hear(8000, 2);
    assert_eq!(told, [(0, 3), (1, 3), (2, 3), (3, 3)], "the second frame hears as far as the tenth row");
    assert!(near(&short.narrow(0, 0, 2), &whole.narrow(0, 0, 2)));
    assert!(!near(&whole.get(1), &whole.get(2)));
}

#[test]
fn frames_after_the_speech_hear_silence() {
    let (whole, _) = hear(8000, 6);
    assert!(near(&whole.get(6), &whole.get(8)) && !near(&whole.get(5), &whole.get(6)));
    let (longer, _) = hear(8000, 9);
    assert!(near(&longer.narrow(0, 0, 6), &whole.narrow(0, 0, 6)));
    assert!(near(&longer.get(8), &whole.get(8)));
}

#[test]
fn ten_minutes_are_heard_piece_by_piece() {
    let (whole, told) = hear(600 * 16_000, 7500);
    assert_eq!((whole.size(), told.last()), (vec![7503, 2, 5], Some(&(7500, 7500))));
}

#[test]
fn the_work_can_be_ended() {
    let (encoder, folder) = (encoder(), tempfile::tempdir().unwrap());
    let mut calls = 0;
    let ended = encoder.hear(&mut speech(folder.path(), 8000), &Windows::over(6), &mut |_, _| {
        calls += 1;
        if calls < 3 { Ok(()) } else { Err(EngineError::canceled()) }
    });
    assert_eq!((ended.unwrap_err().kind, calls), (ErrorKind::Canceled, 3));
}
