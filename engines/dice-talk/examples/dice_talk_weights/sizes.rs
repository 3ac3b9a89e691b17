//! Which tensors the published files hold, and the configurations beside them: in full size as they are listed for the
//! published checkpoints, in a small one those of the golden set's networks.

use serde_json::{Value, json};

/// A file of the golden set, as text.
macro_rules! set {
    ($file:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/set/", $file))
    };
}

/// Key and shape of each tensor of a network of full size.
const PUBLISHED: [(&str, &str); 8] = [
    ("unet", set!("state_dict/dicetalk_unet_pth.tsv")),
    ("pose_guider", set!("state_dict/dicetalk_pose_guider_pth.tsv")),
    ("audio_linear", set!("state_dict/dicetalk_audio_linear_pth.tsv")),
    ("emo_model", set!("state_dict/dicetalk_emo_model_pth.tsv")),
    ("rife", set!("state_dict/rife_flownet_pkl_noprefix.tsv")),
    ("vae", set!("state_dict/svd_vae.tsv")),
    ("clip", set!("state_dict/svd_image_encoder.tsv")),
    ("whisper", set!("state_dict/whisper_tiny_encoder.tsv")),
];

/// The sizes of all networks.
pub(crate) enum Sizes {
    Full,
    /// Those of the networks of a golden set, by name.
    Tiny(Value),
}

impl Sizes {
    pub(crate) fn tiny() -> Self {
        let mut manifest: Value = serde_json::from_str(set!("manifest.json")).expect("JSON");
        Self::Tiny(manifest["networks"].take())
    }

    /// The tensors of a network, by key and shape.
    pub(crate) fn tensors(&self, network: &str) -> Vec<(String, Vec<usize>)> {
        match self {
            Self::Full => {
                let table = PUBLISHED.iter().find(|(name, _)| *name == network).expect("the network is listed").1;
                table.lines().map(row).collect()
            }
            Self::Tiny(networks) => {
                let shape = |shape: &Value| serde_json::from_value(shape.clone()).expect("a shape");
                let tensors = networks[network]["tensors"].as_object().expect("the network is listed");
                tensors.iter().map(|(key, extents)| (key.clone(), shape(extents))).collect()
            }
        }
    }

    /// The configuration of a network, as it is published beside it.
    pub(crate) fn config(&self, network: &str) -> Value {
        match (self, network) {
            (Self::Tiny(networks), _) => networks[network]["config"].clone(),
            (Self::Full, "unet") => unet(),
            (Self::Full, "vae") => json!({
                "_class_name": "AutoencoderKLTemporalDecoder", "block_out_channels": [128, 256, 512, 512],
                "force_upcast": true, "in_channels": 3, "latent_channels": 4, "layers_per_block": 2, "out_channels": 3,
                "sample_size": 768, "scaling_factor": 0.18215
            }),
            (Self::Full, "clip") => json!({
                "architectures": ["CLIPVisionModelWithProjection"], "hidden_act": "gelu", "hidden_size": 1280,
                "image_size": 224, "intermediate_size": 5120, "layer_norm_eps": 1e-5, "num_attention_heads": 16,
                "num_channels": 3, "num_hidden_layers": 32, "patch_size": 14, "projection_dim": 1024
            }),
            (Self::Full, "whisper") => json!({
                "d_model": 384, "decoder_layers": 4, "encoder_attention_heads": 6, "encoder_ffn_dim": 1536,
                "encoder_layers": 4, "max_source_positions": 1500, "num_mel_bins": 80, "vocab_size": 51865
            }),
            (Self::Full, other) => panic!("{other} has no configuration"),
        }
    }
}

fn unet() -> Value {
    let blocks = |place: &str, plain: usize| {
        let cross = |level: usize| if level == plain { "" } else { "CrossAttn" };
        (0..4).map(|level| format!("{}{place}BlockSpatioTemporal", cross(level))).collect::<Vec<_>>()
    };
    json!({
        "_class_name": "UNetSpatioTemporalConditionModel", "addition_time_embed_dim": 256,
        "block_out_channels": [320, 640, 1280, 1280], "cross_attention_dim": 1024, "down_block_types": blocks("Down", 3),
        "in_channels": 8, "layers_per_block": 2, "num_attention_heads": [5, 10, 20, 20], "num_frames": 25,
        "out_channels": 4, "projection_class_embeddings_input_dim": 768, "sample_size": 96,
        "transformer_layers_per_block": 1, "up_block_types": blocks("Up", 0)
    })
}

/// A line of a list: key, extents, type.
fn row(line: &str) -> (String, Vec<usize>) {
    let mut columns = line.split('\t');
    let (key, shape) = (columns.next().expect("a key"), columns.next().expect("a shape"));
    (key.to_owned(), shape.split('x').map(|extent| extent.parse().expect("an extent")).collect())
}
