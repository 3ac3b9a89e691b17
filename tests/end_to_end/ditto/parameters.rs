//! Ditto's parameters: which are accepted, and the errors for the others.

use avatar_tests::speech;
use serde_json::json;

use super::{Stage, assert_failed};
use crate::schemas::Trial;

#[test]
fn it_reads_what_its_schema_allows() {
    let Some(stage) = Stage::new("") else { return };
    let together = [
        "setting overlap_v2",
        "setting emotion",
        "setting v_min_max_for_clip",
        "setting fix_kp_cond_dim",
        "leave `exact_length` on",
        // What is cut out of the photo is then not the face.
        "the face in the source cannot be used",
    ];
    let job = json!({"engine": "ditto", "photo_id": stage.photo, "audio_id": stage.audio});
    Trial { gateway: &stage.gateway, job, together: &together }.run(&[]);
}

#[test]
fn emotions_are_names_mixtures_shares_and_courses() {
    let Some(stage) = Stage::new("") else { return };
    let hashes: Vec<String> = [
        json!("happy"),
        json!(["happy", "surprised"]),
        json!({"happy": 0.7, "surprised": 0.3}),
        json!([["sad"], {"sad": 0.9, "happy": 0.1}]),
    ]
    .into_iter()
    .map(|emotion| {
        let job = stage.run(json!({"emotion": emotion, "steps": 2}));
        assert_eq!(job["params"]["emotion"], emotion, "{job}");
        stage.video(&job).hash()
    })
    .collect();
    for (place, hash) in hashes.iter().enumerate() {
        assert!(!hashes[..place].contains(hash), "each of them is seen");
    }
}

#[test]
fn what_no_job_can_have_is_refused_at_once() {
    let Some(stage) = Stage::new("") else { return };
    for (params, code, words) in [
        (json!({"emotion": "hapy"}), "param.invalid", "did you mean `happy`?"),
        (json!({"emotion": "hapy"}), "param.invalid", "surprised"),
        (json!({"emotion": {"happy": 2}}), "param.out_of_range", "emotion"),
        (json!({"steps": 0}), "param.out_of_range", "steps"),
        (json!({"stpes": 4}), "param.unknown", "did you mean `steps`?"),
        (json!({"sampling_timesteps": 4}), "param.unknown", "sampling_timesteps"),
        (json!({"pitch": 61}), "param.out_of_range", "pitch"),
        (json!({"ctrl_info": {"x": {}}}), "param.unknown", "ctrl_info"),
    ] {
        let job = json!({"engine": "ditto", "photo_id": stage.photo, "audio_id": stage.audio, "params": params});
        let refused = stage.gateway.post("/v1/jobs", &job).expect(422);
        assert_eq!(refused["errors"][0]["code"], code, "{params}: {refused}");
        assert!(refused["errors"][0].to_string().contains(words), "{params}: {refused}");
    }
}

#[test]
fn what_does_not_go_together_fails_the_job_with_a_remedy() {
    let Some(stage) = Stage::new("") else { return };
    let bounds = json!({"min": vec![1.0; 265], "max": vec![0.0; 265]});
    for (params, words) in [
        (json!({"online_mode": true, "overlap_v2": 10}), ["overlap_v2", "give 40 to 54 or 57 to 79"]),
        (json!({"online_mode": true, "overlap_v2": 55}), ["overlap_v2", "give 40 to 54 or 57 to 79"]),
        (json!({"emotion": {"happy": 0}}), ["emotion", "give it at least one"]),
        (json!({"v_min_max_for_clip": bounds}), ["v_min_max_for_clip", "let it be below"]),
    ] {
        assert_failed(&stage.run(params), "engine.input", &words);
    }
    assert_eq!(stage.site.hosts().len(), 1, "the engine's process was none the worse for it");
    stage.video(&stage.run(json!({"steps": 2})));
}

#[test]
fn short_speech_has_its_frames_and_a_stream_of_nothing_says_what_is_missing() {
    let Some(stage) = Stage::new("") else { return };
    // Of a window of 80 frames, 40 are new: a second is less than a step.
    for params in [
        json!({"duration": 0.04}),
        json!({"duration": 0.04, "online_mode": true, "steps": 2}),
        json!({"duration": 0.04, "online_mode": true, "steps": 2, "overlap_v2": 40}),
    ] {
        assert_eq!(stage.video(&stage.run(params)).frames, 1);
    }
    let uncut = json!({"online_mode": true, "steps": 2, "overlap_v2": 40, "exact_length": false});
    assert_failed(&stage.run(uncut), "engine.input", &["too short", "leave `exact_length` on"]);
    let sample = speech(&stage.site.scratch(), 1.0 / 16_000.0);
    let refused = stage.gateway.upload("audio", &sample).expect(422);
    assert_eq!(refused["code"], "audio.too_short", "{refused}");
}
