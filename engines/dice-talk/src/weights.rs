//! The published files that the engine needs, and where they lie in the weights folder: as the reference has them in its
//! `checkpoints`, and the emotions beside them.

use std::path::{Path, PathBuf};

use engine_api::{Emotion, Weight};

/// DICE-Talk's own model repository.
const HUB: &str = "EEEELY/DICE-Talk";
/// The video model that it was trained from, at the hub and in the weights folder.
const SVD_HUB: &str = "stabilityai/stable-video-diffusion-img2vid-xt";
const SVD: &str = "stable-video-diffusion-img2vid-xt";
/// The model that hears, at the hub and in the weights folder.
const WHISPER_HUB: &str = "openai/whisper-tiny";
const WHISPER: &str = "whisper-tiny";
/// The reference's code, which has the emotions as examples.
const EMOTIONS_HUB: &str = "github:toto222/DICE-Talk@a8a92b1/examples/emo";
const EMOTIONS: &str = "emo";
/// Bytes of each emotion's file.
const EMOTION_BYTES: u64 = 1403;

const UNET: &str = "DICE-Talk/unet.pth";
const POSE_GUIDER: &str = "DICE-Talk/pose_guider.pth";
const AUDIO_LINEAR: &str = "DICE-Talk/audio_linear.pth";
const EMO_MODEL: &str = "DICE-Talk/emo_model.pth";
const RIFE: &str = "RIFE/flownet.pkl";
const DETECTOR: &str = "yoloface_v5m.pt";
const OWN: [&str; 6] = [UNET, POSE_GUIDER, AUDIO_LINEAR, EMO_MODEL, RIFE, DETECTOR];

const UNET_CONFIG: &str = "unet/config.json";
const VAE: &str = "vae/diffusion_pytorch_model.fp16.safetensors";
const VAE_CONFIG: &str = "vae/config.json";
const CLIP: &str = "image_encoder/model.fp16.safetensors";
const CLIP_CONFIG: &str = "image_encoder/config.json";
const OF_SVD: [&str; 5] = [UNET_CONFIG, VAE, VAE_CONFIG, CLIP, CLIP_CONFIG];
/// The video model's own network, which is read where [`UNET`] is not whole, and is not asked for otherwise.
const BASE_UNET: &str = "unet/diffusion_pytorch_model.fp16.safetensors";

const WHISPER_MODEL: &str = "model.safetensors";
const WHISPER_CONFIG: &str = "config.json";
const OF_WHISPER: [&str; 2] = [WHISPER_MODEL, WHISPER_CONFIG];

/// All files, for `models pull`.
#[must_use]
pub fn published() -> Vec<Weight> {
    let emotions = Emotion::ALL.map(|emotion| {
        let name = prior(emotion);
        let (file, source) = (format!("{EMOTIONS}/{name}"), format!("{EMOTIONS_HUB}/{name}"));
        Weight { file, source, bytes: Some(EMOTION_BYTES), sha256: None, optional: false }
    });
    let weight = |(file, source)| Weight { file, source, bytes: None, sha256: None, optional: false };
    networks().map(weight).chain(emotions).collect()
}

/// The files that a folder lacks, under the names of [`published`]; all without a folder. Emotions may lie in another folder,
/// and are then told with it.
#[must_use]
pub fn missing(folder: Option<&Path>, emotions: Option<&Path>) -> Vec<String> {
    let lacks = |file: &String| !folder.is_some_and(|folder| folder.join(file).is_file());
    let priors = Emotion::ALL.map(prior).into_iter();
    let networks = networks().map(|(file, _)| file);
    match emotions {
        None => networks.chain(priors.map(|name| format!("{EMOTIONS}/{name}"))).filter(lacks).collect(),
        Some(emotions) => {
            let lacking = priors.map(|name| emotions.join(name)).filter(|path| !path.is_file());
            networks.filter(lacks).chain(lacking.map(|path| path.display().to_string())).collect()
        }
    }
}

/// The name of an emotion's file.
#[must_use]
pub fn prior(emotion: Emotion) -> String {
    format!("{}.npy", emotion.name())
}

/// Where networks lie in the weights folder, and where they come from.
fn networks() -> impl Iterator<Item = (String, String)> {
    let own = OWN.map(|file| (file.to_owned(), format!("{HUB}/{file}")));
    let svd = OF_SVD.map(|file| (format!("{SVD}/{file}"), format!("{SVD_HUB}/{file}")));
    let whisper = OF_WHISPER.map(|file| (format!("{WHISPER}/{file}"), format!("{WHISPER_HUB}/{file}")));
    own.into_iter().chain(svd).chain(whisper)
}

/// Where the files lie.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// The weights folder.
    pub folder: &'a Path,
}

