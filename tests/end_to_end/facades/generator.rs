//! Clients of the Duix facade with the engine Duix: all the way to a generator and back.

use std::fs;
use std::thread;

use avatar_tests::programs::script;
use avatar_tests::{Behaviour, Generator};
use serde_json::{Value, json};

use super::{Scene, name, pictures};

/// A gateway whose Duix facade renders by a generator, and who else is needed.
fn scene(behaviour: &Behaviour) -> (Scene, Generator, tempfile::TempDir) {
    let shared = tempfile::tempdir().unwrap();
    let generator = Generator::start(shared.path(), behaviour);
    let (url, data_dir) = (generator.url(), shared.path().display());
    let options = format!("url = \"{url}\"\ndata_dir = \"{data_dir}\"\npoll_seconds = 0.1");
    let scene = Scene::with("duix", &[("engines.duix", &options), ("scheduler", "backoff_seconds = 0.2")]);
    (scene, generator, shared)
}

#[test]
fn j_ten_clients_at_once_get_their_videos_from_a_generator_with_every_trap() {
    let traps = Behaviour { busy: 2, lose: 1, query_ms: 10, step_ms: 20, ..Behaviour::default() };
    let (scene, generator, shared) = scene(&traps);
    let (sound, source) = (scene.hosted.url("/speech.wav"), scene.source());
    let made = |number: usize| {
        let out = scene.site.scratch().join(format!("{number}.mp4"));
        let way = if number.is_multiple_of(2) { "wait" } else { "poll" };
        let url = scene.gateway.facade("duix").url();
        script("duix.py", &[url, &sound, source, name(&out), "0.1", way])?.success();
        Some(pictures(&out))
    };
    let lengths: Vec<Option<u64>> = thread::scope(|scope| {
        let running: Vec<_> = (0..10).map(|number| scope.spawn(move || made(number))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // The generator's pictures end two before the sound.
    assert!(lengths.iter().all(|pictures| pictures.is_none_or(|pictures| pictures == 23)), "{lengths:?}");
    if lengths.iter().all(Option::is_some) {
        assert_eq!(generator.jobs().len(), 11, "ten, and one that was lost");
    }
    assert_eq!(fs::read_dir(shared.path().join("temp")).unwrap().count(), 0, "nothing is left in the shared folder");
}

#[test]
fn j_a_generator_that_is_away_is_told_in_the_services_words() {
    let (scene, mut generator, _shared) = scene(&Behaviour::default());
    generator.kill();
    let answer: Value = scene.gateway.facade("duix").post("/api/generate_video", &scene.addresses()).expect(200);
    assert_eq!(answer["success"], json!(false));
    assert!(answer["error"].as_str().unwrap().contains("does not answer"), "{answer}");
}

#[test]
fn j_a_photo_becomes_a_video_for_an_engine_that_takes_nothing_else() {
    let (scene, generator, _shared) = scene(&Behaviour::default());
    for facade in ["dice-talk", "ditto", "echomimic"] {
        let id = scene.start(facade);
        let ended = scene.ended(facade, &id);
        let job = scene.gateway.job(&id);
        assert_eq!(job["state"], "succeeded", "{ended} {job}");
        assert!(job["inputs"]["photo_id"].is_null() && job["inputs"]["video_id"].is_string(), "{job}");
        let warnings = job["warnings"].to_string();
        assert!(warnings.contains("a still one as long as the speech"), "{warnings}");
        assert!(facade != "dice-talk" || warnings.contains("does not know: `emotion`"), "{warnings}");
    }
    assert_eq!(generator.jobs().len(), 3);
}
