//! Stages `audio.logmel`, `whisper.encoder`, `audio.tokens`, `audio.chain` and `audio.long`.

use std::collections::BTreeMap;

use avatar_media::speech::SpeechReader;
use avatar_samples::speech::write_canonical;
use engine_dice_talk::projection::{Projection, ProjectionSizes};
use engine_dice_talk::speech::encoder::{SpeechEncoder, heard_numbers, piece_samples};
use engine_dice_talk::speech::frames::Frames;
use engine_dice_talk::speech::length;
use engine_dice_talk::windows::Windows;
use engine_diffusion::window::Window;
use engine_golden::json::{list, size};
use engine_golden::weights::weights;
use engine_golden_torch::{Keys, same_keys};
use engine_torch::testing;
use engine_whisper::mel::log_mel;
use engine_whisper::{Config, Encoder, LastState, encoder_key};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::reference::{SET, check, config, input, listed, network};

/// The sizes of the set's encoder.
fn sizes() -> Config {
    serde_json::from_value(config("whisper").clone()).expect("the sizes of an encoder")
}

/// The set's encoder. The set names tensors as Hugging Face does, and their names give its weights.
fn whisper() -> Encoder {
    let tensors = SET.part("networks")["whisper"]["tensors"].as_object().expect("shapes by key");
    let names: BTreeMap<String, &String> = tensors.keys().map(|name| (our_key(name), name)).collect();
    let values = |key: &str, shape: &[usize]| weights(SET.prefix(), "whisper", names[key], shape);
    testing::made(values, |vs| Encoder::new(&(vs / "encoder"), &sizes()))
}

fn our_key(name: &str) -> String {
    encoder_key(name).unwrap_or_else(|| panic!("{name} is no tensor of an encoder"))
}

/// The sizes of a projection that the set tells of.
pub(crate) fn projection_sizes(config: &Value) -> ProjectionSizes {
    let extent = |name: &str| size(&config[name]) as i64;
    ProjectionSizes {
        inputs: ["seq_len", "blocks", "channels"].map(extent).iter().product(),
        inner: extent("intermediate_dim"),
        tokens: extent("context_tokens"),
        channels: extent("output_dim"),
    }
}

fn projection() -> Projection {
    network("audio_linear", |vs| Projection::new(vs, &projection_sizes(config("audio_linear"))))
}

/// The samples of a stage, full scale 1.
pub(crate) fn samples(stage: &Value) -> Vec<f32> {
    Vec::try_from(input(stage, "pcm16").to_kind(Kind::Float) / 32768.0).expect("a row of numbers")
}

/// The log-mel spectrograms of each half minute, silence behind the last.
fn spectrograms(mut samples: Vec<f32>) -> Vec<Tensor> {
    let piece = piece_samples(&sizes());
    samples.resize(samples.len().next_multiple_of(piece), 0.0);
    let mels = sizes().n_mels as usize;
    samples.chunks(piece).map(|piece| log_mel(&Tensor::from_slice(piece), mels)).collect()
}

fn states(whisper: &Encoder, mel: &Tensor) -> Tensor {
    whisper.states(mel, LastState::Normalised)
}

#[test]
fn spectrograms_are_those_of_the_reference() {
    for stage in SET.stages("audio.logmel") {
        let mel = Tensor::cat(&spectrograms(samples(stage)), 1);
        check(stage, "mel", &mel);
        check(stage, "mel_end", &mel);
    }
}

#[test]
fn states_are_those_of_the_reference() {
    let whisper = whisper();
    for stage in SET.stages("whisper.encoder") {
        let states = states(&whisper, &input(stage, "mel"));
        ["hidden_start", "hidden_mid", "hidden_end"].iter().for_each(|name| check(stage, name, &states));
    }
}

#[test]
fn tokens_are_those_of_the_reference() {
    let projection = projection();
    for stage in SET.stages("audio.tokens") {
        let hidden = input(stage, "hidden").squeeze_dim(0);
        let [_, layers, channels] = hidden.size3().expect("rows, layers and channels").into();
        let units = size(&stage["args"]["audio_len"]) as u64;
        let mut frames = Frames::new(length::frames(units).cast_signed(), layers * channels, Device::Cpu);
        let first = frames.add(&hidden.narrow(0, 0, length::rows(units).cast_signed()));
        let heard = Tensor::cat(&[first, frames.finish()], 0);
        check(stage, "tokens", &projection.forward(&heard));
        check(stage, "uncond", &projection.forward(&heard.get(0).zeros_like().unsqueeze(0)).squeeze_dim(0));
    }
}

/// What the frames of a stage hear of its samples.
fn check_heard(stage: &Value, encoder: &SpeechEncoder) {
    let samples = samples(stage);
    assert_eq!(length::units(samples.len() as u64), size(&stage["args"]["audio_len"]) as u64);
    let frames = length::spoken(samples.len() as u64).expect("it is long enough").cast_signed();
    assert_eq!(frames, size(&stage["args"]["video_frames"]) as i64);
    let windows = Windows::over(frames);
    let heard = encoder.hear(&mut canonical(&samples), &windows, &mut |_, _| Ok(())).expect("it can be heard");
    let wanted: Vec<i64> = list(&stage["args"]["frames"]).iter().map(|frame| size(frame) as i64).collect();
    let tokens = heard.tokens(&Window::new(0, frames, windows.timeline()));
    check(stage, "tokens", &tokens.index_select(0, &Tensor::from_slice(&wanted)));
}

/// Samples as a file of canonical speech, which is gone when it is closed.
pub(crate) fn canonical(samples: &[f32]) -> SpeechReader {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("speech.wav");
    write_canonical(&path, samples).expect("it can be written");
    SpeechReader::open(&path).expect("the speech is canonical")
}

pub(crate) fn encoder() -> SpeechEncoder {
    SpeechEncoder::new(whisper(), sizes(), projection(), Device::Cpu)
}

#[test]
fn frames_hear_what_those_of_the_reference_hear() {
    let encoder = encoder();
    SET.stages("audio.chain").into_iter().for_each(|stage| check_heard(stage, &encoder));
}

#[test]
fn each_half_minute_is_heard_by_itself() {
    let (whisper, encoder) = (whisper(), encoder());
    for stage in SET.stages("audio.long") {
        let pieces = spectrograms(samples(stage));
        let states: Vec<Tensor> = pieces.iter().map(|mel| states(&whisper, &mel.unsqueeze(0))).collect();
        let (mel, states) = (Tensor::cat(&pieces, 1), Tensor::cat(&states, 1));
        for name in stage["outputs"].as_object().expect("outputs by name").keys() {
            match name.split('_').next() {
                Some("mel") => check(stage, name, &mel),
                Some("hidden") => check(stage, name, &states),
                _ => assert_eq!(name, "tokens"),
            }
        }
        check_heard(stage, &encoder);
    }
}

#[test]
fn networks_ask_for_the_tensors_of_the_published_ones() {
    let sizes = ProjectionSizes::published(heard_numbers(&Config::TINY));
    same_keys(&testing::keys(|vs| Projection::new(vs, &sizes)), &listed("dicetalk_audio_linear_pth"));
    let published: Keys =
        listed("whisper_tiny_encoder").into_iter().map(|(name, shape)| (our_key(&name), shape)).collect();
    same_keys(&testing::keys(|vs| Encoder::new(&(vs / "encoder"), &Config::TINY)), &published);
}
