//! Stage `whisper.dicetalk`: speech heard with the published encoder, under Hugging Face's names, as far as the projection.

use std::path::Path;

use engine_dice_talk::speech::encoder::piece_samples;
use engine_dice_talk::speech::frames::Frames;
use engine_dice_talk::speech::length;
use engine_golden::json::{list, shape, size, text};
use engine_golden_torch::check;
use engine_golden_torch::real::{set, weights};
use engine_torch::{Place, guarded};
use engine_whisper::mel::log_mel;
use engine_whisper::{Config, Encoder, LastState};
use tch::{Device, Tensor};

#[test]
fn frames_hear_what_those_of_the_original_hear() {
    let Some(set) = set() else { return };
    for stage in set.stages("whisper.dicetalk") {
        let Some(files) = weights(set, stage) else { return };
        let encoder = Encoder::load(&files[0], &Config::TINY, Place::CPU, &mut |_| ()).unwrap();
        let (mut samples, piece) =
            (wav(&set.path(text(&stage["inputs"]["wav"]["file"]))), piece_samples(&Config::TINY));
        let units = length::units(samples.len() as u64);
        assert_eq!(units, size(&stage["args"]["audio_len"]) as u64);
        samples.resize(samples.len().next_multiple_of(piece), 0.0);
        let mels: Vec<Tensor> = samples.chunks(piece).map(|piece| log_mel(&Tensor::from_slice(piece), 80)).collect();
        assert_eq!(mels.len(), size(&stage["args"]["pieces"]));

        let check = |name: &str, got: &Tensor| check(set, stage, name, got);
        let mel = Tensor::cat(&mels, 1);
        check("log_mel", &mel);
        let end = &stage["outputs"]["log_mel_end"];
        let (from, columns) = (size(&end["first_frame"]) as i64, shape(&end["shape"])[1] as i64);
        check("log_mel_end", &mel.narrow(1, from, columns));

        let states = |mel: &Tensor| encoder.states(&mel.unsqueeze(0), LastState::Normalised).squeeze_dim(0);
        let pieces: Vec<Tensor> = guarded(|| mels.iter().map(states).collect()).unwrap();
        let rows = Tensor::cat(&pieces, 0).narrow(0, 0, length::rows(units).cast_signed());
        check("rows", &rows);
        check("norms", &rows.square().sum_dim_intlist(-1, false, None).sqrt());

        let [_, layers, channels] = rows.size3().unwrap().into();
        let count = length::frames(units).cast_signed();
        assert_eq!(count, size(&stage["args"]["frames"]) as i64);
        let mut frames = Frames::new(count, layers * channels, Device::Cpu);
        let heard = Tensor::cat(&[frames.add(&rows), frames.finish()], 0).unflatten(1, [-1, layers, channels]);
        let some: Vec<i64> =
            list(&stage["outputs"]["windows"]["frames"]).iter().map(|frame| size(frame) as i64).collect();
        check("windows", &heard.index_select(0, &Tensor::from_slice(&some)));
    }
}

/// The samples of a file of 16 bits, full scale 1.
fn wav(path: &Path) -> Vec<f32> {
    let file = hound::WavReader::open(path).expect("the file is there");
    file.into_samples().map(|sample: Result<i16, _>| f32::from(sample.expect("16 bits")) / 32768.0).collect()
}
