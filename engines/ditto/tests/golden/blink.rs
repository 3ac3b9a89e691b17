//! Stage `blink`.

use engine_ditto::stitch::blink::{Blinks, schedule};
use engine_golden::json::{list, size};
use engine_golden::{Tensor, Values};
use serde_json::Value;

use crate::motion_records::Recorded;
use crate::reference::{SET, check};

/// The setting `delta_eye_open_n`.
pub(crate) fn blinks(value: &Value) -> Blinks {
    match value.as_i64() {
        Some(-1) => Blinks::Never,
        Some(0) => Blinks::Random,
        Some(_) => Blinks::Gaps(vec![size(value)]),
        None => Blinks::Gaps(list(value).iter().map(size).collect()),
    }
}

#[test]
fn eyes_blink_when_they_do_in_the_reference() {
    for case in SET.cases("blink") {
        let mut chance = Recorded::new("", case.get("gap_key").and_then(Value::as_str));
        let blinks = blinks(&case["delta_eye_open_n"]);
        let indices = schedule(size(&case["N"]), size(&case["blink_n"]), &blinks, &mut chance);
        assert_eq!(indices.len(), size(&case["length"]));
        // A blink of one step is made of the index 0 alone: nothing tells where it is.
        if size(&case["blink_n"]) > 1 {
            let starts: Vec<usize> = (0..indices.len()).filter(|i| indices[*i] == 1).map(|i| i - 1).collect();
            assert_eq!(starts, list(&case["blink_starts"]).iter().map(size).collect::<Vec<_>>());
        }
        let gaps = case.get("gaps").map_or(Vec::new(), |gaps| list(gaps).iter().map(size).collect());
        assert_eq!(chance.gaps, gaps);
        let stored = indices.iter().map(|index| *index as i64).collect();
        let got = Tensor::new(&[indices.len()], Values::I64(stored));
        check(&format!("blink {}", case["N"]), &case["indices"], &got);
    }
}
