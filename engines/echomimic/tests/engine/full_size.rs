//! The networks at their full size, out of files as large as the published ones.

use std::sync::Arc;
use std::time::Instant;

use engine_api::testing::RecordingHost;
use engine_echomimic::variant::Variant;
use engine_golden_torch::memory::peak;
use engine_golden_torch::stage::load;
use serde_json::json;

use crate::layout::Layout;
use crate::stage::with;

/// Bytes of the weights in the 32 bits in which the processor computes: 2.2 billion numbers.
const WEIGHTS: u64 = 8_800_000_000;
/// What loading may take beside them.
const BESIDE: u64 = 1_500_000_000;

#[test]
#[ignore = "writes 8.3 GB, takes 9.5 GB of memory and about two minutes; run it with --ignored --nocapture"]
fn full_size_networks_load_without_a_second_copy_and_render() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    Layout::new(false, Variant::Acc).write(folder.path()).unwrap();
    let began = Instant::now();
    let engine = load(folder.path(), json!({})).unwrap();
    let loaded = began.elapsed();
    let peak = peak();
    eprintln!("loaded in {loaded:.1?}, with {} MB of memory at most", peak / 1_000_000);
    assert!(peak < WEIGHTS + BESIDE, "{peak} bytes");

    let mut host = RecordingHost::new();
    with(engine, folder).render(0.05, json!({"width": 128, "height": 128, "steps": 2}), &mut host).unwrap();
    host.finish().unwrap();
    let after =
        |done| host.reports.iter().find(|report| report.stage == "denoise" && report.done == done).unwrap().after;
    eprintln!("a step of 3 frames of 128 by 128 took {:.1?}", after(2) - after(1));
}
