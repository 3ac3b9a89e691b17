//! Stages `resize_rule` and `image_load`.

use engine_ditto::source::photo::allowed_size;
use engine_golden::json::{size, text};
use serde_json::json;

use crate::pixels::{self, limit};
use crate::reference::{SET, check};

#[test]
fn sizes_follow_the_rule() {
    for case in SET.cases("resize_rule") {
        let (height, width, changes) = allowed_size(size(&case["h"]), size(&case["w"]), limit(&case["max_size"]));
        assert_eq!(json!([height, width, changes]), case["expect"], "resize_rule {case}");
    }
}

#[test]
fn photos_are_read_as_the_reference_reads_them() {
    for case in SET.cases("image_load") {
        let image = pixels::image(case);
        check(&format!("image_load {} rgb", text(&case["name"])), &case["rgb"], &pixels::tensor(&image));
    }
}
