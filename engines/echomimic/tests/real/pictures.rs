//! Pictures that stages begin with, and pictures that they give.

use std::fs;
use std::path::Path;

use avatar_prerequisites::real_sample;
use engine_echomimic::face::prepare::read;
use engine_golden::json::{number, shape, text};
use engine_golden::{Expected, Limits, Picks, Set, Whole, compare};
use engine_golden_torch::pictures::tensor;
use engine_vision::raster::Raster;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The picture of a stage, and whether it was decoded to exactly the samples that the numbers were computed from.
pub(crate) struct Input {
    pub(crate) picture: Raster<u8>,
    pub(crate) as_recorded: bool,
}

/// The picture of a stage. `None` where the samples are not there: the test has then said so.
pub(crate) fn picture(set: &Set, stage: &Value) -> Option<Input> {
    let record = &stage["inputs"]["picture"];
    let path = match record.get("sample") {
        Some(sample) => real_sample(text(sample))?,
        None => set.path(text(&record["file"])),
    };
    let bytes = fs::read(&path).expect("the file is there");
    assert_eq!(sha256(&bytes), text(&record["sha256"]), "{} is another picture", path.display());
    let picture = read(&path).expect("a picture");
    let as_recorded = sha256(picture.data()) == text(&record["rgb_sha256"]);
    assert!(as_recorded || record["jpeg"] == true, "{} has other samples", path.display());
    Some(Input { picture, as_recorded })
}

/// Compares a picture by its sum, or else with the stored one sample by sample.
pub(crate) fn check(set: &Set, what: &str, record: &Value, got: &Raster<u8>) {
    let sum = sha256(got.data());
    let Some(stored) = record.get("picture") else {
        return assert_eq!(sum, text(&record["sha256"]), "{what}");
    };
    if sum == text(&stored["rgb_sha256"]) {
        return;
    }
    let stored = tensor(&read(Path::new(&set.path(text(&stored["file"])))).expect("a picture"));
    let limits = Limits::samples("u8", number(&record["max_abs"]), Some(number(&record["max_fraction"])));
    let expected = Expected {
        full_shape: Some(shape(&record["shape"])),
        shape: shape(&record["shape"]),
        dtype: "u8",
        picks: Picks::All,
        stored: &stored,
        limits,
        whole: Whole::default(),
    };
    eprintln!("{what}: {}", compare(&expected, &tensor(got)).unwrap_or_else(|reason| panic!("{what}: {reason}")));
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
