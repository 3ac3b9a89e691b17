//! The networks at their full size, out of files as large as the published ones.

use std::sync::Arc;
use std::time::Instant;

use engine_api::testing::RecordingHost;
use engine_golden_torch::memory::peak;
use serde_json::json;

use crate::layout::Layout;
use crate::sizes::Sizes;
use crate::stage::{small, with};

/// The networks, by the names of the golden set.
const NETWORKS: [&str; 8] = ["unet", "pose_guider", "audio_linear", "emo_model", "rife", "vae", "clip", "whisper"];
/// Bytes that loading may take beside the weights.
const BESIDE: u64 = 1_500_000_000;

#[test]
#[ignore = "writes 5 GB, takes 11 GB of memory and minutes; run it with --ignored --nocapture"]
fn full_size_networks_load_without_a_second_copy_and_render() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    Layout::new(false).write(folder.path()).unwrap();
    // In the 32 bits in which the processor computes.
    let elements = NETWORKS
        .iter()
        .flat_map(|network| Sizes::Full.tensors(network))
        .map(|(_, shape)| shape.iter().product::<usize>());
    let weights = 4 * elements.sum::<usize>() as u64;
    let began = Instant::now();
    let mut stage = with(folder, json!({}));
    let (loaded, peak) = (began.elapsed(), peak());
    eprintln!(
        "{} MB of weights loaded in {loaded:.1?}, with {} MB of memory at most",
        weights / 1_000_000,
        peak / 1_000_000
    );
    assert!(peak < weights + BESIDE, "{peak} bytes");

    let mut host = RecordingHost::new();
    stage.render(0.08, small(json!({"steps": 2})), &mut host).unwrap();
    host.finish().unwrap();
    let after =
        |done| host.reports.iter().find(|report| report.stage == "denoise" && report.done == done).unwrap().after;
    eprintln!("a call for 25 frames of 64 by 64 pixels took {:.1?}", after(2) - after(1));
}
