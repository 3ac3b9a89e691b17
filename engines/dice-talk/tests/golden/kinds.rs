//! Every kind of stage that a set has is tested.

use crate::reference::SET;

/// The kinds that the modules beside this one ask the set for.
const TESTED: [&str; 46] = [
    "audio.chain",
    "audio.logmel",
    "audio.long",
    "audio.tokens",
    "cfg.combine",
    "clip.embed",
    "clip.pixels",
    "detector.input",
    "detector.post",
    "detector.torchscript",
    "downsample",
    "e2e",
    "emotion.npy",
    "emotion.tokens",
    "image.lanczos",
    "init_latents",
    "mask.values",
    "pipeline",
    "pipeline.decode",
    "pose_guider",
    "preproc",
    "resnet",
    "rife.mid",
    "rife.padded",
    "sched.euler_step",
    "sched.karras",
    "sinusoid",
    "spatiotemporal_resnet",
    "table.audio_frames",
    "table.detector_size",
    "table.mask_levels",
    "table.mask_rect",
    "table.process_bbox",
    "table.resize_size",
    "temporal_conv",
    "temporal_resnet",
    "unet.forward",
    "unet.tail",
    "unet.time_embed",
    "unet.transformer",
    "vae.decode",
    "vae.encode",
    "vae_attention",
    "video.interleave",
    "whisper.encoder",
    "windows",
];

#[test]
fn no_kind_of_stage_is_passed_over() {
    engine_golden_torch::no_kind_is_passed_over(&SET, &TESTED);
}
