//! Stages `chunk_counts`, `chunk_indices` and `audio_limits`.

use engine_echomimic::audio::frames::{frames, heard_rows, rows};
use engine_golden::json::size;
use serde_json::{Value, json};

use crate::reference::cases;

fn fps(case: &Value) -> u32 {
    size(&case["fps"]).try_into().expect("a frame rate")
}

#[test]
fn rows_give_the_frames_of_the_reference() {
    for (_, case) in cases("chunk_counts") {
        assert_eq!(frames(size(&case["rows"]), fps(case)), size(&case["count"]), "{case}");
    }
}

#[test]
fn frames_hear_the_rows_that_those_of_the_reference_hear() {
    for (_, case) in cases("chunk_indices") {
        let (rows, fps) = (size(&case["rows"]), fps(case));
        let heard: Vec<_> = (0..frames(rows, fps)).map(|frame| heard_rows(frame, fps, rows)).collect();
        assert_eq!(heard.len(), size(&case["count"]));
        assert_eq!(json!(heard), case["index"], "{rows} rows at {fps} frames per second");
    }
}

#[test]
fn what_is_too_short_is_refused_and_the_rest_has_the_rows_of_the_reference() {
    for (_, case) in cases("audio_limits") {
        let found = rows(size(&case["samples"]));
        assert_eq!(found.is_ok(), case["ok"] == true, "{case}");
        assert_eq!(json!(found.ok()), case["rows"], "{case}");
    }
}
