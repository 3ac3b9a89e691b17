//! A small encoder over short speech, and checkpoints that are refused.

use std::fs::File;
use std::io::Write as _;

use engine_torch::testing::made;

use super::*;

/// An encoder that hears 80 ms at a time.
fn encoder() -> SpeechEncoder {
    let config =
        Config { n_mels: 8, n_audio_ctx: 4, n_audio_state: 8, n_audio_head: 2, n_audio_layer: 1, n_audio_mlp: None };
    let values = |key: &str, shape: &[usize]| {
        let start = key.len() as f32;
        (0..shape.iter().product::<usize>()).map(|at| (start + at as f32).sin() / 2.0).collect()
    };
    made(values, |vs| SpeechEncoder::new(vs, &config))
}

/// Half a second.
fn speech() -> Vec<f32> {
    (0..8000).map(|at| (at as f32 / 9.0).sin() * (at as f32 / 900.0).cos() * 0.3).collect()
}

#[test]
fn a_shorter_video_hears_the_same_and_less_is_encoded_for_it() {
    let (encoder, speech) = (encoder(), speech());
    let hear = |length| {
        let mut told = Vec::new();
        let heard = encoder.hear(&speech, 25, length, &mut |done, of| {
            told.push((done, of));
            Ok(())
        });
        (heard.unwrap(), told)
    };
    let (whole, told) = hear(usize::MAX);
    assert_eq!((whole.frames(), told.len(), told.last()), (14, 8, Some(&(7, 7))));
    let (short, told) = hear(2);
    assert_eq!(told, [(0, 2), (1, 2), (2, 2)], "the second frame hears as far as the eighth row");
    let tokens = short.tokens(short.rows());
    assert_eq!(tokens.size(), [2, 20, 8]);
    assert!(tokens.equal(&whole.tokens(&whole.rows().narrow(0, 0, 2))));
}

#[test]
fn ten_minutes_are_heard_piece_by_piece() {
    let speech: Vec<f32> = (0..600 * 16_000).map(|at| (at as f32 / 9.0).sin() * 0.3).collect();
    let mut pieces = 0;
    let heard = encoder().hear(&speech, 24, usize::MAX, &mut |_, of| {
        pieces = of;
        Ok(())
    });
    let heard = heard.unwrap();
    // Pieces of four rows here; there are 50 rows in a second, and two frames more than the speech lasts.
    assert_eq!((pieces, heard.frames()), (7500, 14_402));
    assert_eq!(heard.tokens(&heard.rows().narrow(0, 14_390, 12)).size(), [12, 20, 8]);
}

#[test]
fn the_work_can_be_ended_and_what_is_too_short_is_refused() {
    let encoder = encoder();
    let mut calls = 0;
    let ended = encoder.hear(&speech(), 25, usize::MAX, &mut |_, _| {
        calls += 1;
        if calls < 3 { Ok(()) } else { Err(EngineError::canceled()) }
    });
    assert_eq!((ended.unwrap_err(), calls), (EngineError::canceled(), 3));
    let short = encoder.hear(&speech()[..319], 25, 1, &mut |_, _| Ok(())).unwrap_err();
    assert_eq!(short.kind, engine_api::ErrorKind::Input);
    assert!(short.message.ends_with("send longer speech"), "{short}");
}

#[test]
fn the_model_for_english_alone_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whisper.safetensors");
    let load = |tokens: u64| {
        let name = "decoder.token_embedding.weight";
        let bytes = tokens * 384 * 2;
        let header = format!(r#"{{"{name}":{{"dtype":"F16","shape":[{tokens},384],"data_offsets":[0,{bytes}]}}}}"#);
        let mut file = File::create(&path).unwrap();
        file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
        file.write_all(header.as_bytes()).unwrap();
        file.set_len(8 + header.len() as u64 + bytes).unwrap();
        SpeechEncoder::load(&path, Place::CPU, &mut |_| ()).unwrap_err().reason
    };
    assert!(load(51_864).contains("tiny.en"));
    assert!(load(51_865).contains("67 missing"), "{}", load(51_865));
}