impl Files<'_> {
    /// The denoising network.
    #[must_use]
    pub fn unet(&self) -> PathBuf {
        self.folder.join(UNET)
    }

    /// The network that [`Self::unet`] was trained from; seldom there, and seldom needed.
    #[must_use]
    pub fn base_unet(&self) -> Option<PathBuf> {
        Some(self.svd(BASE_UNET)).filter(|path| path.is_file())
    }

    /// The JSON configuration that the denoising network is built by.
    #[must_use]
    pub fn unet_config(&self) -> PathBuf {
        self.svd(UNET_CONFIG)
    }

    /// The convolutions over the mask.
    #[must_use]
    pub fn pose_guider(&self) -> PathBuf {
        self.folder.join(POSE_GUIDER)
    }

    /// What makes tokens of speech.
    #[must_use]
    pub fn audio_linear(&self) -> PathBuf {
        self.folder.join(AUDIO_LINEAR)
    }

    /// What makes tokens of an emotion.
    #[must_use]
    pub fn emo_model(&self) -> PathBuf {
        self.folder.join(EMO_MODEL)
    }

    /// The network that makes pictures between pictures.
    #[must_use]
    pub fn rife(&self) -> PathBuf {
        self.folder.join(RIFE)
    }

    /// The face detector: a program.
    #[must_use]
    pub fn detector(&self) -> PathBuf {
        self.folder.join(DETECTOR)
    }

    /// The autoencoder.
    #[must_use]
    pub fn vae(&self) -> PathBuf {
        self.svd(VAE)
    }

    /// The JSON configuration that the autoencoder is built by.
    #[must_use]
    pub fn vae_config(&self) -> PathBuf {
        self.svd(VAE_CONFIG)
    }

    /// The network that looks at the portrait.
    #[must_use]
    pub fn clip(&self) -> PathBuf {
        self.svd(CLIP)
    }

    /// The JSON configuration that it is built by.
    #[must_use]
    pub fn clip_config(&self) -> PathBuf {
        self.svd(CLIP_CONFIG)
    }

    /// Whisper, with its decoder.
    #[must_use]
    pub fn whisper(&self) -> PathBuf {
        self.folder.join(WHISPER).join(WHISPER_MODEL)
    }

    /// The JSON configuration that Whisper is built by.
    #[must_use]
    pub fn whisper_config(&self) -> PathBuf {
        self.folder.join(WHISPER).join(WHISPER_CONFIG)
    }

    /// The folder of emotions, unless the operator has chosen another.
    #[must_use]
    pub fn emotions(&self) -> PathBuf {
        self.folder.join(EMOTIONS)
    }

    fn svd(&self, file: &str) -> PathBuf {
        self.folder.join(SVD).join(file)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    fn put(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    #[test]
    fn all_that_is_read_is_published_and_what_is_there_is_not_missing() {
        let published: BTreeSet<String> = published().into_iter().map(|weight| weight.file).collect();
        assert_eq!(missing(None, None).into_iter().collect::<BTreeSet<_>>(), published);
        let folder = tempfile::tempdir().unwrap();
        let files = Files { folder: folder.path() };
        let read = [
            files.unet(),
            files.unet_config(),
            files.pose_guider(),
            files.audio_linear(),
            files.emo_model(),
            files.rife(),
            files.detector(),
            files.vae(),
            files.vae_config(),
            files.clip(),
            files.clip_config(),
            files.whisper(),
            files.whisper_config(),
        ];
        let priors = Emotion::ALL.map(|emotion| files.emotions().join(prior(emotion)));
        let read: BTreeSet<PathBuf> = read.into_iter().chain(priors).collect();
        assert_eq!(read, published.iter().map(|file| folder.path().join(file)).collect());
        read.iter().for_each(|path| put(path));
        assert_eq!(missing(Some(folder.path()), None), Vec::<String>::new());
        fs::remove_file(files.emotions().join("sad.npy")).unwrap();
        assert_eq!(missing(Some(folder.path()), None), ["emo/sad.npy"]);
    }

    #[test]
    fn emotions_may_lie_elsewhere() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let networks: Vec<String> = networks().map(|(file, _)| file).collect();
        networks.iter().for_each(|file| put(&folder.path().join(file)));
        assert_eq!(missing(Some(folder.path()), None).len(), Emotion::ALL.len());
        let lacking = missing(Some(folder.path()), Some(elsewhere.path()));
        assert_eq!(lacking[0], elsewhere.path().join("neutral.npy").display().to_string());
        Emotion::ALL.iter().for_each(|emotion| put(&elsewhere.path().join(prior(*emotion))));
        assert_eq!(missing(Some(folder.path()), Some(elsewhere.path())), Vec::<String>::new());
    }

    #[test]
    fn the_network_it_was_trained_from_need_not_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files { folder: folder.path() };
        assert_eq!(files.base_unet(), None);
        put(&folder.path().join(SVD).join(BASE_UNET));
        assert_eq!(files.base_unet(), Some(folder.path().join(SVD).join(BASE_UNET)));
    }
}
