//! The published files that the engine needs, and where they lie in the weights folder: as they lie where they come from.

use std::path::{Path, PathBuf};

use engine_api::Weight;

use crate::variant::Variant;

/// The model repository, all of whose files that are needed here have their place in it as their name.
const HUB: &str = "BadToBest/EchoMimic";
/// Where the package that EchoMimic takes MTCNN from has its files: the same bytes from its version 2.5.0 on.
const FACENET: &str = "github:timesler/facenet-pytorch@v2.5.3/data";

/// Files of both variants.
const REFERENCE_UNET: &str = "reference_unet.pth";
const FACE_LOCATOR: &str = "face_locator.pth";
const UNET_CONFIG: &str = "sd-image-variations-diffusers/unet/config.json";
const VAE_CONFIG: &str = "sd-vae-ft-mse/config.json";
const VAE: &str = "sd-vae-ft-mse/diffusion_pytorch_model.safetensors";
/// The same in the older form, which does as well.
const VAE_PICKLED: &str = "sd-vae-ft-mse/diffusion_pytorch_model.bin";
const WHISPER: &str = "audio_processor/whisper_tiny.pt";
const SHARED: [&str; 6] = [REFERENCE_UNET, FACE_LOCATOR, UNET_CONFIG, VAE_CONFIG, VAE, WHISPER];

/// OpenAI's own hash of its multilingual `tiny.pt`.
const WHISPER_SHA256: &str = "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9";

/// MTCNN: file, bytes and SHA-256.
const MTCNN: [(&str, u64, &str); 3] = [
    ("pnet.pt", 28_570, "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"),
    ("rnet.pt", 403_147, "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86"),
    ("onet.pt", 1_559_269, "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d"),
];

/// All files of both variants, for `models pull`.
#[must_use]
pub fn published() -> Vec<Weight> {
    let hub = |file: &str| Weight {
        file: file.to_owned(),
        source: format!("{HUB}/{file}"),
        bytes: None,
        sha256: (file == WHISPER).then(|| WHISPER_SHA256.to_owned()),
        optional: false,
    };
    let mtcnn = MTCNN.map(|(file, bytes, sha256)| Weight {
        file: mtcnn(file),
        source: format!("{FACENET}/{file}"),
        bytes: Some(bytes),
        sha256: Some(sha256.to_owned()),
        optional: false,
    });
    let own = Variant::ALL.into_iter().flat_map(Variant::files);
    own.chain(SHARED).map(hub).chain(mtcnn).collect()
}

/// The files that a variant needs and a folder lacks, under the names of [`published`]; all without a folder.
#[must_use]
pub fn missing(folder: Option<&Path>, variant: Variant) -> Vec<String> {
    let is_there = |file: &str| folder.is_some_and(|folder| folder.join(file).is_file());
    let has = |file: &String| is_there(file) || (file == VAE && is_there(VAE_PICKLED));
    let networks = variant.files().into_iter().chain(SHARED).map(str::to_owned);
    networks.chain(MTCNN.map(|(file, ..)| mtcnn(file))).filter(|file| !has(file)).collect()
}

fn mtcnn(file: &str) -> String {
    format!("mtcnn/{file}")
}

/// Where the files of a variant lie.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// The weights folder.
    pub folder: &'a Path,
    /// The variant.
    pub variant: Variant,
}

impl Files<'_> {
    /// The denoising network, in the order in which it is read: motion modules, and then the rest, which wins.
    #[must_use]
    pub fn denoising_unet(&self) -> [PathBuf; 2] {
        self.variant.files().map(|file| self.folder.join(file))
    }

    /// The reference network.
    #[must_use]
    pub fn reference_unet(&self) -> PathBuf {
        self.folder.join(REFERENCE_UNET)
    }

    /// The JSON configuration that both of them are built by.
    #[must_use]
    pub fn unet_config(&self) -> PathBuf {
        self.folder.join(UNET_CONFIG)
    }

    /// The convolutions over the mask.
    #[must_use]
    pub fn face_locator(&self) -> PathBuf {
        self.folder.join(FACE_LOCATOR)
    }

    /// The autoencoder: in the newer form if that is there, or else in the older one.
    #[must_use]
    pub fn vae(&self) -> PathBuf {
        let [newer, older] = [VAE, VAE_PICKLED].map(|file| self.folder.join(file));
        if !newer.is_file() && older.is_file() { older } else { newer }
    }

    /// The JSON configuration that the autoencoder is built by.
    #[must_use]
    pub fn vae_config(&self) -> PathBuf {
        self.folder.join(VAE_CONFIG)
    }

    /// Whisper, with its decoder.
    #[must_use]
    pub fn whisper(&self) -> PathBuf {
        self.folder.join(WHISPER)
    }

    /// The three networks that find faces, in the order in which they look.
    #[must_use]
    pub fn mtcnn(&self) -> [PathBuf; 3] {
        MTCNN.map(|(file, ..)| self.folder.join(mtcnn(file)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    fn put(folder: &Path, file: &str) {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    #[test]
    fn all_that_a_variant_needs_is_published_and_what_is_there_is_not_missing() {
        let published: BTreeSet<String> = published().into_iter().map(|weight| weight.file).collect();
        let needed = Variant::ALL.map(|variant| missing(None, variant));
        assert_eq!(needed.iter().flatten().cloned().collect::<BTreeSet<_>>(), published);
        assert_eq!(needed.each_ref().map(Vec::len), [11, 11]);
        let folder = tempfile::tempdir().unwrap();
        needed[0].iter().for_each(|file| put(folder.path(), file));
        assert_eq!(missing(Some(folder.path()), Variant::Acc), Vec::<String>::new());
        assert_eq!(missing(Some(folder.path()), Variant::Plain), ["motion_module.pth", "denoising_unet.pth"]);
        let files = Files { folder: folder.path(), variant: Variant::Acc };
        let read = [
            files.reference_unet(),
            files.unet_config(),
            files.face_locator(),
            files.vae(),
            files.vae_config(),
            files.whisper(),
        ];
        let read: BTreeSet<PathBuf> = read.into_iter().chain(files.denoising_unet()).chain(files.mtcnn()).collect();
        assert_eq!(read, needed[0].iter().map(|file| folder.path().join(file)).collect());
    }

    #[test]
    fn the_autoencoder_may_have_either_form() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files { folder: folder.path(), variant: Variant::Acc };
        let lacks = || missing(Some(folder.path()), Variant::Acc).contains(&VAE.to_owned());
        assert!(lacks() && files.vae() == folder.path().join(VAE));
        put(folder.path(), VAE_PICKLED);
        assert!(!lacks() && files.vae() == folder.path().join(VAE_PICKLED));
        put(folder.path(), VAE);
        assert!(files.vae() == folder.path().join(VAE));
    }
}
