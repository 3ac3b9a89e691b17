//! Every kind of stage that a set has is tested.

use crate::reference::SET;

/// The kinds that the modules beside this one ask the set for.
const TESTED: [&str; 37] = [
    "audio_limits",
    "block",
    "chunk_counts",
    "chunk_indices",
    "context_windows",
    "crop_and_pad",
    "ddim_step",
    "ddim_tables",
    "denoise_forward",
    "face_geometry",
    "face_locator",
    "face_prepare",
    "face_select",
    "log_mel",
    "mel_filters",
    "motion_module",
    "mtcnn_area_resize",
    "mtcnn_box_ops",
    "mtcnn_detect",
    "mtcnn_generate_boxes",
    "mtcnn_nms",
    "mtcnn_onet",
    "mtcnn_pnet",
    "mtcnn_rnet",
    "mtcnn_scales",
    "noise",
    "pipeline",
    "position_encoding",
    "reference_banks",
    "resize_bilinear",
    "resize_lanczos",
    "to_u8",
    "to_vae_input",
    "vae_decode",
    "vae_encode",
    "whisper_chunks",
    "whisper_features",
];

#[test]
fn no_kind_of_stage_is_passed_over() {
    engine_golden_torch::no_kind_is_passed_over(&SET, &TESTED);
}
