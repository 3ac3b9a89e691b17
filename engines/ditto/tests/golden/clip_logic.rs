//! Stage `clip_logic`.

use engine_ditto::motion::windows::{Bounds, JoinedWindows, Joining, smoothed, to_motion};
use engine_ditto::motion::{VECTOR, Vector};
use engine_golden::Tensor;
use engine_golden::json::{list, size, text};
use engine_golden::unit_variance as rule;

use crate::motion_records::{fixed, motion, rows};
use crate::reference::{SET, check};

#[test]
fn windows_are_joined_as_in_the_reference() {
    for case in SET.cases("clip_logic") {
        let (name, key) = (text(&case["name"]), text(&case["key"]));
        let joining = Joining {
            overlap: size(&case["overlap_v2"]),
            online: case["online_mode"] == true,
            fix_kp_cond: size(&case["fix_kp_cond"]),
            fix_kp_cond_dim: case["fix_kp_cond_dim"].as_array().map(|ends| size(&ends[0])..size(&ends[1])),
            smooth: size(&case["smo_k_d"]),
        };
        assert_eq!(joining.step(), size(&case["valid_clip_len"]), "{name}");
        assert_eq!(joining.fuse(), size(&case["fuse_length"]), "{name}");
        let mut clips = JoinedWindows::new(joining, &motion(&format!("{key}/xs")));
        let mut cond_frames = vec![*clips.cond_frame()];
        for (clip, (record, length)) in list(&case["result"]).iter().zip(list(&case["lengths"])).enumerate() {
            clips.push(&rows(&format!("{key}/pred/{clip}"), 80, 0.6, 0.0));
            assert_eq!(clips.rows().len(), size(length));
            cond_frames.push(*clips.cond_frame());
            check(&format!("clip_logic {name} {clip}"), record, &sequence(clips.rows()));
        }
        let frames = Tensor::f32(&[cond_frames.len(), VECTOR], cond_frames.concat());
        check(&format!("clip_logic {name} kp_cond"), &case["kp_cond"], &frames);
        let bounds = (case["clamp"] == true).then(|| Bounds {
            min: fixed(rule::f32s(&format!("{key}/lo"), VECTOR, 0.1, -0.6)),
            max: fixed(rule::f32s(&format!("{key}/hi"), VECTOR, 0.1, 0.55)),
        });
        let converted = clips.rows().iter().flat_map(|row| {
            let motion = to_motion(row, bounds.as_ref());
            let mut row = motion.to_vector();
            row[0] = motion.scale;
            row
        });
        let converted = Tensor::f32(&[clips.rows().len(), VECTOR], converted.collect());
        check(&format!("clip_logic {name} cvt"), &case["cvt"], &converted);
        let width = size(&case["smo_k_d"]);
        let again: Vec<_> = (0..clips.rows().len()).map(|at| smoothed(clips.rows(), at, width)).collect();
        check(&format!("clip_logic {name} smoothed_again"), &case["smoothed_again"], &sequence(&again));
    }
}

fn sequence(rows: &[Vector]) -> Tensor {
    Tensor::f32(&[1, rows.len(), VECTOR], rows.concat())
}

#[test]
fn forgetting_old_vectors_changes_nothing_that_comes_later() {
    let joining = Joining { overlap: 70, online: true, fix_kp_cond: 1, fix_kp_cond_dim: Some(0..202), smooth: 3 };
    let mut whole = JoinedWindows::new(joining, &motion("forget"));
    let mut short = whole.clone();
    let mut gone = 0;
    for clip in 0..20 {
        let window = rows(&format!("forget/{clip}"), 80, 0.6, 0.0);
        whole.push(&window);
        short.push(&window);
        gone += short.keep_last(160);
        assert_eq!(short.cond_frame(), whole.cond_frame());
        assert_eq!(short.rows(), &whole.rows()[gone..]);
    }
    assert!(gone > 0);
}
