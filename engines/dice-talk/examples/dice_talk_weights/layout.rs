//! The published folder: which network lies in which file, in which form.

use std::path::Path;
use std::{fs, io};

use engine_api::Emotion;
use engine_dice_talk::weights::{Files, prior};
use engine_golden::checkpoint::safetensors_file;
use engine_golden::checkpoint::torch::{Origin, Wrapping, write, write_legacy};
use engine_golden::checkpoint::weight::{Bits, Weight, closed_form};
use engine_golden::uniform;

use crate::sizes::Sizes;

/// Begins the names that the numbers are made of.
const SALT: &str = "closed-form/";
/// The face detector, which is a program.
pub(crate) const DETECTOR: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/set/files/fake_detector.pt"));
/// An emotion's file as numpy pickles it.
const EMOTION: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/set/files/emo_a.npy"));
/// What stands in front of its numbers: that there are 1024 bytes of them.
const BEFORE_NUMBERS: &[u8] = b"B\0\x04\0\0";
/// How many they are.
const PRIOR: usize = 256;
/// Numbers of variance 3/4, as in the published ones.
const PRIOR_SCALE: f32 = 1.5;
/// Tokens of Whisper's multilingual models.
const MULTILINGUAL_TOKENS: usize = 51_865;

/// The folder.
pub(crate) struct Layout {
    sizes: Sizes,
    /// Of what torch has written.
    bits: Bits,
}

impl Layout {
    pub(crate) fn new(is_tiny: bool) -> Self {
        match is_tiny {
            true => Self { sizes: Sizes::tiny(), bits: Bits::Single },
            false => Self { sizes: Sizes::Full, bits: Bits::Half },
        }
    }

    /// Writes all files.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let files = Files { folder };
        let svd = [files.unet_config(), files.vae(), files.clip()];
        for path in [files.unet(), files.rife(), files.whisper(), files.emotions().join("any")].iter().chain(&svd) {
            fs::create_dir_all(path.parent().expect("the files lie in folders"))?;
        }
        for (network, path) in [
            ("unet", files.unet()),
            ("pose_guider", files.pose_guider()),
            ("audio_linear", files.audio_linear()),
            ("emo_model", files.emo_model()),
        ] {
            write(&path, &self.made(network, ""), self.bits, &Wrapping::Plain)?;
        }
        write_legacy(&files.rife(), &self.made("rife", "module."), Origin::Gpu)?;
        safetensors_file::write(&files.vae(), &self.made("vae", ""), Bits::Half)?;
        safetensors_file::write(&files.clip(), &self.made("clip", ""), Bits::Half)?;
        self.write_whisper(&files)?;
        fs::write(files.detector(), DETECTOR)?;
        for emotion in Emotion::ALL {
            fs::write(files.emotions().join(prior(emotion)), pickled(emotion.name()))?;
        }
        self.write_configs(&files)
    }

    /// The encoder, and of the decoder its largest tensor.
    fn write_whisper(&self, files: &Files<'_>) -> io::Result<()> {
        let mut tensors = self.made("whisper", "model.");
        if let Sizes::Full = self.sizes {
            let width =
                tensors.iter().find(|tensor| tensor.key.ends_with("layer_norm.weight")).expect("it has one").shape[0];
            let embedding = ("model.decoder.embed_tokens.weight".to_owned(), vec![MULTILINGUAL_TOKENS, width]);
            tensors.extend(closed_form(SALT, "whisper", [embedding]));
        }
        safetensors_file::write(&files.whisper(), &tensors, Bits::Single)
    }

    fn write_configs(&self, files: &Files<'_>) -> io::Result<()> {
        for (network, path) in [
            ("unet", files.unet_config()),
            ("vae", files.vae_config()),
            ("clip", files.clip_config()),
            ("whisper", files.whisper_config()),
        ] {
            fs::write(path, self.sizes.config(network).to_string())?;
        }
        Ok(())
    }

    /// The tensors of a network, whose keys begin with `prefix` in its file.
    pub(crate) fn made(&self, network: &'static str, prefix: &str) -> Vec<Weight<'static>> {
        let mut tensors = closed_form(SALT, network, self.sizes.tensors(network));
        for tensor in &mut tensors {
            tensor.key.insert_str(0, prefix);
        }
        tensors
    }
}

/// The file of an emotion.
fn pickled(emotion: &str) -> Vec<u8> {
    let numbers = uniform::f32s(&format!("{SALT}emo.{emotion}"), PRIOR, PRIOR_SCALE);
    let mut file = EMOTION.to_vec();
    let place = file.windows(BEFORE_NUMBERS.len()).position(|bytes| bytes == BEFORE_NUMBERS).expect("it has numbers");
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    file[place + BEFORE_NUMBERS.len()..][..bytes.len()].copy_from_slice(&bytes);
    file
}
